"""How many one-time codes may be asked for, counted exactly over any number of processes."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from accounts import encryption
from accounts.models import PhoneVerification, User
from whatsapp import owners, turns

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_NOBODY = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks for a code, to which number (E.164), and from where: "" when that is not known."""

    user: User | None
    phone: str
    address: str

    @property
    def address_digest(self) -> str:
        """Return what is stored of the address; "" for none."""
        return encryption.index(self.address, purpose="code address") if self.address else ""


def take_turn(asker: Asker) -> None:
    """Hold, until the transaction ends, the only turn of this user, number and address."""
    names = [owners.turn(asker.phone)]
    names += [f"user:{asker.user.pk}"] if asker.user else []
    names += [f"address:{asker.address_digest}"] if asker.address else []
    turns.take(names)


def wait_of_user(asker: Asker, *, now: datetime) -> int:
    """Return the whole seconds until the user may be sent a code; 0 for now. Needs the turn.

    It looks for nobody's codes too, so that the time it takes does not tell who has a user.
    """
    codes = PhoneVerification.objects.filter(user_id=asker.user.pk if asker.user else _NOBODY)
    return _seconds(_waits(codes, _per_person(), now=now))


def wait_of_all_others(asker: Asker, *, now: datetime) -> int:
    """Do what `wait_of_user` does for the number, all forms of which are one, and the address."""
    to_number = PhoneVerification.objects.filter(phone__in=owners.forms(asker.phone))
    waits = list(_waits(to_number, _per_person(), now=now))
    if asker.address:
        from_address = PhoneVerification.objects.filter(address_digest=asker.address_digest)
        waits += _waits(from_address, _per_address(), now=now)
    return _seconds(iter(waits))


def _per_person() -> tuple[tuple[int, timedelta], ...]:
    return (settings.PHONE_CODE_CAP_PER_HOUR, _HOUR), (settings.PHONE_CODE_CAP_PER_DAY, _DAY)


def _per_address() -> tuple[tuple[int, timedelta], ...]:
    return (
        (settings.PHONE_CODE_ADDRESS_CAP_PER_HOUR, _HOUR),
        (settings.PHONE_CODE_ADDRESS_CAP_PER_DAY, _DAY),
    )


def _waits(
    codes: QuerySet[PhoneVerification], caps: tuple[tuple[int, timedelta], ...], *, now: datetime
) -> Iterator[timedelta]:
    """Yield, for each cap, how long until fewer than so many are in its window."""
    recent = codes.filter(sent_at__gt=now - _DAY).order_by("-sent_at")
    times = list(recent.values_list("sent_at", flat=True)[: max(count for count, _ in caps)])
    for count, window in caps:
        if len(times) >= count:
            yield times[count - 1] + window - now


def _seconds(waits: Iterator[timedelta]) -> int:
    return max(0, math.ceil(max(waits, default=timedelta()).total_seconds()))
