"""Times as the specification writes them: UTC, to the second, with a Z."""

import re
from datetime import UTC, datetime

_EXACT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def write(moment: datetime) -> str:
    """Return an aware time as `2027-11-24T00:00:00Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def read(text: str) -> datetime:
    """Return the time. Raises ValueError for anything that is not written exactly so."""
    if not _EXACT.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)
