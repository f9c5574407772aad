"""Whole POSTs, one a file, and the ids that they have in common."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from whatsapp import updates

_FOLDER = Path(__file__).parent / "payloads"

ACCOUNT = "102290129340398"
NUMBER = "106540352242922"
OURS = "wamid.HBgNNTUxMTk4NzY1NDMyMRUCABEYEjFBMkIzQzRENUU2Rjc4OTA5OAA="
THEIRS = "wamid.HBgNNTUxMTk4NzY1NDMyMRUCABIYFDNB0001QzRENUU2Rjc4OTAA"
WA_ID = "5511987654321"
USER_ID = "BR.13491208655302741918"
ANA = updates.Sender(wa_id=WA_ID, user_id=USER_ID, name="Ana")


def names() -> list[str]:
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def body(name: str) -> bytes:
    return (_FOLDER / f"{name}.json").read_bytes()


def only(name: str) -> updates.Update:
    """Return the one update of a POST."""
    [piece] = updates.split(body(name))
    return updates.read(piece)


def member_names() -> set[str]:
    """Return every name of a member in any payload."""
    return {name for value in _values() if isinstance(value, dict) for name in value}


def words() -> set[str]:
    """Return every short text in any payload."""
    return {value for value in _values() if isinstance(value, str) and len(value) < 40}


def _values() -> Iterator[Any]:
    pending: list[Any] = [json.loads(body(name)) for name in names()]
    while pending:
        value = pending.pop()
        yield value
        if isinstance(value, dict | list):
            pending.extend(value.values() if isinstance(value, dict) else value)


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
