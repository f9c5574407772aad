"""The smallest questions about JSON that Graph asks; each names the field in its refusal."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from whatsapp.simulator.refusals import Refusal

MISSING = 131008
INVALID = 131009

Json = Mapping[str, Any]

# NUL, and half of a surrogate pair: JSON can write them, no text can hold them.
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


def units(text: str) -> int:
    """Count as WhatsApp does, in UTF-16: an emoji is two."""
    return len(text.encode("utf-16-le")) // 2


def mapping(value: object, where: str, *, allowed: str) -> Json:
    """Return an object whose keys are all among the allowed ones, separated by blanks."""
    if not isinstance(value, dict):
        raise Refusal(MISSING if value is None else INVALID, f"{where} must be an object")
    unknown = set(value) - set(allowed.split())
    if unknown:
        raise Refusal(INVALID, f"Unexpected key {min(unknown)!r} in {where}")
    return value


def items(value: object, where: str, *, most: int) -> Sequence[Any]:
    """Return a list of one to `most` items."""
    if not isinstance(value, list):
        raise Refusal(MISSING if value is None else INVALID, f"{where} must be a list")
    if not 1 <= len(value) <= most:
        raise Refusal(INVALID, f"{where} must have 1 to {most} items, it has {len(value)}")
    return value


def text(holder: Json, key: str, where: str, *, most: int, optional: bool = False) -> str:
    """Return a text of at most `most` units, "" for an optional one that is not there."""
    value = holder.get(key)
    if value is None and optional:
        return ""
    if value is None:
        raise Refusal(MISSING, f"{where}.{key} is required")
    if not isinstance(value, str) or not value.strip():
        raise Refusal(INVALID, f"{where}.{key} must be a text that is not empty")
    if _NOT_TEXT.search(value):
        raise Refusal(INVALID, f"{where}.{key} holds what is no character")
    if units(value) > most:
        raise Refusal(INVALID, f"{where}.{key} has {units(value)} characters, the limit is {most}")
    return value


def storable(value: Any, where: str) -> Any:
    """Return free JSON, or refuse what no database could keep."""
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise Refusal(INVALID, f"{where} is no JSON to keep") from error
    # NUL is always written as an escape, which a backslash before it would only look like.
    if "\\u0000" in written.replace("\\\\", "") or _NOT_TEXT.search(written):
        raise Refusal(INVALID, f"{where} holds what is no character")
    return value


def unique(values: Sequence[str], where: str) -> None:
    """Refuse a value that stands twice."""
    if len(set(values)) < len(values):
        raise Refusal(INVALID, f"{where} must be unique")


def url(holder: Json, key: str, where: str) -> str:
    """Return an http or https address."""
    value = text(holder, key, where, most=2000)
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise Refusal(INVALID, f"{where}.{key} is no address") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Refusal(INVALID, f"{where}.{key} must be an http or https address")
    return value
