"""Tokens that a message carries: in the link of its button, or as the token of its WhatsApp Flow.

A token is made of the message's id and a key, so it stands nowhere until the message is sent, and
a queued message can be sent by any process. Rows keep a keyed digest. When a token ends is a matter
of the row that has the digest.
"""

import base64
import hashlib
import hmac
from typing import Any
from uuid import UUID

# What a stored message has where the token goes.
PLACEHOLDER = "{token}"
_BYTES = 24


def derive(message_id: UUID, *, key: str) -> str:
    """Return a message's token: 192 bits in 32 characters of base64url, the same each time.

    Raises ValueError without a key, under which anybody could make it.
    """
    made = _mac(b"token:" + message_id.bytes, key=key)[:_BYTES]
    return base64.urlsafe_b64encode(made).decode()


def digest(token: str, *, key: str) -> str:
    """Return what is stored of a token: 64 hexadecimal digits.

    Takes any text, as a phone may send any. Raises ValueError without a key.
    """
    # A lone surrogate cannot be encoded otherwise, and JSON can hold one.
    return _mac(b"digest:" + token.encode("utf-8", "surrogatepass"), key=key).hex()


def fill(content: Any, token: str) -> Any:
    """Return JSON with the token in place of each placeholder."""
    match content:
        case str():
            return content.replace(PLACEHOLDER, token)
        case dict():
            return {name: fill(value, token) for name, value in content.items()}
        case list():
            return [fill(value, token) for value in content]
    return content


def _mac(text: bytes, *, key: str) -> bytes:
    if not key:
        raise ValueError("A token needs a key.")
    return hmac.new(key.encode(), text, hashlib.sha256).digest()
