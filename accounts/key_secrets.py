"""What an API key looks like: `sk-`, 32 random characters of base62 (190 bits), six to check them.

It is stored as a keyed digest only, beside what of it may be shown.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM, _CHECK = 32, 6
_SHAPE = re.compile(rf"sk-[0-9A-Za-z]{{{_RANDOM + _CHECK}}}")
_PREFIX, _LAST = 8, 4


def new() -> str:
    """Return a key that nobody has yet."""
    return with_checksum("sk-" + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM)))


def stored(secret: str) -> dict[str, str]:
    """Return the columns that are kept of a key."""
    return {"prefix": secret[:_PREFIX], "last_four": secret[-_LAST:], "digest": digest(secret)}


def digest(secret: str) -> str:
    """Return what finds a key: HMAC-SHA256 under API_KEY_PEPPER, in hexadecimal.

    Raises ImproperlyConfigured without a pepper, under which no stored digest would be a secret.
    """
    if not settings.API_KEY_PEPPER:
        raise ImproperlyConfigured("API_KEY_PEPPER is not set.")
    return hmac.new(settings.API_KEY_PEPPER.encode(), secret.encode(), hashlib.sha256).hexdigest()


def is_well_formed(text: str) -> bool:
    """Tell, without a query, whether a text could be a key: its shape, and its checksum."""
    return bool(_SHAPE.fullmatch(text)) and with_checksum(text[:-_CHECK]) == text


def with_checksum(start: str) -> str:
    """Return the text with the six characters that check it."""
    number, digits = zlib.crc32(start.encode()), ""
    for _ in range(_CHECK):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return start + digits
