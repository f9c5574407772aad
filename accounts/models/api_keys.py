from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts import processing


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self, *, at: datetime | None = None) -> "ApiKeyQuerySet":
        """Keep the keys that open the API at a moment: neither revoked nor expired."""
        now = at or timezone.now()
        return self.filter(revoked_at__isnull=True).exclude(expires_at__lte=now)


class ApiKey(models.Model):
    """A key to the API; only its keyed digest is kept, so a lost key is replaced, not read."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="api_keys",
        verbose_name="usuário",
    )
    name = models.CharField("nome", max_length=60, blank=True)
    prefix = models.CharField("início", max_length=8, editable=False)
    last_four = models.CharField("fim", max_length=4, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("criada em", default=timezone.now, editable=False)
    expires_at = models.DateTimeField("vence em", null=True, blank=True)
    revoked_at = models.DateTimeField("revogada em", null=True, blank=True)
    last_used_at = models.DateTimeField("último uso", null=True, blank=True, editable=False)

    personal_data: ClassVar = processing.Declaration(
        owner="user",
        uses=(
            processing.Use(
                fields=("user", "name"),
                purpose="Saber de quem é cada chave de API e para que ela serve",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.KEYS,
            ),
            processing.Use(
                fields=("digest",),
                purpose="Reconhecer a chave de API sem guardá-la",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.KEYS,
                is_exported=False,
            ),
        ),
        impersonal=("prefix", "last_four"),
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "chave de API"
        verbose_name_plural = "chaves de API"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}…{self.last_four}"
