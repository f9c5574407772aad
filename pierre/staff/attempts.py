"""Tries to sign in as staff: how many are heard, and what is kept of those that are refused."""

import unicodedata

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from accounts import addresses, audit, origins
from accounts.models import StaffSession, User
from accounts.origins import ActorKind
from pierre import rates


def wait(request: HttpRequest, *, email: str) -> int:
    """Count one try, and return the seconds until the next is heard, 0 when this one is.

    Counted before anything is known of the account, exactly over all processes: what is typed is
    counted whether or not it is somebody's. When the counter cannot be reached it is refused.
    """
    by_address = _wait(request, "staff-address", addresses.of(request), settings.STAFF_ADDRESS_RATE)
    if by_address:
        return by_address
    return _wait(request, "staff-account", _folded(email), settings.STAFF_ACCOUNT_RATE)


@transaction.atomic
def refused(*, email: str) -> None:
    """Record that a password was refused; of an address that is nobody's nothing is kept."""
    user = User.objects.filter(email__iexact=email).first()
    target = user or StaffSession()
    audit.record(user=user, act=audit.Act.SIGN_IN_REFUSED, target=target, result="password")


@transaction.atomic
def code_refused(*, user: User) -> None:
    """Record that a code was refused."""
    audit.record(user=user, act=audit.Act.SIGN_IN_REFUSED, target=user, result="code")


@transaction.atomic
def succeeded(*, user: User, by: str) -> None:
    """Record that somebody is in, by a "password" alone or by a second factor."""
    origins.identify(kind=ActorKind.STAFF, actor=str(user.pk))
    audit.record(user=user, act=audit.Act.SIGNED_IN, target=user, result=by)


def _wait(request: HttpRequest, group: str, key: str, rate: str) -> int:
    return rates.wait(request, group=group, key=lambda *_: key, rate=rate)


def _folded(email: str) -> str:
    """Return what all spellings have in common that PostgreSQL finds the same account by."""
    return unicodedata.normalize("NFKC", email).strip().upper()
