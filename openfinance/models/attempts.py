import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts import processing
from accounts.sealed import SealedField
from openfinance.models.consents import Consent

# Longer than all calls to a bank that a return needs: whoever takes longer has died.
FINISHING_LASTS = timedelta(minutes=3)


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def waiting(self, *, at: datetime | None = None) -> "AttemptQuerySet":
        """Keep those from which the person may still come back."""
        return self.filter(returned_at__isnull=True, expires_at__gt=at or timezone.now())

    def being_finished(self) -> "AttemptQuerySet":
        """Keep those that may be with a process of ours that asks the bank what came of them."""
        return self.filter(returned_at__gt=timezone.now() - FINISHING_LASTS, outcome="")


class Attempt(models.Model):
    """One trip of a person to the bank for a consent: it may be ended once, by its `state`.

    Who comes back may do so in another browser, so the state alone binds the answer to it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.ForeignKey(
        Consent, on_delete=models.CASCADE, related_name="attempts", verbose_name="consentimento"
    )
    state_digest = models.CharField("resumo do state", max_length=64, unique=True)
    # Sealed: what the provider needs to check and to use what comes back.
    remembered = SealedField("guardado", null=True)
    created_at = models.DateTimeField("criada em", default=timezone.now, editable=False)
    expires_at = models.DateTimeField("vale até")
    returned_at = models.DateTimeField("voltou em", null=True, blank=True)
    # A code of openfinance.providers.Reason, or "" when it went well or is not over.
    outcome = models.CharField("resultado", max_length=40, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner="consent__connection__user",
        uses=(
            processing.Use(
                fields=("state_digest", "remembered"),
                purpose="Reconhecer a pessoa quando ela volta do banco",
                basis=processing.Basis.CONSENT,
                retention=processing.Retention.CONSENTS,
                is_exported=False,
            ),
        ),
        impersonal=("outcome",),
    )

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = "ida ao banco"
        verbose_name_plural = "idas ao banco"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"ida {self.pk}"
