"""How a user's connections are, for whoever may read it on their behalf."""

from dataclasses import dataclass

from accounts import audit
from accounts.models import AuditEvent, User
from openfinance import connections
from openfinance.models import ConnectionLink, Consent, Flow

MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A user's connections, newest first, and what was sent to the user.

    Each connection is spoken for by one consent; `led_by` has by bank the flow that led to it last.
    `total` counts those that are left out too, and `last_flow` is None before the first one.
    """

    connections: tuple[Consent, ...]
    led_by: dict[int, Flow]
    last_flow: Flow | None
    total: int


def read(*, user: User, is_test: bool = False) -> Report:
    """Return a user's report, with at most MOST connections, and leave an audit event.

    With `is_test` the last flow is the last test; connections are the person's in any case.
    """
    found = connections.of(user)
    audit.record(
        user=user, act=AuditEvent.Act.CONNECTIONS_READ, target=user, connections=str(len(found))
    )
    return Report(
        connections=tuple(found[:MOST]),
        led_by=ConnectionLink.objects.filter(user=user).last_flows(),
        last_flow=Flow.objects.filter(user=user, message__is_test=is_test).newest(),
        total=len(found),
    )
