"""How fast messages may leave, exact over any number of processes: one row a key in PostgreSQL.

The rule is GCRA, a leaky bucket that needs one timestamp: `free_at` is when the next message would
leave if all that left so far had been spread evenly; a burst may run ahead of it by its slack.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection

from whatsapp import updates


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """One message each `step`, and as many at once as fit into `slack` beside the first."""

    step: timedelta
    slack: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Whether the message may leave, once `wait` is over; if not, it must ask again then."""

    is_taken: bool
    wait: timedelta


# Reference §4: one each six seconds for each person, and 45 of them at once.
PERSON = Pace(step=timedelta(seconds=6), slack=timedelta(seconds=6) * 44)

# The clock is read under the row's lock. A turn further away than the patience is not taken.
_TAKE = """
    WITH taken AS (
        INSERT INTO whatsapp_pace AS p (key, free_at)
        VALUES (%(key)s, clock_timestamp() + make_interval(secs => %(step)s))
        ON CONFLICT (key) DO UPDATE
        SET free_at = greatest(p.free_at, clock_timestamp()) + make_interval(secs => %(step)s)
        WHERE p.free_at <= clock_timestamp() + make_interval(secs => %(slack)s + %(patience)s)
        RETURNING p.free_at - make_interval(secs => %(step)s) AS free_at)
    SELECT true, extract(epoch FROM free_at - clock_timestamp())::float8 FROM taken
    UNION ALL
    SELECT false, extract(epoch FROM free_at - clock_timestamp())::float8 FROM whatsapp_pace
    WHERE key = %(key)s AND NOT EXISTS (SELECT FROM taken)"""
_COUNT = """
    INSERT INTO whatsapp_pace AS p (key, free_at)
    VALUES (%s, statement_timestamp() + make_interval(secs => %s)),
           (%s, statement_timestamp() + make_interval(secs => %s))
    ON CONFLICT (key) DO UPDATE
    SET free_at = greatest(p.free_at, clock_timestamp())
        + (EXCLUDED.free_at - statement_timestamp())"""
_HOLD = """
    INSERT INTO whatsapp_pace AS p (key, free_at)
    VALUES (%s, clock_timestamp() + make_interval(secs => %s))
    ON CONFLICT (key) DO UPDATE SET free_at = greatest(p.free_at, EXCLUDED.free_at)"""
_GIVE_BACK = """
    UPDATE whatsapp_pace SET free_at = free_at - make_interval(secs => %s) WHERE key = %s"""
_FORGET_PERSON = "DELETE FROM whatsapp_pace WHERE key = %s"
_FORGET = "DELETE FROM whatsapp_pace WHERE free_at <= clock_timestamp()"


def number() -> Pace:
    """Return our number's pace, spread evenly: no second has more than Meta allows."""
    return Pace(step=timedelta(seconds=1) / settings.WHATSAPP_MESSAGES_PER_SECOND)


def take(*, to: str, patience: timedelta) -> Turn:
    """Take a turn for a message to an address, unless it is further away than `patience`."""
    turn = _take(_person_key(to), PERSON, patience)
    if not turn.is_taken:
        return turn
    after = _take(_number_key(), number(), patience)
    if not after.is_taken:
        _give_back(_person_key(to), PERSON)
    return Turn(is_taken=after.is_taken, wait=max(turn.wait, after.wait))


def count(*, to: str) -> None:
    """Count a message that leaves at once, whatever the pace: those in the queue wait for it."""
    paces: list[str | float] = [_number_key(), number().step.total_seconds()]
    paces += [_person_key(to), PERSON.step.total_seconds()]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, paces)


def hold(*, to: str, duration: timedelta) -> None:
    """Give no turn for an address before so long."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [_person_key(to), (duration + PERSON.slack).total_seconds()])


def forget_person(*, to: str) -> None:
    """Delete what counts for one person, by an address as `take` takes it."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_PERSON, [_person_key(to)])


def forget() -> int:
    """Delete the rows that hold nobody back any more; return how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET)
        return int(cursor.rowcount)


def _take(key: str, pace: Pace, patience: timedelta) -> Turn:
    step, slack = pace.step.total_seconds(), pace.slack.total_seconds()
    given: dict[str, str | float] = {"key": key, "step": step, "slack": slack}
    given["patience"] = patience.total_seconds()
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, given)
        # No row: another transaction made the key after this statement began to look.
        is_taken, ahead = cursor.fetchone() or (False, slack + step)
    return Turn(is_taken=is_taken, wait=timedelta(seconds=max(ahead - slack, 0)))


def _give_back(key: str, pace: Pace) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, [pace.step.total_seconds(), key])


def _number_key() -> str:
    return f"number:{settings.WHATSAPP['OPTIONS']['phone_number_id']}"


def _person_key(to: str) -> str:
    """Return one key for both forms of a Brazilian number."""
    return f"person:{min(updates.variants(to.removeprefix('+')))}"
