"""The one receiver that the bank knows."""

import base64
import binascii
import hmac

from django.conf import settings
from django.http import HttpRequest


def is_known(client_id: str, *, redirect_uri: str) -> bool:
    """Say whether it is the receiver, and the address that it registered."""
    known = settings.SANDBOX_BANK
    return (client_id, redirect_uri) == (known["CLIENT_ID"], known["REDIRECT_URI"])


def has_proven_itself(request: HttpRequest) -> bool:
    """Say whether a request comes with the receiver's secret (RFC 6749 §2.3.1)."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True) if scheme.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        return False
    known = settings.SANDBOX_BANK
    return hmac.compare_digest(given, f"{known['CLIENT_ID']}:{known['CLIENT_SECRET']}".encode())
