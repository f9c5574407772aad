"""Whether a webhook comes from Meta."""

import hashlib
import hmac
import re
from collections.abc import Sequence

_HEADER = re.compile(r"sha256=([0-9a-f]{64})")


def is_genuine(body: bytes, header: str | None, *, secrets: Sequence[str]) -> bool:
    """Tell whether `X-Hub-Signature-256` was made over these raw bytes with one of the app secrets.

    `header` is None when the request has none. Give both the old and the new secret during a
    rotation; an empty one never matches. Every secret is tried, so the time tells nothing.
    """
    signature = _HEADER.fullmatch(header or "")
    if not signature:
        return False
    matches = [
        hmac.compare_digest(_digest(body, secret=secret), signature[1])
        for secret in secrets
        if secret
    ]
    return any(matches)


def _digest(body: bytes, *, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
