"""What a JSON object says under a name, checked for its type.

Asking for what must be there raises Malformed; asking for what may be there gives None for anything
else, so that an odd detail never costs an update.
"""

from datetime import UTC, datetime

from whatsapp.updates.strict_json import JsonObject

_LONGEST_IDENTIFIER = 255
_LONGEST_NUMBER = 20
_YEAR_10000 = 253_402_300_800


class Malformed(ValueError):
    """An update lacks what its kind must have; the argument names it."""


def text(content: JsonObject, name: str) -> str:
    """Return a text that is not empty; raises Malformed without one."""
    value = optional_text(content, name)
    if value is None:
        raise Malformed(f"no {name}")
    return value


def optional_text(content: JsonObject, name: str) -> str | None:
    """Return a text, None when it is missing, empty or no text."""
    value = content.get(name)
    return value if isinstance(value, str) and value else None


def identifier(content: JsonObject, name: str) -> str | None:
    """Return an id, which Meta writes as a text or as a number; None when missing or too long."""
    value = content.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_IDENTIFIER:
        return value
    return None


def required_identifier(content: JsonObject, name: str) -> str:
    """Return an id; raises Malformed without one."""
    value = identifier(content, name)
    if value is None:
        raise Malformed(f"no {name}")
    return value


def wa_id(content: JsonObject, name: str) -> str | None:
    """Return the digits of a number, None when there is none or it is another kind of id."""
    digits = (identifier(content, name) or "").removeprefix("+")
    return digits if _is_number(digits) else None


def whole(content: JsonObject, name: str) -> int | None:
    """Return a whole number, None when it is missing or something else."""
    value = content.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment(content: JsonObject, name: str) -> datetime:
    """Return a time given in seconds, as text or as number; raises Malformed without one."""
    at = optional_moment(content, name)
    if at is None:
        raise Malformed(f"no {name}")
    return at


def optional_moment(content: JsonObject, name: str) -> datetime | None:
    """Return a time given in seconds, None when it is missing or outside the calendar."""
    digits = identifier(content, name) or ""
    if not _is_number(digits) or int(digits) >= _YEAR_10000:
        return None
    return datetime.fromtimestamp(int(digits), UTC)


def child(content: JsonObject, name: str) -> JsonObject:
    """Return the object under a name, an empty one when there is none."""
    value = content.get(name)
    return value if isinstance(value, dict) else {}


def children(content: JsonObject, name: str) -> list[JsonObject]:
    """Return the objects of the list under a name, none when there is no list."""
    value = content.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _is_number(digits: str) -> bool:
    # isdigit alone takes the digits of every script.
    return len(digits) <= _LONGEST_NUMBER and digits.isascii() and digits.isdigit()
