"""Tokens: short-lived ones that open the APIs, and one that lasts as long as its consent."""

import hashlib
import secrets
from datetime import timedelta

from django.utils import timezone

from openfinance.sandbox_bank import consents
from openfinance.sandbox_bank.models import BrandState, Consent, Token

Kind = Token.Kind


def digest(text: str) -> str:
    """Return what a secret is kept and looked up by; each is random and long."""
    return hashlib.sha256(text.encode()).hexdigest()


def issue(*, brand: str, kind: Token.Kind, consent: Consent | None = None) -> tuple[str, int]:
    """Return a new token and how many seconds it is good for, 0 for as long as its consent."""
    text = secrets.token_urlsafe(32)
    seconds = 0 if kind == Kind.REFRESH else BrandState.of(brand).token_seconds
    Token.objects.create(
        digest=digest(text),
        brand=brand,
        kind=kind,
        consent=consent,
        expires_at=timezone.now() + timedelta(seconds=seconds) if seconds else None,
    )
    return text, seconds


def read(text: str, *, brand: str) -> Token | None:
    """Return a token that opens something at this brand now, None for any other text."""
    token = Token.objects.select_related("consent").filter(digest=digest(text), brand=brand).first()
    if token is None or (token.expires_at and token.expires_at <= timezone.now()):
        return None
    if token.consent and consents.settled(token.consent).status != Consent.Status.AUTHORISED:
        return None
    return token
