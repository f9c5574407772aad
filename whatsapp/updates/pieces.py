"""One update with what must be known of its surroundings, small enough for a row of its own."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from whatsapp.updates import fields, strict_json
from whatsapp.updates.strict_json import Json, JsonObject

_LONGEST_KEY = 255


class Kind(StrEnum):
    """How a piece is to be read."""

    MESSAGE = "message"
    STATUS = "status"
    FAILURE = "failure"
    PREFERENCE = "preference"
    ACCOUNT = "account"
    UNKNOWN = "unknown"


# What tells one update from another, where Meta gives it a name. A message has many statuses.
_NAMING = {Kind.MESSAGE: ("id",), Kind.STATUS: ("id", "status", "timestamp")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One update, not yet read.

    `key` has at most 255 characters and is the same however Meta groups or repeats its updates.
    `content` is JSON to store: `kind`, `entry_id`, `time` (of the entry), `field`,
    `phone_number_id`, `contact` (the person's, when there is one) and `update`, as far as known.
    """

    key: str
    content: JsonObject

    @property
    def phone_number_id(self) -> str | None:
        """Return Meta's id of the business number, None at the level of the account."""
        return fields.identifier(self.content, "phone_number_id")


def make(kind: Kind, update: Json, *, surroundings: JsonObject, contact: Json = None) -> Piece:
    """Return the piece for one update; `contact` is None when it has none."""
    content: JsonObject = {"kind": kind, **surroundings, "update": update}
    key = _natural_key(kind, update) or _digest_key(kind, content)
    if contact is not None:
        content["contact"] = contact  # after the key: the same update may come with or without it
    return Piece(key=key, content=content)


def _natural_key(kind: Kind, update: Json) -> str | None:
    """Return a key made of Meta's own ids, None when there are none or they make no safe key."""
    names = _NAMING.get(kind)
    if names is None or not isinstance(update, dict):
        return None
    parts = [fields.identifier(update, name) or "" for name in names]
    key = ":".join([kind, *parts])
    is_safe = all(parts) and key.count(":") == len(parts) and len(key) <= _LONGEST_KEY
    return key if is_safe else None


def _digest_key(kind: Kind, content: JsonObject) -> str:
    return f"{kind}:sha256:{hashlib.sha256(strict_json.canonical(content)).hexdigest()}"
