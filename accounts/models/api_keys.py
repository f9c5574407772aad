from datetime import datetime
from typing import ClassVar, assert_never

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts import processing


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self, *, at: datetime | None = None) -> "ApiKeyQuerySet":
        """Keep the keys that open the API at a moment: neither revoked nor expired."""
        now = at or timezone.now()
        return self.filter(revoked_at__isnull=True).exclude(expires_at__lte=now)

    def in_state(self, state: "ApiKey.State", *, at: datetime | None = None) -> "ApiKeyQuerySet":
        """Keep the keys of which `ApiKey.state` says this at a moment."""
        now = at or timezone.now()
        live, unrolled = self.live(at=now), self.filter(overlap="")
        match state:
            case ApiKey.State.ACTIVE:
                return live.filter(overlap="", expires_at__isnull=True)
            case ApiKey.State.EXPIRING:
                return live.filter(overlap="", expires_at__isnull=False)
            case ApiKey.State.OVERLAPPING:
                return live.exclude(overlap="")
            case ApiKey.State.ROLLED:
                return self.exclude(overlap="").exclude(pk__in=live)
            case ApiKey.State.REVOKED:
                return unrolled.filter(revoked_at__isnull=False)
            case ApiKey.State.EXPIRED:
                return unrolled.filter(revoked_at__isnull=True, expires_at__lte=now)
        assert_never(state)


class ApiKey(models.Model):
    """A key to the API; only its keyed digest is kept, so a lost key is replaced, not read.

    A roll writes on the old key, in `overlap`, how that ends, and on the new one what it replaces.
    """

    class Overlap(models.TextChoices):
        """How long the old key goes on once there is a new one."""

        NONE = "none", "A antiga para agora"
        HOUR = "hour", "A antiga vale por mais 1 hora"
        DAY = "day", "A antiga vale por mais 1 dia"
        WEEK = "week", "A antiga vale por mais 7 dias"
        FIRST_USE = "first_use", "A antiga para no primeiro uso da nova"

    class State(models.TextChoices):
        ACTIVE = "active", "Ativa"
        EXPIRING = "expiring", "Ativa, com vencimento"
        OVERLAPPING = "overlapping", "Trocada, ainda vale"
        ROLLED = "rolled", "Trocada"
        EXPIRED = "expired", "Vencida"
        REVOKED = "revoked", "Revogada"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="api_keys",
        verbose_name="usuário",
    )
    name = models.CharField("nome", max_length=60, blank=True)
    is_test = models.BooleanField(
        "de teste", default=False, help_text="Percorre o caminho todo e não envia nada."
    )
    prefix = models.CharField("início", max_length=8, editable=False)
    last_four = models.CharField("fim", max_length=4, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("criada em", default=timezone.now, editable=False)
    expires_at = models.DateTimeField("vence em", null=True, blank=True)
    revoked_at = models.DateTimeField("revogada em", null=True, blank=True)
    last_used_at = models.DateTimeField("último uso", null=True, blank=True, editable=False)
    # One key takes the place of another: the constraint is the promise.
    replaces = models.OneToOneField(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="replacement",
        verbose_name="no lugar de",
    )
    overlap = models.CharField(
        "como foi trocada", max_length=10, choices=Overlap, blank=True, editable=False
    )

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

    @property
    def mode(self) -> str:
        """Return "test" or "live", as the API's header and the audit say it."""
        return "test" if self.is_test else "live"

    def state(self, *, at: datetime | None = None) -> State:
        """Return how the key is at a moment."""
        is_live = self.is_live(at=at)
        if self.overlap:
            return self.State.OVERLAPPING if is_live else self.State.ROLLED
        if is_live:
            return self.State.EXPIRING if self.expires_at else self.State.ACTIVE
        return self.State.REVOKED if self.revoked_at else self.State.EXPIRED

    def is_live(self, *, at: datetime | None = None) -> bool:
        """Tell what `ApiKey.objects.live` does of a key that was read."""
        is_over = self.expires_at is not None and self.expires_at <= (at or timezone.now())
        return self.revoked_at is None and not is_over

    def can_be_rolled(self, *, at: datetime | None = None) -> bool:
        """Tell whether it opens the API at a moment and has no replacement."""
        return self.is_live(at=at) and not self.overlap
