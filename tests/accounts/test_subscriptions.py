"""A subscription's life: by staff, by a billing system's calls, and by the clock."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connections, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts import origins, subscriptions
from accounts.exceptions import AlreadySubscribed, IllegalMove, SubscriptionError, UselessPeriod
from accounts.models import AuditEvent, Plan, Subscription, SubscriptionChange, User
from accounts.origins import ActorKind, Origin
from pierre import tasks

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
Status, Reason = Subscription.Status, SubscriptionChange.Reason


def plan(slug: str) -> Plan:
    return Plan.objects.get(slug=slug)


@pytest.fixture
def paid(davi: User) -> Subscription:
    """Davi has paid Premium for thirty days."""
    until = timezone.now() + 30 * DAY
    return subscriptions.subscribe(user=davi, plan=plan("premium"), until=until)


@pytest.fixture
def trial(davi: User) -> Subscription:
    return subscriptions.start_trial(
        user=davi, plan=plan("premium"), until=timezone.now() + 7 * DAY
    )


@pytest.fixture
def owing(paid: Subscription) -> Subscription:
    return subscriptions.fail_payment(subscription=paid)


def end(subscription: Subscription) -> datetime:
    assert subscription.current_period_end
    return subscription.current_period_end


def age(subscription: Subscription, by: timedelta) -> Subscription:
    """Let time pass for one subscription."""
    for name in ("current_period_start", "current_period_end", "grace_ends_at", "past_due_since"):
        value = getattr(subscription, name)
        setattr(subscription, name, value and value - by)
    subscription.save()
    return subscription


def gives_access(at: datetime | None = None) -> bool:
    return Subscription.objects.active(at=at).exists()


def history() -> list[str]:
    return list(SubscriptionChange.objects.order_by("pk").values_list("reason", flat=True))


def test_who_subscribes_has_access_at_once_and_grace_after_the_period(paid: Subscription) -> None:
    assert gives_access()
    assert gives_access(end(paid) + 7 * DAY - timedelta(seconds=1))
    assert not gives_access(end(paid) + 7 * DAY)


def test_the_days_of_grace_are_a_setting(davi: User, settings: Settings) -> None:
    settings.SUBSCRIPTION_GRACE_DAYS = 0
    until = timezone.now() + DAY
    subscriptions.subscribe(user=davi, plan=plan("pro"), until=until)
    assert not gives_access(until)


def test_without_an_end_there_is_access_until_somebody_ends_it(davi: User) -> None:
    subscriptions.subscribe(user=davi, plan=plan("pro"))
    assert gives_access(timezone.now() + 3650 * DAY)


def test_a_trial_is_over_at_its_end_and_gets_no_grace(trial: Subscription) -> None:
    assert not gives_access(end(trial))
    age(trial, 7 * DAY)
    assert subscriptions.follow_clock() == 1
    trial.refresh_from_db()
    assert (trial.status, trial.canceled_at) == (Status.CANCELED, trial.current_period_end)


def test_a_trial_that_is_paid_becomes_a_period_that_begins_now(trial: Subscription) -> None:
    until = timezone.now() + 37 * DAY
    renewed = subscriptions.renew(subscription=trial, until=until)
    assert (renewed.status, renewed.current_period_end) == (Status.ACTIVE, until)
    assert renewed.current_period_start > trial.current_period_start


def test_one_has_one_subscription(paid: Subscription) -> None:
    with pytest.raises(AlreadySubscribed):
        subscriptions.subscribe(user=paid.user, plan=plan("pro"))
    assert history() == [Reason.SUBSCRIBED]


def test_who_left_may_come_back(paid: Subscription) -> None:
    subscriptions.cancel(subscription=paid, at_period_end=False)
    subscriptions.subscribe(user=paid.user, plan=plan("pro"))
    assert Subscription.objects.active().get().plan == plan("pro")


def test_a_period_that_is_over_already_is_refused(davi: User, paid: Subscription) -> None:
    yesterday = timezone.now() - DAY
    with pytest.raises(UselessPeriod):
        subscriptions.renew(subscription=paid, until=yesterday)
    paid.delete()
    with pytest.raises(UselessPeriod):
        subscriptions.start_trial(user=davi, plan=plan("pro"), until=yesterday)


def test_a_renewal_ahead_of_time_leaves_no_gap(paid: Subscription) -> None:
    until = end(paid) + 30 * DAY
    renewed = subscriptions.renew(subscription=paid, until=until)
    assert gives_access()
    assert (renewed.current_period_start, renewed.current_period_end) == (
        paid.current_period_start,
        until,
    )


def test_a_late_renewal_goes_on_where_the_period_ended(paid: Subscription) -> None:
    age(paid, 33 * DAY)
    subscriptions.follow_clock()
    renewed = subscriptions.renew(subscription=paid, until=timezone.now() + 27 * DAY)
    assert (renewed.status, renewed.current_period_start) == (Status.ACTIVE, end(paid))
    assert (renewed.past_due_since, gives_access()) == (None, True)


def test_who_does_not_pay_keeps_access_for_the_grace_alone(owing: Subscription) -> None:
    assert owing.grace_ends_at
    assert owing.past_due_since
    assert owing.grace_ends_at - owing.past_due_since == 7 * DAY
    assert gives_access(owing.grace_ends_at - timedelta(seconds=1))
    assert not gives_access(owing.grace_ends_at)


def test_a_second_report_of_the_same_debt_gives_no_second_grace(owing: Subscription) -> None:
    with pytest.raises(IllegalMove):
        subscriptions.fail_payment(subscription=owing)
    assert Subscription.objects.get().grace_ends_at == owing.grace_ends_at


def test_a_period_that_nobody_renewed_is_past_due_then_canceled(paid: Subscription) -> None:
    age(paid, 30 * DAY)
    assert subscriptions.follow_clock() == 1
    paid.refresh_from_db()
    assert (paid.status, paid.past_due_since) == (Status.PAST_DUE, paid.current_period_end)
    assert gives_access()
    age(paid, 7 * DAY)
    assert not gives_access()
    assert subscriptions.follow_clock() == 1
    assert history() == [Reason.SUBSCRIBED, Reason.PERIOD_OVER, Reason.GRACE_OVER]


def test_after_a_long_pause_the_clock_makes_all_of_its_moves_once(paid: Subscription) -> None:
    age(paid, 300 * DAY)
    assert (subscriptions.follow_clock(), subscriptions.follow_clock()) == (2, 0)
    assert Subscription.objects.get().status == Status.CANCELED


def test_the_workers_do_it(trial: Subscription) -> None:
    age(trial, 7 * DAY)
    tasks.follow_subscriptions(timestamp=0)
    assert history() == [Reason.TRIAL_STARTED, Reason.TRIAL_OVER]


def test_more_than_one_batch_is_due(
    django_user_model: type[User], monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    monkeypatch.setattr(subscriptions, "_BATCH", 2)
    start, over = timezone.now() - 2 * DAY, timezone.now() - DAY
    for number in range(5):
        Subscription.objects.create(
            user=django_user_model.objects.create_user(f"{number}@example.com"),
            plan=plan("pro"),
            status=Status.TRIALING,
            current_period_start=start,
            current_period_end=over,
        )
    assert subscriptions.follow_clock() == 5


def test_who_cancels_keeps_what_was_paid_and_no_grace(paid: Subscription) -> None:
    subscriptions.cancel(subscription=paid, at_period_end=True)
    assert gives_access(end(paid) - timedelta(seconds=1))
    assert not gives_access(end(paid))
    paid.refresh_from_db()
    age(paid, 30 * DAY)
    subscriptions.follow_clock()
    assert history()[1:] == [Reason.CANCEL_REQUESTED, Reason.PERIOD_OVER_CANCELED]


def test_a_cancellation_is_taken_back_with_the_grace_that_there_was(paid: Subscription) -> None:
    subscriptions.cancel(subscription=paid, at_period_end=True)
    kept = subscriptions.keep(subscription=paid)
    assert (kept.cancel_requested_at, kept.grace_ends_at) == (None, end(paid) + 7 * DAY)
    with pytest.raises(IllegalMove):
        subscriptions.keep(subscription=paid)


def test_who_owes_and_cancels_is_out_at_once(owing: Subscription) -> None:
    subscriptions.cancel(subscription=owing, at_period_end=True)
    assert not gives_access()
    assert Subscription.objects.get().status == Status.CANCELED


def test_who_is_to_leave_gets_no_grace_beyond_the_period(paid: Subscription) -> None:
    age(paid, 28 * DAY)
    subscriptions.cancel(subscription=paid, at_period_end=True)
    subscriptions.fail_payment(subscription=paid)
    assert gives_access(end(paid) - timedelta(seconds=1))
    assert not gives_access(end(paid))


def test_no_renewal_undoes_a_cancellation_unasked(paid: Subscription) -> None:
    subscriptions.cancel(subscription=paid, at_period_end=True)
    with pytest.raises(IllegalMove):
        subscriptions.renew(subscription=paid, until=end(paid) + DAY)


def test_what_has_no_end_cannot_be_canceled_at_its_end(davi: User) -> None:
    subscription = subscriptions.subscribe(user=davi, plan=plan("pro"))
    with pytest.raises(IllegalMove):
        subscriptions.cancel(subscription=subscription, at_period_end=True)


Act = Callable[[Subscription], Subscription]
ACTS: dict[str, Act] = {
    "renew": lambda row: subscriptions.renew(subscription=row, until=None),
    "fail": lambda row: subscriptions.fail_payment(subscription=row),
    "cancel": lambda row: subscriptions.cancel(subscription=row, at_period_end=False),
    "cancel at end": lambda row: subscriptions.cancel(subscription=row, at_period_end=True),
    "keep": lambda row: subscriptions.keep(subscription=row),
    "change plan": lambda row: subscriptions.change_plan(subscription=row, plan=plan("basic")),
}


@pytest.mark.parametrize("name", ACTS)
def test_nothing_leads_on_from_canceled(paid: Subscription, name: str) -> None:
    subscriptions.cancel(subscription=paid, at_period_end=False)
    with pytest.raises(IllegalMove):
        ACTS[name](paid)
    assert history() == [Reason.SUBSCRIBED, Reason.CANCELED]


def test_a_move_is_judged_by_the_row_and_not_by_what_somebody_read_before(
    paid: Subscription,
) -> None:
    read_before = Subscription.objects.get()
    subscriptions.cancel(subscription=paid, at_period_end=False)
    with pytest.raises(IllegalMove):
        subscriptions.renew(subscription=read_before, until=None)


def test_a_change_of_plan_keeps_the_period(paid: Subscription) -> None:
    changed = subscriptions.change_plan(subscription=paid, plan=plan("basic"))
    assert (changed.plan, changed.current_period_end) == (plan("basic"), end(paid))
    row = SubscriptionChange.objects.latest("pk")
    assert (row.from_plan, row.to_plan) == (plan("premium"), plan("basic"))
    assert row.period_end == end(paid)


def test_a_change_to_the_same_plan_is_none(paid: Subscription) -> None:
    subscriptions.change_plan(subscription=paid, plan=plan("premium"))
    assert history() == [Reason.SUBSCRIBED]


def test_the_history_says_who_did_it(paid: Subscription) -> None:
    with origins.acting(Origin(kind=ActorKind.STAFF, actor="7")):
        subscriptions.fail_payment(subscription=paid)
    row = SubscriptionChange.objects.latest("pk")
    assert (row.actor_kind, row.actor) == ("staff", "7")
    assert (row.from_status, row.to_status) == (Status.ACTIVE, Status.PAST_DUE)


def test_each_move_is_in_the_audit_log_with_codes_alone(owing: Subscription) -> None:
    event = AuditEvent.objects.filter(act=AuditEvent.Act.SUBSCRIPTION_CHANGED).latest("pk")
    assert (event.user, event.target) == (owing.user, f"accounts.subscription:{owing.pk}")
    assert (event.result, event.details) == (
        "payment_failed",
        {"status": "past_due", "plan": "premium"},
    )


def test_what_is_refused_leaves_no_trace(owing: Subscription) -> None:
    before = AuditEvent.objects.count()
    with pytest.raises(SubscriptionError):
        subscriptions.fail_payment(subscription=owing)
    assert (AuditEvent.objects.count(), len(history())) == (before, 2)


def test_of_two_who_end_it_at_the_same_moment_one_does(live_db: None, davi: User) -> None:
    subscription = subscriptions.subscribe(user=davi, plan=plan("pro"))

    def cancel() -> bool:
        try:
            subscriptions.cancel(subscription=subscription, at_period_end=False)
        except IllegalMove:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as threads:
        done = [one.result() for one in [threads.submit(cancel) for _ in range(4)]]
    assert (sum(done), history()) == (1, [Reason.SUBSCRIBED, Reason.CANCELED])


def test_a_payment_that_waits_for_a_change_of_plan_renews_the_new_one(
    live_db: None, paid: Subscription
) -> None:
    has_changed = threading.Event()

    def change() -> None:
        try:
            with transaction.atomic():
                subscriptions.change_plan(subscription=paid, plan=plan("pro"))
                has_changed.set()
                time.sleep(0.5)  # for the payment to wait
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        changing = threads.submit(change)
        assert has_changed.wait(10)
        renewed = subscriptions.renew(subscription=paid, until=timezone.now() + 60 * DAY)
        changing.result()
    assert renewed.plan.slug == "pro"


def test_the_rows_of_before_get_the_grace_that_they_would_get_today(
    alice: User, bruno: User, clara: User
) -> None:
    now = timezone.now()
    facts = {"current_period_start": now - 40 * DAY}
    rows = Subscription.objects.all()
    rows.filter(user=alice).update(current_period_end=now + DAY, **facts)
    rows.filter(user=bruno).update(status="past_due", current_period_end=now - 2 * DAY, **facts)
    rows.filter(user=clara).update(status="past_due", **facts)
    import_module("accounts.migrations.0009_subscription_life").give_grace(apps, None)
    graces = dict(rows.values_list("user__name", "grace_ends_at"))
    assert (graces["Alice"], graces["Bruno"]) == (now + 8 * DAY, now + 5 * DAY)
    clara_until = now + 7 * DAY
    assert graces["Clara"]
    assert clara_until <= graces["Clara"] < clara_until + timedelta(minutes=1)
