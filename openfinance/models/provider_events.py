from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts import processing
from openfinance.models.consents import Consent


class ProviderEvent(models.Model):
    """A provider's hint that something happened to a consent: followed once, however often told."""

    provider = models.CharField("provedor", max_length=20)
    event_id = models.CharField("id no provedor", max_length=100)
    bank_consent_id = models.CharField("consentimento no banco", max_length=256)
    received_at = models.DateTimeField("recebido em", default=timezone.now, editable=False)
    handled_at = models.DateTimeField("conferido em", null=True, blank=True)
    # None when it was about none of ours.
    consent = models.ForeignKey(
        Consent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="provider_events",
        verbose_name="consentimento",
    )

    personal_data: ClassVar = processing.Declaration(
        owner="consent__connection__user",
        uses=(
            processing.Use(
                fields=("bank_consent_id",),
                purpose="Conferir no banco o consentimento de que o provedor avisou",
                basis=processing.Basis.CONSENT,
                retention=processing.Retention.WEBHOOKS,
            ),
        ),
        impersonal=("provider", "event_id"),
    )

    class Meta:
        verbose_name = "aviso de provedor"
        verbose_name_plural = "avisos de provedores"
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "event_id"], name="provider_event_heard_once"
            ),
        ]
        indexes = [models.Index(fields=["received_at"], name="provider_event_by_age")]

    def __str__(self) -> str:
        return f"aviso {self.pk}"
