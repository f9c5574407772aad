"""A subscription's life: the moves that staff, a billing system and the clock make.

Each is written into the history and the audit log in the transaction that makes it. No payment is
taken here: whoever takes them calls `renew` and `fail_payment`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, assert_never

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit, origins
from accounts.exceptions import AlreadySubscribed, IllegalMove, UselessPeriod
from accounts.models import AuditEvent, Plan, Subscription, SubscriptionChange, User

Status, Reason = Subscription.Status, SubscriptionChange.Reason

# From which states each may be reached. One that is canceled stays so: a person who comes back
# subscribes anew.
MOVES: dict[Subscription.Status, tuple[Subscription.Status, ...]] = {
    Status.TRIALING: (),
    Status.ACTIVE: (Status.TRIALING, Status.ACTIVE, Status.PAST_DUE),
    Status.PAST_DUE: (Status.ACTIVE,),
    Status.CANCELED: (Status.TRIALING, Status.ACTIVE, Status.PAST_DUE),
}
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """A state, None for the present one, and the facts that come with it."""

    reason: SubscriptionChange.Reason
    to: Subscription.Status | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def subscribe(*, user: User, plan: Plan, until: datetime | None = None) -> Subscription:
    """Begin a paid period now; `until` is its end, None for none. Raises AlreadySubscribed.

    Raises UselessPeriod for an end that has passed.
    """
    grace = _grace(until) if until else None
    return _begin(user, plan, Status.ACTIVE, Reason.SUBSCRIBED, until=until, grace_ends_at=grace)


def start_trial(*, user: User, plan: Plan, until: datetime) -> Subscription:
    """Begin a trial now, which is over at its end unless it is renewed. Raises as `subscribe`."""
    return _begin(user, plan, Status.TRIALING, Reason.TRIAL_STARTED, until=until)


@transaction.atomic
def renew(*, subscription: Subscription, until: datetime | None) -> Subscription:
    """Note a payment: there is access until then, and no debt; None is without an end.

    What was over goes on where it ended, and a trial becomes a paid period now. Raises IllegalMove
    when it is canceled or about to be, and UselessPeriod.
    """
    row, now = _lock(subscription), timezone.now()
    if row.cancel_requested_at:
        raise IllegalMove
    start = row.current_period_start
    if row.status == Status.TRIALING:
        start = now
    elif row.current_period_end and row.current_period_end <= now:
        start = row.current_period_end
    if until and until <= max(start, now):
        raise UselessPeriod
    return _make(
        row,
        _Move(
            reason=Reason.RENEWED,
            to=Status.ACTIVE,
            facts={
                "current_period_start": start,
                "current_period_end": until,
                "grace_ends_at": _grace(until) if until else None,
                "past_due_since": None,
            },
        ),
    )


@transaction.atomic
def fail_payment(*, subscription: Subscription) -> Subscription:
    """Note that a payment did not come: access lasts for the days of grace, counted from now.

    Whoever asked to leave at the end of the period gets none beyond that. Raises IllegalMove for
    what is not active, so that a second report gives no second grace.
    """
    row, now = _lock(subscription), timezone.now()
    grace = _grace(now)
    if row.cancel_requested_at and row.current_period_end:
        grace = min(grace, row.current_period_end)
    facts = {"past_due_since": now, "grace_ends_at": grace}
    return _make(row, _Move(reason=Reason.PAYMENT_FAILED, to=Status.PAST_DUE, facts=facts))


@transaction.atomic
def cancel(*, subscription: Subscription, at_period_end: bool) -> Subscription:
    """End a subscription, at once or when its period does; what is unpaid always ends at once.

    Raises IllegalMove when it is over or about to be, and at the end of a period that has none.
    """
    row, now = _lock(subscription), timezone.now()
    if not at_period_end or row.status == Status.PAST_DUE:
        return _make(row, _ending(Reason.CANCELED, now))
    if row.cancel_requested_at or row.current_period_end is None:
        raise IllegalMove
    facts = {"cancel_requested_at": now, "grace_ends_at": None}
    return _make(row, _Move(reason=Reason.CANCEL_REQUESTED, facts=facts))


@transaction.atomic
def keep(*, subscription: Subscription) -> Subscription:
    """Take back that it is to end with its period. Raises IllegalMove when it is not, or did."""
    row = _lock(subscription)
    if not row.cancel_requested_at or (
        row.current_period_end and row.current_period_end <= timezone.now()
    ):
        raise IllegalMove
    facts: dict[str, Any] = {"cancel_requested_at": None}
    match Status(row.status):
        case Status.ACTIVE:
            facts["grace_ends_at"] = row.current_period_end and _grace(row.current_period_end)
        case Status.PAST_DUE:
            facts["grace_ends_at"] = row.past_due_since and _grace(row.past_due_since)
        case Status.TRIALING | Status.CANCELED:
            pass
        case never:
            assert_never(never)
    return _make(row, _Move(reason=Reason.CANCEL_UNDONE, facts=facts))


@transaction.atomic
def change_plan(*, subscription: Subscription, plan: Plan) -> Subscription:
    """Put a subscription on another plan, which counts from the next call on.

    The same plan changes nothing. Raises IllegalMove when it is canceled.
    """
    row = _lock(subscription)
    if row.plan_id == plan.pk:
        return row
    return _make(row, _Move(reason=Reason.PLAN_CHANGED, facts={"plan": plan}))


def follow_clock(*, now: datetime | None = None) -> int:
    """Write down all the moves that the clock has made; return how many there were.

    Who has access does not wait for it: `Subscription.objects.active()` asks the clock itself.
    """
    now = now or timezone.now()
    count = 0
    while ids := list(Subscription.objects.due(at=now).values_list("pk", flat=True)[:_BATCH]):
        moved = sum(_follow(pk, now) for pk in ids)
        count += moved
        if not moved:  # others are at it
            break
    return count


@transaction.atomic
def _follow(pk: int, now: datetime) -> bool:
    due = Subscription.objects.due(at=now).filter(pk=pk)
    row = due.select_for_update(no_key=True).first()
    if row is None:
        return False
    _make(row, _due(row, now))
    return True


def _due(row: Subscription, now: datetime) -> _Move:
    """Return what the clock has made of one that is due; it happened when it was due."""
    end = row.current_period_end or now
    match Status(row.status):
        case Status.TRIALING:
            return _ending(Reason.TRIAL_OVER, end)
        case Status.PAST_DUE:
            return _ending(Reason.GRACE_OVER, row.grace_ends_at or now)
        case Status.ACTIVE | Status.CANCELED:
            if row.cancel_requested_at:
                return _ending(Reason.PERIOD_OVER_CANCELED, end)
            facts = {"past_due_since": end, "grace_ends_at": row.grace_ends_at or end}
            return _Move(reason=Reason.PERIOD_OVER, to=Status.PAST_DUE, facts=facts)
        case never:
            assert_never(never)


def _ending(reason: SubscriptionChange.Reason, at: datetime) -> _Move:
    facts = {"canceled_at": at, "grace_ends_at": None}
    return _Move(reason=reason, to=Status.CANCELED, facts=facts)


@transaction.atomic
def _begin(
    user: User,
    plan: Plan,
    status: Subscription.Status,
    reason: SubscriptionChange.Reason,
    *,
    until: datetime | None,
    grace_ends_at: datetime | None = None,
) -> Subscription:
    now = timezone.now()
    if until and until <= now:
        raise UselessPeriod
    subscription = Subscription(
        user=user,
        plan=plan,
        status=status,
        current_period_start=now,
        current_period_end=until,
        grace_ends_at=grace_ends_at,
    )
    try:
        with transaction.atomic():
            subscription.save(force_insert=True)
    except IntegrityError:
        raise AlreadySubscribed from None
    _note(subscription, reason)
    return subscription


def _lock(subscription: Subscription) -> Subscription:
    """Read a subscription again, and let nobody else change it until the transaction ends.

    Its plan is read later: joined here, a row whose plan changed while we waited is not found.
    """
    return Subscription.objects.select_for_update(no_key=True).get(pk=subscription.pk)


def _make(row: Subscription, move: _Move) -> Subscription:
    """Make a move if the present state allows it; needs the row's lock. Raises IllegalMove."""
    facts = dict(move.facts)
    if move.to:
        facts["status"] = move.to
    may = MOVES[move.to] if move.to else [status for status in Status if status != Status.CANCELED]
    if not Subscription.objects.filter(pk=row.pk, status__in=may).update(**facts):
        raise IllegalMove
    status, plan = row.status, row.plan
    for name, value in facts.items():
        setattr(row, name, value)
    _note(row, move.reason, from_status=status, from_plan=plan)
    return row


def _note(
    row: Subscription,
    reason: SubscriptionChange.Reason,
    *,
    from_status: str = "",
    from_plan: Plan | None = None,
) -> None:
    origin = origins.current.get()
    SubscriptionChange.objects.create(
        subscription=row,
        reason=reason,
        from_status=from_status,
        to_status=row.status,
        from_plan=from_plan,
        to_plan=row.plan,
        period_start=row.current_period_start,
        period_end=row.current_period_end,
        grace_ends_at=row.grace_ends_at,
        actor_kind=origin.kind,
        actor=origin.actor[:80],
    )
    audit.record(
        user=row.user_id,
        act=AuditEvent.Act.SUBSCRIPTION_CHANGED,
        target=row,
        result=reason,
        status=row.status,
        plan=row.plan.slug,
    )


def _grace(since: datetime) -> datetime:
    return since + timedelta(days=settings.SUBSCRIPTION_GRACE_DAYS)
