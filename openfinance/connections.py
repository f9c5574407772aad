"""A person's connections, each spoken for by one of its consents."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Case, QuerySet, Value, When

from accounts.models import User
from openfinance.models import Connection, Consent

Status = Consent.Status

_RANK = Case(
    When(status=Status.AUTHORISED, then=Value(0)),
    When(status=Status.ENDED, then=Value(2)),
    default=Value(1),
)


def of(user: User) -> list[Consent]:
    """Return, for each of a user's connections, the consent that speaks for it, newest first."""
    found = speaking().filter(connection__user=user).select_related("connection__bank")
    rows = found.defer("connection__bank__logo_png")
    return sorted(rows, key=lambda consent: consent.agreed_at, reverse=True)


def speaking() -> QuerySet[Consent]:
    """Return, for each connection, the one consent that says how it is.

    That is the authorised one, else the newest that awaits, else the last that was authorised. What
    never came to anything is left out.
    """
    counted = Consent.objects.exclude(status=Status.ENDED, authorised_at=None)
    return counted.order_by("connection_id", _RANK, "-agreed_at").distinct("connection_id")


def standing(among: Iterable[Consent]) -> list[Consent]:
    """Return those of them that their person may end."""
    return [
        consent
        for consent in among
        if consent.status != Status.ENDED and not consent.revocation_requested_at
    ]


def find(*, user: User, connection_id: str) -> Connection | None:
    """Return a user's own connection, with its bank; None for any other. Takes any text."""
    try:
        pk = UUID(connection_id)
    except ValueError:
        return None
    return Connection.objects.select_related("bank").filter(pk=pk, user=user).first()
