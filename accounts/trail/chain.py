"""How the audit's rows hold each other: keyed macs, each over its row and the one before. Pure.

The key is not in the database, so whoever changes a row there cannot make what follows fit again;
seals, of which a copy is elsewhere, hold who has the key too.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Self

from django.conf import settings

from accounts import encryption
from accounts.models import AuditEvent

# What stands before the first event.
GENESIS = b""
# Whose the events of nobody are.
NOBODY = 0

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FINGERPRINT_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The key `current` for new rows, and all by name; a name ends in the key's own fingerprint.

    So a row tells a key that is missing, or another one under the same id, from a row that changed.
    """

    current: str
    by_name: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """Read "id:key" texts, the current one first. Raises encryption.UnusableKeys."""
        box = encryption.Box.of(texts)
        by_name = {f"{name}.{_fingerprint(key)}": key for name, key in box.keys.items()}
        return cls(current=next(iter(by_name)), by_name=by_name)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: how many events it has, and the mac of the last."""

    length: int
    mac: bytes


NO_HEAD = Head(0, GENESIS)


def keys() -> Keys:
    """Return the keys in settings. Raises encryption.UnusableKeys."""
    return _keys(tuple(settings.AUDIT_KEYS))


def stamp(event: AuditEvent, *, after: Head, under: Keys) -> Head:
    """Make an event the next after a head, and return the head that it is then."""
    event.sequence, event.previous, event.key = after.length + 1, after.mac, under.current
    event.mac = mac(event, key=under.by_name[event.key], sequence=event.sequence)
    return Head(event.sequence, event.mac)


def mac(event: AuditEvent, *, key: bytes, sequence: int) -> bytes:
    """Return the mac of an event as the one of this number; all its columns but `id` are in it."""
    return _mac(
        key,
        "event",
        event.key,
        bytes(event.previous).hex(),
        event.user_id,
        sequence,
        _microseconds(event.at),
        event.act,
        event.target,
        event.result,
        event.details,
        event.actor_kind,
        event.actor,
        event.channel,
        event.request_id,
        bytes(event.place_digest).hex(),
    )


def proof(*, owner: int, head: Head, name: str, key: bytes) -> bytes:
    """Return what shows that a head was written with the key of this name."""
    return _mac(key, "head", name, owner, head.length, head.mac.hex())


def place_digest(*, salt: bytes, address: str, user_agent: str) -> bytes:
    """Return the commitment to a place; without the salt nobody can guess what it stands for."""
    return _mac(salt, "place", address, user_agent)


def seal_digest(
    *, number: int, at: datetime, previous: bytes, heads: Iterable[tuple[int, Head]]
) -> bytes:
    """Return the digest of a seal over heads by their owners, in the owners' order."""
    digest = hashlib.sha256(_canonical("seal", number, _microseconds(at), previous.hex()))
    for owner, head in heads:
        digest.update(_canonical(owner, head.length, head.mac.hex()))
    return digest.digest()


def seal_mac(digest: bytes, *, name: str, key: bytes) -> bytes:
    """Return what shows that a seal was made with the key of this name."""
    return _mac(key, "seal", name, digest.hex())


def _canonical(*parts: object) -> bytes:
    return json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()


def _mac(key: bytes, *parts: object) -> bytes:
    return hmac.digest(key, _canonical(*parts), "sha256")


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _fingerprint(key: bytes) -> str:
    return _mac(key, "fingerprint").hex()[:_FINGERPRINT_DIGITS]


@cache
def _keys(texts: tuple[str, ...]) -> Keys:
    return Keys.of(texts)
