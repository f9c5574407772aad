"""This service as banks know it, and a person who uses it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from openfinance import permissions
from openfinance.permissions import Group
from openfinance.providers import ConsentRequest, Person
from openfinance.providers.brasil import BrasilProvider
from tests.openfinance.brasil import pki

REDIRECT_URI = "https://connect.example/retorno"
CLIENT_ID = "receiver"
SIGNING = "our-signing-key"
ENCRYPTION = "our-encryption-key"

ALICE = Person(
    cpf="76109277673",
    ip="203.0.113.7",
    user_agent=" Mozilla/5.0 (iPhone; José) ",
    logged_in_at=datetime(2026, 11, 24, 3, 0, 5, 999_999, tzinfo=UTC),
)
ASKED = permissions.expand([Group.BALANCES, Group.TRANSACTIONS])


@cache
def authority() -> pki.Authority:
    return pki.Authority()


@cache
def identity() -> pki.Identity:
    return authority().issue("receiver-transport")


def provider(**options: Any) -> BrasilProvider:
    """Return an adapter with this receiver's keys, given as PEM text."""
    mine = {
        "transport_certificate": identity().certificate,
        "transport_key": identity().key,
        "signing_key": pki.pem(pki.rsa_key(SIGNING)),
        "signing_key_id": SIGNING,
        "encryption_key": pki.pem(pki.rsa_key(ENCRYPTION)),
        "encryption_key_id": ENCRYPTION,
        "redirect_uri": REDIRECT_URI,
        "authorities": authority().certificate,
    }
    return BrasilProvider(**{**mine, **options})


def public_jwks() -> dict[str, Any]:
    """Return the JWKS that the directory publishes for this receiver."""
    keys = (pki.jwk(SIGNING, use="sig"), pki.jwk(ENCRYPTION, use="enc"))
    return {"keys": [key.as_dict(private=False) for key in keys]}


def request(bank: dict[str, Any], **changes: Any) -> ConsentRequest:
    """Return what Alice agreed to: her balances and statements, for a year."""
    asked = ConsentRequest(
        bank=bank,
        permissions=ASKED,
        expires_at=datetime.now(UTC) + timedelta(days=365),
        person=ALICE,
    )
    return replace(asked, **changes)
