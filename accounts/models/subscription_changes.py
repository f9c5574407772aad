from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts import processing
from accounts.models.plans import Plan, Subscription


class SubscriptionChange(models.Model):
    """One move of a subscription, and how it was after it; rows are only ever added."""

    class Reason(models.TextChoices):
        """What happened."""

        SUBSCRIBED = "subscribed", "Assinou"
        TRIAL_STARTED = "trial_started", "Começou o teste"
        RENEWED = "renewed", "Renovada"
        PLAN_CHANGED = "plan_changed", "Mudou de plano"
        PAYMENT_FAILED = "payment_failed", "Pagamento não aconteceu"
        CANCEL_REQUESTED = "cancel_requested", "Cancelamento pedido para o fim do período"
        CANCEL_UNDONE = "cancel_undone", "Cancelamento desfeito"
        CANCELED = "canceled", "Cancelada na hora"
        TRIAL_OVER = "trial_over", "O teste acabou"
        PERIOD_OVER = "period_over", "O período acabou sem renovação"
        PERIOD_OVER_CANCELED = "period_over_canceled", "O período acabou, com cancelamento pedido"
        GRACE_OVER = "grace_over", "A tolerância acabou"

    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="changes", verbose_name="assinatura"
    )
    at = models.DateTimeField("em", default=timezone.now, editable=False)
    reason = models.CharField("o que houve", max_length=24, choices=Reason)
    from_status = models.CharField(
        "situação antes", max_length=10, choices=Subscription.Status, blank=True
    )
    to_status = models.CharField("situação", max_length=10, choices=Subscription.Status)
    from_plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="plano antes"
    )
    to_plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, related_name="+", verbose_name="plano"
    )
    period_start = models.DateTimeField("início do período")
    period_end = models.DateTimeField("fim do período", null=True)
    grace_ends_at = models.DateTimeField("fim da tolerância", null=True)
    # An id, never a name: `origins.Origin`.
    actor_kind = models.CharField("tipo de autor", max_length=12)
    actor = models.CharField("autor", max_length=80, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner="subscription__user",
        uses=(
            processing.Use(
                fields=("actor",),
                purpose="Saber quem mudou a assinatura; só o id",
                basis=processing.Basis.RIGHTS,
                retention=processing.Retention.SUBSCRIPTIONS,
            ),
        ),
        impersonal=("actor_kind",),
    )

    class Meta:
        verbose_name = "mudança da assinatura"
        verbose_name_plural = "histórico da assinatura"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.get_reason_display()
