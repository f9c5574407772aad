"""Tokens that a message carries: in the link of its button, as the token of its WhatsApp Flow, or
as a one-time code.

A token is made of the message's id and a key, so it stands nowhere until the message is sent, and
a queued message can be sent by any process. Rows keep a keyed digest. When a token ends is a matter
of the row that has the digest.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from uuid import UUID

# What a stored message has where the token goes, and where a one-time code does.
PLACEHOLDER = "{token}"
CODE_PLACEHOLDER = "{code}"
_BYTES = 24
_CODE_DIGITS = 6


def derive(message_id: UUID, *, key: str) -> str:
    """Return a message's token: 192 bits in 32 characters of base64url, the same each time.

    Raises ValueError without a key, under which anybody could make it.
    """
    made = _mac(b"token:" + message_id.bytes, key=key)[:_BYTES]
    return base64.urlsafe_b64encode(made).decode()


def derive_code(message_id: UUID, *, key: str) -> str:
    """Return a message's one-time code: six digits, each text of six as likely as any other.

    Raises ValueError without a key.
    """
    made = int.from_bytes(_mac(b"code:" + message_id.bytes, key=key))
    return f"{made % 10**_CODE_DIGITS:0{_CODE_DIGITS}}"


def code_digest(code: str, *, message_id: UUID, key: str) -> str:
    """Return what is stored of a message's code: 64 hexadecimal digits, of use for no other's.

    Takes any text. Raises ValueError without a key.
    """
    told = b"code digest:" + message_id.bytes + code.encode("utf-8", "surrogatepass")
    return _mac(told, key=key).hex()


def digest(token: str, *, key: str) -> str:
    """Return what is stored of a token: 64 hexadecimal digits.

    Takes any text, as a phone may send any. Raises ValueError without a key.
    """
    # A lone surrogate cannot be encoded otherwise, and JSON can hold one.
    return _mac(b"digest:" + token.encode("utf-8", "surrogatepass"), key=key).hex()


def fill(content: Any, texts: Mapping[str, str]) -> Any:
    """Return JSON with the text of each placeholder in its place."""
    match content:
        case str():
            for placeholder, text in texts.items():
                content = content.replace(placeholder, text)
            return content
        case dict():
            return {name: fill(value, texts) for name, value in content.items()}
        case list():
            return [fill(value, texts) for value in content]
    return content


def _mac(text: bytes, *, key: str) -> bytes:
    if not key:
        raise ValueError("A token needs a key.")
    return hmac.new(key.encode(), text, hashlib.sha256).digest()
