"""How many connections a user's plan includes, held against those that they have.

One rule for what is new and for what is renewed: with this bank, it must not be more than the plan
includes. So whoever has all that is included can renew each, and whoever has more, since the plan
is another, ends some first.
"""

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import ConnectionRoute, Plan, Subscription, User
from openfinance.exceptions import ConnectionLimitReached, InactiveSubscription, NotInPlan
from openfinance.models import Bank, Connection, Consent


def held(*, user: User | int) -> QuerySet[Connection]:
    """Return a user's connections that count: what gives access, or is on its way to."""
    stands = Consent.objects.open().filter(revocation_requested_at=None)
    stands = stands.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))
    return Connection.objects.filter(user=user, pk__in=stands.values("connection_id"))


def require(*, user: User | int, bank: Bank | int) -> None:
    """Raise the reason why the user may not connect the bank, or renew it.

    Raises InactiveSubscription, NotInPlan or ConnectionLimitReached.
    """
    _judge(_subscriptions(user).select_related("plan").first(), user, bank)


def claim(*, user: User | int, bank: Bank | int) -> None:
    """Do what `require` does, and let nobody else claim until the transaction ends.

    Two agreements at the same moment are so judged one after the other, and so is a change of plan.
    """
    # Without the plan: joined, a row whose plan changed while we waited is not found.
    rows = _subscriptions(user).select_for_update(no_key=True)
    _judge(rows.first(), user, bank)


def _subscriptions(user: User | int) -> QuerySet[Subscription]:
    return Subscription.objects.active().filter(user=user)


def _judge(subscription: Subscription | None, user: User | int, bank: Bank | int) -> None:
    if subscription is None:
        raise InactiveSubscription
    plan: Plan = subscription.plan
    if plan.connection_route != ConnectionRoute.FLOW:
        raise NotInPlan
    if plan.max_connections is None:
        return
    others = held(user=user).exclude(bank=bank).count()
    if others >= plan.max_connections:
        count = held(user=user).count()
        raise ConnectionLimitReached(limit=plan.max_connections, held=count)
