from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import formats, timezone

from accounts import processing


class ConnectionRoute(models.TextChoices):
    """What the connection endpoint sends to a subscriber of the plan."""

    FLOW = "flow", "Fluxo de conexão"
    NOTICE = "notice", "Aviso de upgrade"


class PlanQuerySet(models.QuerySet["Plan"]):
    def upgrade(self) -> "Plan | None":
        """Return the cheapest plan that gives the connection, or None when no plan does."""
        return self.filter(connection_route=ConnectionRoute.FLOW).order_by("price", "pk").first()


class Plan(models.Model):
    """What a person pays for; staff edit it, and the next message shows it."""

    slug = models.SlugField("identificador", unique=True)
    name = models.CharField("nome", max_length=40, unique=True)
    price = models.DecimalField("preço por mês (R$)", max_digits=10, decimal_places=2)
    connection_route = models.CharField(
        "o que o pedido de conexão envia", max_length=10, choices=ConnectionRoute
    )
    max_connections = models.PositiveIntegerField(
        "limite de conexões", null=True, blank=True, help_text="Vazio: sem limite."
    )
    max_payment_reminders = models.PositiveIntegerField(
        "limite de lembretes de pagamento", default=0
    )
    max_spending_alerts = models.PositiveIntegerField("limite de alertas de gastos", default=0)

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.NOBODY,
        impersonal=(
            "slug",
            "name",
            "price",
            "max_connections",
            "max_payment_reminders",
            "max_spending_alerts",
        ),
    )

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = "plano"
        verbose_name_plural = "planos"
        ordering = ["price", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price__gte=0), name="plan_price_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def price_in_reais(self) -> str:
        """Return the price as people write it: R$ 1.234,56."""
        amount = formats.number_format(self.price, 2, use_l10n=True, force_grouping=True)
        return f"R$ {amount}"


class PlanBenefit(models.Model):
    """One line of what a plan gives, in the words the person reads."""

    plan = models.ForeignKey(
        Plan, on_delete=models.CASCADE, related_name="benefits", verbose_name="plano"
    )
    text = models.CharField("benefício", max_length=80)
    position = models.PositiveSmallIntegerField("ordem", default=0)

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.NOBODY, impersonal=("text", "position")
    )

    class Meta:
        verbose_name = "benefício"
        verbose_name_plural = "benefícios"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def active(self, *, at: datetime | None = None) -> "SubscriptionQuerySet":
        """Keep those that give access at a moment: inside their period, or what grace follows it.

        It is the clock that decides, so no job has to run first. One that is past due lives on its
        grace alone.
        """
        now = at or timezone.now()
        is_in_period = ~models.Q(status=Subscription.Status.PAST_DUE) & (
            models.Q(current_period_end=None) | models.Q(current_period_end__gt=now)
        )
        begun = self.current().filter(current_period_start__lte=now)
        return begun.filter(is_in_period | models.Q(grace_ends_at__gt=now))

    def current(self) -> "SubscriptionQuerySet":
        """Keep those that are not over for good: at most one a user."""
        return self.exclude(status=Subscription.Status.CANCELED)

    def due(self, *, at: datetime | None = None) -> "SubscriptionQuerySet":
        """Keep those that the clock has moved on, and whose row does not say so yet."""
        now = at or timezone.now()
        past_due = models.Q(status=Subscription.Status.PAST_DUE)
        is_unpaid = models.Q(grace_ends_at=None) | models.Q(grace_ends_at__lte=now)
        return self.current().filter(
            (past_due & is_unpaid) | (~past_due & models.Q(current_period_end__lte=now))
        )


class Subscription(models.Model):
    """A user's hold on a plan; at most one that is not canceled."""

    class Status(models.TextChoices):
        TRIALING = "trialing", "Em teste"
        ACTIVE = "active", "Ativa"
        PAST_DUE = "past_due", "Em atraso"
        CANCELED = "canceled", "Cancelada"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="subscriptions",
        verbose_name="usuário",
    )
    plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, related_name="subscriptions", verbose_name="plano"
    )
    status = models.CharField("situação", max_length=10, choices=Status, default=Status.ACTIVE)
    current_period_start = models.DateTimeField("início do período", default=timezone.now)
    current_period_end = models.DateTimeField(
        "fim do período", null=True, blank=True, help_text="Vazio: sem data para acabar."
    )
    # Until when there is access while a payment is waited for; None where none is.
    grace_ends_at = models.DateTimeField("fim da tolerância", null=True, blank=True)
    past_due_since = models.DateTimeField("em atraso desde", null=True, blank=True)
    # Asked to end with the period, and not taken back.
    cancel_requested_at = models.DateTimeField("cancelamento pedido em", null=True, blank=True)
    # None also for those that were canceled before this was written down.
    canceled_at = models.DateTimeField("cancelada em", null=True, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner="user",
        uses=(
            processing.Use(
                fields=("user",),
                purpose="Saber qual plano a pessoa tem",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.SUBSCRIPTIONS,
            ),
        ),
    )

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = "assinatura"
        verbose_name_plural = "assinaturas"
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=~models.Q(status="canceled"),
                name="subscription_one_current_per_user",
                violation_error_message="Este usuário já tem uma assinatura em vigor.",
            ),
            models.CheckConstraint(
                condition=models.Q(current_period_end__isnull=True)
                | models.Q(current_period_end__gt=models.F("current_period_start")),
                name="subscription_period_ends_after_start",
                violation_error_message="O fim do período vem depois do início.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.get_status_display()}"
