import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts import processing
from accounts.sealed import SealedField
from openfinance.models.consents import Consent


class Access(models.Model):
    """The tokens of one authorised consent, sealed; the row goes when the consent ends."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.OneToOneField(
        Consent, on_delete=models.CASCADE, related_name="access", verbose_name="consentimento"
    )
    access_token = SealedField("token de acesso")
    # None where the provider has none, such as an aggregator.
    refresh_token = SealedField("token de renovação", null=True)
    access_expires_at = models.DateTimeField("token de acesso vale até")
    renewed_at = models.DateTimeField("renovado em", default=timezone.now)
    # The lease of the one process that renews it now.
    renewing_since = models.DateTimeField("renovando desde", null=True, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner="consent__connection__user",
        uses=(
            processing.Use(
                fields=("access_token", "refresh_token"),
                purpose="Ler no banco o que a pessoa autorizou",
                basis=processing.Basis.CONSENT,
                retention=processing.Retention.CONSENTS,
                is_exported=False,
            ),
        ),
    )

    class Meta:
        verbose_name = "acesso"
        verbose_name_plural = "acessos"

    def __str__(self) -> str:
        return f"acesso {self.pk}"
