from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts import processing
from openfinance.models.consents import Consent


class Notice(models.Model):
    """Something told of a consent, or of one end of its term, once, as the constraint promises."""

    class Kind(models.TextChoices):
        CONNECTED = "connected", "Conectado"
        REFUSED = "refused", "Recusado"
        ENDS_IN_14 = "ends_in_14", "Vence em 14 dias"
        ENDS_IN_7 = "ends_in_7", "Vence em 7 dias"
        ENDS_IN_1 = "ends_in_1", "Vence em 1 dia"
        ENDED = "ended", "Encerrado"

    consent = models.ForeignKey(
        Consent, on_delete=models.CASCADE, related_name="notices", verbose_name="consentimento"
    )
    kind = models.CharField("aviso", max_length=12, choices=Kind)
    # The end that a warning is about: an extension brings another, to be warned of anew.
    until = models.DateTimeField("sobre o prazo até", null=True, blank=True)
    # None when nothing could be sent; then `obstacle` says why, and staff see it.
    message = models.OneToOneField(
        "whatsapp.OutgoingMessage",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="notice",
        verbose_name="mensagem",
    )
    obstacle = models.CharField("por que não foi enviado", max_length=60, blank=True)
    created_at = models.DateTimeField("criado em", default=timezone.now, editable=False)

    personal_data: ClassVar = processing.Declaration(
        owner="consent__connection__user", impersonal=("obstacle",)
    )

    class Meta:
        verbose_name = "aviso"
        verbose_name_plural = "avisos"
        constraints = [
            models.UniqueConstraint(
                fields=["consent", "kind", "until"],
                name="notice_given_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%d/%m/%Y %H:%M}"
