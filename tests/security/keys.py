"""Keys that look as ours do, made without our code."""

import secrets
import string
import zlib

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def made_up() -> str:
    """Return a well-formed key that nobody was given: its last six characters are a CRC32."""
    start = "sk-" + "".join(secrets.choice(_DIGITS) for _ in range(32))
    number, tail = zlib.crc32(start.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, len(_DIGITS))
        tail = _DIGITS[digit] + tail
    return start + tail
