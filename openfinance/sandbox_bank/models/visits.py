import uuid

from django.db import models
from django.utils import timezone

from accounts.sealed import SealedField
from openfinance.sandbox_bank.models.consents import Consent


class Visit(models.Model):
    """Somebody at the bank's pages, to decide about a consent, or to see all of theirs: None.

    Its key is in the address of its pages, and in no table. `customer` is "" until they have
    identified themselves, and `tries` are those that failed at this stage.
    """

    class Stage(models.TextChoices):
        """What is shown; all after DECIDE are ends."""

        LOGIN = "login", "Entrada"
        CODE = "code", "Código"
        DECIDE = "decide", "Decisão"
        APPROVED = "approved", "Autorizou"
        REFUSED = "refused", "Recusou"
        LEFT = "left", "Saiu sem decidir"
        BLOCKED = "blocked", "Errou demais"
        STRANGER = "stranger", "Não é cliente"
        ANOTHER = "another", "É outra pessoa"
        LATE = "late", "Chegou tarde"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key_digest = models.CharField("resumo da chave", max_length=64, unique=True)
    brand = models.SlugField("marca")
    consent = models.ForeignKey(
        Consent,
        on_delete=models.CASCADE,
        null=True,
        related_name="visits",
        verbose_name="consentimento",
    )
    # JSON: where to send them afterwards, with which state, and the challenge of the code.
    asked = SealedField("pedido", null=True)
    stage = models.CharField("etapa", max_length=8, choices=Stage, default=Stage.LOGIN)
    customer = models.CharField("resumo do CPF", max_length=64, blank=True)
    second_factor = models.CharField("código", max_length=6, blank=True)
    tries = models.PositiveSmallIntegerField("tentativas", default=0)
    created_at = models.DateTimeField("começou em", default=timezone.now)
    # The authorisation code, when the receiver was given one.
    grant_digest = models.CharField("resumo do code", max_length=64, blank=True)
    grant_expires_at = models.DateTimeField("code vale até", null=True)
    grant_used_at = models.DateTimeField("code usado em", null=True)

    class Meta:
        verbose_name = "visita"
        verbose_name_plural = "visitas"
        constraints = [
            models.UniqueConstraint(
                fields=["grant_digest"],
                condition=~models.Q(grant_digest=""),
                name="sandbox_bank_one_visit_per_grant",
            ),
        ]

    def __str__(self) -> str:
        return f"visita {self.pk}"
