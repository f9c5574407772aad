"""The checks that every message value makes of itself."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

# Lone surrogates count as control characters: they cannot be encoded, so they cannot be sent.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_BUT_NEWLINE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LAST_OF_BASIC_PLANE = "\uffff"
_URL_LENGTH = 2000


class InvalidMessage(ValueError):
    """A value is outside WhatsApp's limits.

    `field` is its path (`row.title`, `list.sections[0].title`), `length` what it measures and
    `limit` the most allowed: UTF-16 units for a text, items for a sequence. What the field holds is
    never told.
    """

    def __init__(self, field: str, problem: str, *, length: int, limit: int) -> None:
        super().__init__(f"{field} {problem} (length {length}, limit {limit})")
        self.field = field
        self.problem = problem
        self.length = length
        self.limit = limit


def length(text: str) -> int:
    """Count UTF-16 units, the larger of the two counts WhatsApp may be using."""
    if text.isascii():
        return len(text)
    return len(text) + sum(character > _LAST_OF_BASIC_PLANE for character in text)


def line(field: str, text: str, *, limit: int) -> None:
    """Refuse a text of one line that is blank, too long or has a control character."""
    _text(field, text, limit=limit, forbidden=_CONTROL)


def optional_line(field: str, text: str, *, limit: int) -> None:
    """Refuse what `line` refuses, but for the empty text, which leaves the field out."""
    if text:
        line(field, text, limit=limit)


def body(field: str, text: str, *, limit: int) -> None:
    """Refuse what `line` refuses, but for newlines."""
    _text(field, text, limit=limit, forbidden=_CONTROL_BUT_NEWLINE)


def pattern(field: str, text: str, *, limit: int, allowed: re.Pattern[str]) -> None:
    """Refuse what `line` refuses, and a text that is not wholly of the allowed form."""
    line(field, text, limit=limit)
    if not allowed.fullmatch(text):
        raise InvalidMessage(field, "is not of the right form", length=length(text), limit=limit)


def url(field: str, text: str) -> None:
    """Refuse anything but an absolute http(s) URL."""
    line(field, text, limit=_URL_LENGTH)
    if not _is_web_address(text):
        raise InvalidMessage(field, "is not an http(s) URL", length=length(text), limit=_URL_LENGTH)


def count(field: str, items: Sequence[object], *, limit: int) -> None:
    """Refuse no items at all and more than the limit."""
    if not items:
        raise InvalidMessage(field, "has no items", length=0, limit=limit)
    if len(items) > limit:
        raise InvalidMessage(field, "has too many items", length=len(items), limit=limit)


def unique(field: str, texts: Sequence[str], *, limit: int) -> None:
    """Refuse texts that repeat."""
    if len(set(texts)) < len(texts):
        raise InvalidMessage(field, "is not unique", length=len(texts), limit=limit)


def _text(field: str, text: str, *, limit: int, forbidden: re.Pattern[str]) -> None:
    size = length(text)
    if not text.strip():
        raise InvalidMessage(field, "is blank", length=size, limit=limit)
    if size > limit:
        raise InvalidMessage(field, "is too long", length=size, limit=limit)
    if forbidden.search(text):
        raise InvalidMessage(field, "has a control character", length=size, limit=limit)


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - read to be checked: it raises ValueError when it is no number
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", text)
