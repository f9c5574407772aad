"""Subscriptions and plans as staff live them in the admin."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import subscriptions
from accounts.models import AuditEvent, Plan, Subscription, SubscriptionChange, User
from tests.accounts.plan_forms import plan_form

pytestmark = pytest.mark.django_db

Act = AuditEvent.Act


@pytest.fixture
def staff(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    return client


@pytest.fixture
def paid(davi: User) -> Subscription:
    until = timezone.now() + timedelta(days=30)
    return subscriptions.subscribe(user=davi, plan=Plan.objects.get(slug="premium"), until=until)


def page(subscription: Subscription) -> str:
    return reverse("admin:accounts_subscription_change", args=[subscription.pk])


def act(subscription: Subscription, name: str) -> str:
    return reverse("admin:accounts_subscription_act", args=[subscription.pk, name])


def acts_on(staff: Client, subscription: Subscription) -> list[str]:
    """Return the acts that the page of a subscription leads to."""
    text = staff.get(page(subscription)).text
    names = ("change-plan", "renew", "fail-payment", "cancel-at-end", "cancel", "keep")
    return [name for name in names if f'href="{act(subscription, name)}"' in text]


def beginning(user: User, **changes: str) -> dict[str, str]:
    plan = Plan.objects.get(slug="pro")
    return {"user": str(user.pk), "plan": str(plan.pk), **changes}


def test_a_subscription_begins_on_a_page_of_its_own(staff: Client, davi: User) -> None:
    add = reverse("admin:accounts_subscription_add")
    assert f'href="{add}?user={davi.pk}"' in staff.get(_user_page(davi)).text
    assert staff.post(add, beginning(davi)).status_code == 302
    change = SubscriptionChange.objects.get()
    assert (change.subscription.user, change.reason, change.actor_kind) == (
        davi,
        "subscribed",
        "staff",
    )


def test_a_trial_needs_an_end_that_is_to_come(staff: Client, davi: User) -> None:
    add = reverse("admin:accounts_subscription_add")
    refused = staff.post(add, beginning(davi, is_trial="on"))
    assert "Um teste precisa de uma data para acabar." in refused.text
    past = beginning(davi, is_trial="on", until_0="01/01/2020", until_1="10:00:00")
    assert "O fim do período já passou." in staff.post(add, past).text
    staff.post(add, past | {"until_0": "01/01/2090"})
    assert Subscription.objects.get().status == "trialing"


def test_who_has_one_gets_no_second(staff: Client, alice: User) -> None:
    refused = staff.post(reverse("admin:accounts_subscription_add"), beginning(alice))
    assert "Este usuário já tem uma assinatura em vigor." in refused.text
    assert Subscription.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "answers", "status"),
    [
        ("change-plan", {"plan": "basic"}, "active"),
        ("renew", {"until_0": "01/01/2090", "until_1": "10:00:00"}, "active"),
        ("fail-payment", {}, "past_due"),
        ("cancel-at-end", {}, "active"),
        ("cancel", {}, "canceled"),
    ],
)
def test_each_act_has_a_page_that_asks_and_then_does_it(
    staff: Client, paid: Subscription, name: str, answers: dict[str, str], status: str
) -> None:
    assert staff.get(act(paid, name)).status_code == 200
    assert SubscriptionChange.objects.count() == 1
    if "plan" in answers:
        answers = {"plan": str(Plan.objects.get(slug=answers["plan"]).pk)}
    assert staff.post(act(paid, name), answers).status_code == 302
    latest = SubscriptionChange.objects.latest("pk")
    assert (latest.to_status, latest.actor_kind, latest.pk > 1) == (status, "staff", True)
    assert SubscriptionChange.objects.count() == 2


def test_a_cancellation_is_undone(staff: Client, paid: Subscription) -> None:
    staff.post(act(paid, "cancel-at-end"))
    assert acts_on(staff, paid) == ["change-plan", "fail-payment", "cancel", "keep"]
    staff.post(act(paid, "keep"))
    paid.refresh_from_db()
    assert paid.cancel_requested_at is None


def test_only_what_is_possible_is_offered(staff: Client, paid: Subscription) -> None:
    everything = ["change-plan", "renew", "fail-payment", "cancel-at-end", "cancel"]
    assert acts_on(staff, paid) == everything
    subscriptions.cancel(subscription=paid, at_period_end=False)
    assert acts_on(staff, paid) == []


def test_what_became_impossible_meanwhile_is_said_and_not_done(
    staff: Client, paid: Subscription
) -> None:
    subscriptions.cancel(subscription=paid, at_period_end=False)
    answer = staff.post(act(paid, "renew"), {"until_0": "", "until_1": ""}, follow=True)
    assert "já não está na situação" in answer.text
    assert SubscriptionChange.objects.latest("pk").reason == "canceled"


def test_an_act_that_there_is_not_is_not_found(staff: Client, paid: Subscription) -> None:
    assert staff.get(act(paid, "give-away")).status_code == 404


def test_the_history_is_shown_and_cannot_be_typed_over(staff: Client, paid: Subscription) -> None:
    subscriptions.fail_payment(subscription=paid)
    text = staff.get(page(paid)).text
    assert "Pagamento não aconteceu" in text
    assert 'name="_save"' not in text
    staff.post(page(paid), {"status": "active", "changes-TOTAL_FORMS": "0"})
    assert Subscription.objects.get().status == "past_due"


def test_the_users_page_shows_it_and_lets_nobody_type_a_status(staff: Client, alice: User) -> None:
    text = staff.get(_user_page(alice)).text
    assert page(alice.subscriptions.get()) in text
    assert 'name="subscriptions-0-status"' not in text


def test_who_may_only_look_does_nothing(client: Client, paid: Subscription) -> None:
    helper = User.objects.create_user("helper@example.com", is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_subscription"))
    client.force_login(helper)
    assert acts_on(client, paid) == []
    assert client.post(act(paid, "cancel")).status_code == 403
    assert Subscription.objects.get().status == "active"


def test_the_list_says_who_has_access_now(staff: Client, paid: Subscription, alice: User) -> None:
    Subscription.objects.filter(pk=paid.pk).update(
        current_period_start=timezone.now() + timedelta(days=1)
    )
    text = staff.get(reverse("admin:accounts_subscription_changelist")).text
    assert (text.count('alt="True"'), text.count('alt="False"')) == (1, 1)


def test_an_edit_of_a_plan_is_in_the_audit_log_by_its_columns(staff: Client) -> None:
    plan = Plan.objects.get(slug="pro")
    url = reverse("admin:accounts_plan_change", args=[plan.pk])
    staff.post(url, plan_form(plan, price="49.90", max_connections="2"))
    event = AuditEvent.objects.get(act=Act.PLAN_CHANGED)
    assert (event.user, event.target) == (None, f"accounts.plan:{plan.pk}")
    assert (event.result, event.details) == ("changed", {"columns": "price,max_connections"})
    assert event.actor_kind == "staff"


def test_an_edit_of_a_benefit_is_one_of_its_plan(staff: Client) -> None:
    plan = Plan.objects.get(slug="basic")
    url = reverse("admin:accounts_plan_change", args=[plan.pk])
    staff.post(url, plan_form(plan, **{"benefits-0-text": "Outras palavras"}))
    event = AuditEvent.objects.get(act=Act.PLAN_CHANGED)
    assert event.details == {"columns": "benefits"}


def test_saving_a_plan_as_it_is_is_no_change(staff: Client) -> None:
    plan = Plan.objects.get(slug="premium")
    staff.post(reverse("admin:accounts_plan_change", args=[plan.pk]), plan_form(plan))
    assert not AuditEvent.objects.filter(act=Act.PLAN_CHANGED).exists()


def test_a_plan_that_people_have_is_not_deleted(staff: Client, alice: User) -> None:
    plan = Plan.objects.get(slug="premium")
    staff.post(reverse("admin:accounts_plan_delete", args=[plan.pk]), {"post": "yes"})
    assert Plan.objects.filter(pk=plan.pk).exists()
    assert not AuditEvent.objects.filter(act=Act.PLAN_CHANGED).exists()


def test_one_that_nobody_had_is_and_leaves_a_trace(staff: Client) -> None:
    plan = Plan.objects.get(slug="basic")
    staff.post(reverse("admin:accounts_plan_delete", args=[plan.pk]), {"post": "yes"})
    event = AuditEvent.objects.get(act=Act.PLAN_CHANGED)
    assert (event.target, event.result) == (f"accounts.plan:{plan.pk}", "deleted")


def test_plans_that_are_deleted_together_leave_a_trace_each(staff: Client) -> None:
    plans = [plan.pk for plan in Plan.objects.filter(slug__in=("basic", "pro"))]
    answers = {"action": "delete_selected", "_selected_action": plans, "post": "yes"}
    staff.post(reverse("admin:accounts_plan_changelist"), answers)
    events = AuditEvent.objects.filter(act=Act.PLAN_CHANGED, result="deleted")
    assert {event.target for event in events} == {f"accounts.plan:{pk}" for pk in plans}
    assert not Plan.objects.filter(pk__in=plans).exists()


def test_prices_are_written_as_people_write_them(staff: Client) -> None:
    Plan.objects.filter(slug="premium").update(price="1234.50")
    assert "R$ 1.234,50" in staff.get(reverse("admin:accounts_plan_changelist")).text


def _user_page(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])
