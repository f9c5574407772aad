"""Encryption at rest: AES-256-GCM under the current key, for one column of one row.

A blob is a version byte, the key's id with its length before it, a nonce of 12 bytes, and the
ciphertext with its tag. What it is for is authenticated with it, so it opens nowhere else.
"""

import base64
import binascii
import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_VERSION = 1
_HEADER_BYTES = 2
_NONCE_BYTES = 12
_KEY_BYTES = 32
_LONGEST_ID = 32


class UnusableKeys(ValueError):
    """The encryption keys in settings cannot be used; the text says why and quotes none."""


class Unreadable(Exception):
    """A sealed value does not open: another key, another row, or not what was sealed"""

    def __str__(self) -> str:
        return self.__doc__ or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Seals under the key `current`, and opens under any; keys are 32 bytes by their ids."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """Read "id:key" texts, the key in base64, the current one first. Raises UnusableKeys."""
        keys = dict(_read(text, number) for number, text in enumerate(texts, 1))
        if not keys:
            raise UnusableKeys("There is no key.")
        if len(keys) < len(texts):
            raise UnusableKeys("Two keys have the same id.")
        return cls(current=next(iter(keys)), keys=keys)

    def seal(self, text: str, *, context: str) -> bytes:
        """Encrypt a text; it opens only with the same context ("table:pk:column")."""
        return self.seal_bytes(text.encode(), context=context)

    def open(self, blob: bytes, *, context: str) -> str:
        """Decrypt what `seal` made for this context. Raises Unreadable for anything else."""
        return self.open_bytes(blob, context=context).decode()

    def seal_bytes(self, content: bytes, *, context: str) -> bytes:
        """Encrypt bytes; they open only with the same context."""
        nonce, name = os.urandom(_NONCE_BYTES), header(self.current)
        encrypted = AESGCM(self.keys[self.current]).encrypt(nonce, content, name + context.encode())
        return name + nonce + encrypted

    def open_bytes(self, blob: bytes, *, context: str) -> bytes:
        """Decrypt what `seal_bytes` made for this context. Raises Unreadable for anything else."""
        name = key_id(blob)
        start = _HEADER_BYTES + len(name)
        nonce = blob[start : start + _NONCE_BYTES]
        try:
            return AESGCM(self.keys[name]).decrypt(
                nonce, blob[start + _NONCE_BYTES :], blob[:start] + context.encode()
            )
        except (KeyError, InvalidTag, ValueError):
            raise Unreadable from None


def header(name: str) -> bytes:
    """Return what every blob under a key begins with, the key told by its id."""
    return bytes((_VERSION, len(name))) + name.encode()


def key_id(blob: bytes) -> str:
    """Return the id of the key that a value was sealed under. Raises Unreadable."""
    if len(blob) <= _HEADER_BYTES or blob[0] != _VERSION:
        raise Unreadable
    try:
        return blob[_HEADER_BYTES : _HEADER_BYTES + blob[1]].decode("ascii")
    except UnicodeDecodeError:
        raise Unreadable from None


def box() -> Box:
    """Return the box of the keys in settings. Raises UnusableKeys."""
    return _box(tuple(settings.ENCRYPTION_KEYS))


def index(text: str, *, purpose: str) -> str:
    """Return a keyed digest to look a value up by, 64 hexadecimal digits; equal for equal texts.

    `purpose` keeps the digests of two columns apart. Raises UnusableKeys without INDEX_KEY.
    """
    return index_bytes(text, purpose=purpose).hex()


def index_bytes(text: str, *, purpose: str) -> bytes:
    """Return the 32 bytes that `index` writes in hexadecimal."""
    if not settings.INDEX_KEY:
        raise UnusableKeys("INDEX_KEY is not set.")
    return hmac.digest(settings.INDEX_KEY.encode(), f"{purpose}:{text}".encode(), "sha256")


@cache
def _box(texts: tuple[str, ...]) -> Box:
    return Box.of(texts)


def _read(text: str, number: int) -> tuple[str, bytes]:
    name, _, encoded = text.partition(":")
    if not (name.isascii() and name.isalnum() and len(name) <= _LONGEST_ID):
        raise UnusableKeys(f"Key {number} has no id of letters and digits before its colon.")
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise UnusableKeys(f"Key {number} is not base64.") from None
    if len(key) != _KEY_BYTES:
        raise UnusableKeys(f"Key {number} does not have {_KEY_BYTES} bytes.")
    return name, key
