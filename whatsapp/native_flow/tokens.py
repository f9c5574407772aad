"""Flow tokens: what a Flow message carries so that its requests can be told from anybody else's.

Only a keyed digest is stored. When a token ends is a matter of the row that has the digest.
"""

import hashlib
import hmac
import secrets

_RANDOM_BYTES = 24


def issue() -> str:
    """Return a new token: 192 random bits in 32 characters of base64url."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def digest(token: str, *, key: bytes) -> str:
    """Return what is stored of a token: HMAC-SHA256 under the key, 64 hexadecimal digits.

    Takes any text, as a phone may send any. Raises ValueError without a key, under which a digest
    would be no secret.
    """
    if not key:
        raise ValueError("A flow token's digest needs a key.")
    # A lone surrogate cannot be encoded otherwise, and JSON can hold one.
    return hmac.new(key, token.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def matches(token: str, stored: str, *, key: bytes) -> bool:
    """Tell, in constant time, whether a token is the one whose digest is stored."""
    return hmac.compare_digest(digest(token, key=key).encode(), stored.encode())
