from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts import processing
from openfinance.models.banks import Bank
from whatsapp.models import OutgoingMessage


class FlowTokenQuerySet(models.QuerySet["FlowToken"]):
    def live(self, *, at: datetime | None = None) -> "FlowTokenQuerySet":
        """Keep those whose WhatsApp Flow may still be used."""
        return self.filter(expires_at__gt=at or timezone.now(), finished_at__isnull=True)


class FlowToken(models.Model):
    """What one WhatsApp Flow message may do: choose one bank, once, for its own person.

    The token itself is in nobody's hands but the phone's; `digest` is keyed.
    """

    digest = models.CharField("resumo", max_length=64, unique=True)
    # The message that carries it belongs to a flow, and that flow to a user.
    message = models.OneToOneField(
        OutgoingMessage,
        on_delete=models.CASCADE,
        related_name="flow_token",
        verbose_name="mensagem",
    )
    created_at = models.DateTimeField("criado em", default=timezone.now, editable=False)
    expires_at = models.DateTimeField("vale até")
    opened_at = models.DateTimeField("aberto em", null=True, blank=True)
    bank = models.ForeignKey(
        Bank, on_delete=models.PROTECT, null=True, blank=True, verbose_name="banco"
    )
    finished_at = models.DateTimeField("concluído em", null=True, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner="message__user",
        uses=(
            processing.Use(
                fields=("digest",),
                purpose="Abrir a lista de bancos só para quem a recebeu",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.LINKS,
                is_exported=False,
            ),
        ),
    )

    objects = FlowTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "Flow aberto"
        verbose_name_plural = "Flows abertos"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(finished_at__isnull=True) | models.Q(bank__isnull=False),
                name="flow_token_finished_with_its_bank",
            ),
        ]

    def __str__(self) -> str:
        return f"Flow {self.pk}"
