"""Times as the Consents API writes them: UTC, with a Z, without fractions of a second."""

from datetime import UTC, datetime
from email.utils import format_datetime

# Version 2 wrote a term without an end as 2300-01-01, and banks still tell it of old consents.
_NEVER = 2300


def write(moment: datetime) -> str:
    """Return an aware time as `2027-11-24T00:00:00Z`; raise ValueError for a naive one."""
    return _in_utc(moment).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def read(text: str) -> datetime:
    """Return the time, in UTC; raise ValueError for what is none or names no zone.

    Takes fractions and other zones too: some banks send them against the specification.
    """
    return _in_utc(datetime.fromisoformat(text))


def read_end(text: str | None) -> datetime | None:
    """Return when a term ends, None for one without an end, however the bank says that."""
    end = read(text) if text is not None else None
    return end if end and end.year < _NEVER else None


def write_auth_date(moment: datetime) -> str:
    """Return an aware time as x-fapi-auth-date wants it: `Sun, 10 Sep 2017 19:43:31 GMT`."""
    return format_datetime(_in_utc(moment), usegmt=True)


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time beyond the calendar") from error
