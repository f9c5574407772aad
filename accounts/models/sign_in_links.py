import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts import processing


class SignInLinkQuerySet(models.QuerySet["SignInLink"]):
    def live(self, *, at: datetime | None = None) -> "SignInLinkQuerySet":
        """Keep those that still let their person in."""
        now = at or timezone.now()
        return self.filter(used_at=None, expires_at__gt=now, user__is_active=True)


class SignInLink(models.Model):
    """The way to a person's own pages that an e-mail brings: good once, for a quarter of an hour.

    One that was asked for with an address that is nobody's has no user and is never sent: the row
    is there so that asking takes the same time. `mark` is what sessions are held against too, so a
    link ends with them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="sign_in_links",
        verbose_name="usuário",
    )
    digest = models.CharField("resumo", max_length=64, unique=True)
    mark = models.CharField("marca", max_length=64, blank=True)
    created_at = models.DateTimeField("criado em", default=timezone.now, editable=False)
    expires_at = models.DateTimeField("vale até", db_index=True)
    used_at = models.DateTimeField("usado em", null=True, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner="user",
        uses=(
            processing.Use(
                fields=("user",),
                purpose="Deixar a pessoa entrar na conta pelo e-mail",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.LINKS,
            ),
            processing.Use(
                fields=("digest", "mark"),
                purpose="Reconhecer o link sem guardá-lo, e saber se ele ainda vale",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.LINKS,
                is_exported=False,
            ),
        ),
    )

    objects = SignInLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "link de entrada"
        verbose_name_plural = "links de entrada"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"link {self.pk}"
