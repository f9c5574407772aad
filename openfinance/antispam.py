"""The rule that keeps one wish from becoming two messages. Pure: rows in, a verdict out."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from whatsapp import updates
from whatsapp.models import OutgoingMessage

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Status = OutgoingMessage.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for: the same wish again is a repeat. `phone` is as `one_form` gives it.

    A test and what is really sent know nothing of each other.
    """

    user_id: int
    phone: str
    route: str
    bank_id: int | None
    is_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message of the last day that was, or may have been, sent."""

    flow_id: UUID
    wish: Wish
    status: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`debounce` of zero turns the debounce off; `deadline` is the longest a call out lasts."""

    debounce: timedelta
    deadline: timedelta
    per_hour: int
    per_day: int


@dataclass(frozen=True, slots=True)
class Send:
    """Nothing stands against sending."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """The wish was already granted, or may have been: its flow answers for it."""

    flow_id: UUID


@dataclass(frozen=True, slots=True)
class Refuse:
    """The cap is reached; after these whole seconds it no longer is."""

    retry_after: int


Verdict = Send | Repeat | Refuse


def one_form(phone: str) -> str:
    """Return the form under which a number is counted, for a number in E.164 that has two."""
    return f"+{min(updates.variants(phone.removeprefix('+')))}"


def judge(wish: Wish, recent: Iterable[Sent], *, limits: Limits, now: datetime) -> Verdict:
    """Decide about a wish, given all that went to its user or phone in the last day, newest first.

    `recent` holds no message that is proven not to have been sent, and tests for a test alone.
    """
    sent = list(recent)
    last = next((item for item in sent if item.wish == wish), None)
    if last and _answers(last, limits=limits, age=now - last.at):
        return Repeat(last.flow_id)
    mine = [item.at for item in sent if item.wish.user_id == wish.user_id]
    theirs = [item.at for item in sent if item.wish.phone == wish.phone]
    wait = max(
        _wait(times, count=count, window=window, now=now)
        for times in (mine, theirs)
        for count, window in ((limits.per_hour, HOUR), (limits.per_day, DAY))
    )
    return Refuse(math.ceil(wait.total_seconds())) if wait > timedelta() else Send()


def _answers(last: Sent, *, limits: Limits, age: timedelta) -> bool:
    # What may have arrived is never sent again by software, however old the debounce window is.
    if last.status in (Status.UNKNOWN, Status.UNCONFIRMED, Status.QUEUED):
        return True
    if last.status == Status.SENDING and age >= limits.deadline:
        return True
    return age < limits.debounce


def _wait(times: list[datetime], *, count: int, window: timedelta, now: datetime) -> timedelta:
    """Return how long until fewer than `count` of the times, newest first, are in the window."""
    if len(times) < count:
        return timedelta()
    return max(times[count - 1] + window - now, timedelta())
