from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts import processing


class PlanNotice(models.Model):
    """A person told that what they connected is not in their plan any more, once for each time."""

    class Kind(models.TextChoices):
        """What is missing; the values are the codes of what connecting would be refused with."""

        NO_SUBSCRIPTION = "inactive_subscription", "Sem assinatura"
        NOT_IN_PLAN = "connection_not_in_plan", "Plano sem conexão"
        OVER_LIMIT = "connection_limit_reached", "Acima do limite do plano"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="plan_notices",
        verbose_name="usuário",
    )
    kind = models.CharField("aviso", max_length=30, choices=Kind)
    # None when nothing could be sent; then `obstacle` says why, and staff see it.
    message = models.OneToOneField(
        "whatsapp.OutgoingMessage",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="plan_notice",
        verbose_name="mensagem",
    )
    obstacle = models.CharField("por que não foi enviado", max_length=60, blank=True)
    created_at = models.DateTimeField("criado em", default=timezone.now, editable=False)
    # Since when it is not so any more: the next time is told anew.
    over_at = models.DateTimeField("deixou de valer em", null=True, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner="user",
        uses=(
            processing.Use(
                fields=("user",),
                purpose="Avisar, uma vez só, que o plano não inclui mais o que a pessoa conectou",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.MESSAGES,
            ),
        ),
        impersonal=("obstacle",),
    )

    class Meta:
        verbose_name = "aviso de plano"
        verbose_name_plural = "avisos de plano"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"],
                condition=models.Q(over_at=None),
                name="plan_notice_given_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%d/%m/%Y %H:%M}"
