from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django_otp.models import Device, ThrottlingMixin

from accounts import processing
from accounts.sealed_fields import SealedField


class StaffDevice(ThrottlingMixin, Device):
    """The second factor of one of the staff: an authenticator's key, sealed, and codes on paper.

    django-otp's own model of it keeps the key in the clear, so this one is ours; what counts failed
    tries and makes them wait is django-otp's. Codes are checked by `accounts.second_factor`.
    """

    key = SealedField(null=True, editable=False)
    # Of the last code that was taken: none of its step or before it is taken again.
    last_step = models.BigIntegerField(default=-1, editable=False)
    # Keyed digests; a code leaves with its use.
    backup_codes = ArrayField(
        models.CharField(max_length=64), default=list, blank=True, editable=False
    )
    confirmed_at = models.DateTimeField("confirmado em", null=True, blank=True, editable=False)

    personal_data: ClassVar = processing.Declaration(
        owner="user",
        uses=(
            processing.Use(
                fields=("user", "name"),
                purpose="Saber de quem é o segundo fator",
                basis=processing.Basis.INTEREST,
                retention=processing.Retention.ACCOUNT,
            ),
            processing.Use(
                fields=("key", "backup_codes", "last_step"),
                purpose="Conferir o segundo fator",
                basis=processing.Basis.INTEREST,
                retention=processing.Retention.ACCOUNT,
                is_exported=False,
            ),
        ),
        impersonal=("throttling_failure_count",),
    )

    class Meta:
        verbose_name = "segundo fator"
        verbose_name_plural = "segundos fatores"
        constraints = [
            models.UniqueConstraint(fields=["user"], name="staff_device_one_per_user"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    def get_throttle_factor(self) -> int:
        """Return the seconds to wait after the first failed try; each further one doubles them."""
        return 1


class StaffSessionQuerySet(models.QuerySet["StaffSession"]):
    def live(self, *, at: datetime | None = None) -> "StaffSessionQuerySet":
        """Keep those that open the admin at a moment: neither ended, nor idle, nor too old."""
        now = at or timezone.now()
        live = self.filter(
            ended_at__isnull=True,
            last_seen_at__gt=now - timedelta(minutes=settings.STAFF_IDLE_MINUTES),
            started_at__gt=now - timedelta(hours=settings.STAFF_SESSION_HOURS),
        )
        if not settings.STAFF_SECOND_FACTOR:
            return live
        proven = models.Q(verified_at__isnull=False)
        return live.filter(proven | models.Q(started_at__gt=now - HALF_WAY))


# How long a password alone is good for, until its second factor follows.
HALF_WAY = timedelta(minutes=10)


class StaffSession(models.Model):
    """One sign-in of one of the staff; the key of the browser's session is not here."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="staff_sessions",
        verbose_name="quem",
    )
    started_at = models.DateTimeField("entrou em", default=timezone.now, editable=False)
    verified_at = models.DateTimeField("segundo fator em", null=True, blank=True, editable=False)
    # To the minute: it is not written with every page.
    last_seen_at = models.DateTimeField("vista em", default=timezone.now, editable=False)
    ended_at = models.DateTimeField("encerrada em", null=True, blank=True, editable=False)
    address = models.CharField("endereço", max_length=64, blank=True, editable=False)
    user_agent = models.CharField("navegador", max_length=120, blank=True, editable=False)

    personal_data: ClassVar = processing.Declaration(
        owner="user",
        uses=(
            processing.Use(
                fields=("user", "address", "user_agent"),
                purpose="Saber de onde a equipe entra, e encerrar o que for estranho",
                basis=processing.Basis.INTEREST,
                retention=processing.Retention.PLACES,
            ),
        ),
    )

    objects = StaffSessionQuerySet.as_manager()

    class Meta:
        verbose_name = "sessão da equipe"
        verbose_name_plural = "sessões da equipe"
        ordering = ["-pk"]
        permissions = [("manage_staff", "Pode cuidar da equipe e dos seus papéis")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
