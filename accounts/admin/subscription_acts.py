"""What staff do with a subscription: each act is a page with a form, and a use case behind it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, assert_never

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.db import models
from django.utils import timezone

from accounts import subscriptions
from accounts.models import Plan, Subscription, User

Status = Subscription.Status


class Act(models.TextChoices):
    """The acts, as their address and their link name them."""

    CHANGE_PLAN = "change-plan", "Mudar de plano"
    RENEW = "renew", "Renovar"
    FAIL_PAYMENT = "fail-payment", "Marcar em atraso"
    CANCEL_AT_END = "cancel-at-end", "Cancelar no fim do período"
    CANCEL = "cancel", "Cancelar agora"
    KEEP = "keep", "Desfazer o cancelamento"


def _end(help_text: str) -> forms.SplitDateTimeField:
    return forms.SplitDateTimeField(
        label="Fim do período", required=False, widget=AdminSplitDateTime, help_text=help_text
    )


class PlanForm(forms.Form):
    """To which plan."""

    plan = forms.ModelChoiceField(label="Novo plano", queryset=Plan.objects.all())


class PeriodForm(forms.Form):
    """Until when it is paid."""

    until = _end("Vazio: sem data para acabar.")


class SubscriptionForm(forms.ModelForm[Subscription]):
    """How a subscription begins, which is now."""

    is_trial = forms.BooleanField(label="Em teste", required=False)
    until = _end("Vazio: sem data para acabar. Um teste precisa de uma data.")

    class Meta:
        model = Subscription
        fields = ("user", "plan")

    def clean(self) -> dict[str, Any]:
        """Say beside each field what `subscriptions` would refuse."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        user: User | None = cleaned.get("user")
        until: datetime | None = cleaned.get("until")
        if user and Subscription.objects.current().filter(user=user).exists():
            self.add_error("user", "Este usuário já tem uma assinatura em vigor.")
        if until and until <= timezone.now():
            self.add_error("until", "O fim do período já passou.")
        if cleaned.get("is_trial") and not until:
            self.add_error("until", "Um teste precisa de uma data para acabar.")
        return cleaned

    def begin(self) -> Subscription:
        """Begin what the valid form says. Raises what `subscriptions` raises."""
        user, plan = self.cleaned_data["user"], self.cleaned_data["plan"]
        until: datetime | None = self.cleaned_data["until"]
        if until and self.cleaned_data["is_trial"]:
            return subscriptions.start_trial(user=user, plan=plan, until=until)
        return subscriptions.subscribe(user=user, plan=plan, until=until)


def possible(subscription: Subscription) -> Iterator[Act]:
    """Yield what can be done with a subscription as it is."""
    if subscription.status == Status.CANCELED:
        return
    is_leaving = subscription.cancel_requested_at is not None
    yield Act.CHANGE_PLAN
    if not is_leaving:
        yield Act.RENEW
    if subscription.status == Status.ACTIVE:
        yield Act.FAIL_PAYMENT
    may_end_later = subscription.status != Status.PAST_DUE and subscription.current_period_end
    if may_end_later and not is_leaving:
        yield Act.CANCEL_AT_END
    yield Act.CANCEL
    if is_leaving:
        yield Act.KEEP


def form(act: Act, subscription: Subscription, data: Any = None) -> forms.Form:
    """Return the form of an act; one without a question has no fields."""
    match act:
        case Act.CHANGE_PLAN:
            return PlanForm(data, initial={"plan": subscription.plan_id})
        case Act.RENEW:
            return PeriodForm(data)
        case Act.FAIL_PAYMENT | Act.CANCEL_AT_END | Act.CANCEL | Act.KEEP:
            return forms.Form(data)
    assert_never(act)


def carry_out(act: Act, subscription: Subscription, answers: dict[str, Any]) -> Subscription:
    """Do it, with what the form was answered. Raises accounts.exceptions.SubscriptionError."""
    match act:
        case Act.CHANGE_PLAN:
            return subscriptions.change_plan(subscription=subscription, plan=answers["plan"])
        case Act.RENEW:
            return subscriptions.renew(subscription=subscription, until=answers["until"])
        case Act.FAIL_PAYMENT:
            return subscriptions.fail_payment(subscription=subscription)
        case Act.CANCEL_AT_END:
            return subscriptions.cancel(subscription=subscription, at_period_end=True)
        case Act.CANCEL:
            return subscriptions.cancel(subscription=subscription, at_period_end=False)
        case Act.KEEP:
            return subscriptions.keep(subscription=subscription)
    assert_never(act)
