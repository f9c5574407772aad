"""Registering at a bank with what the directory certifies."""

import json
import time
from typing import Any

import pytest

from openfinance.providers import ProviderError, Reason
from openfinance.providers.brasil import BrasilProvider, Registration
from tests.openfinance.brasil import receiver
from tests.openfinance.brasil.bank import ISSUER, MTLS, Bank, document

DISCOVERY = f"{ISSUER}/.well-known/openid-configuration"
JWKS = "https://keystore.example/ours.jwks"
ANSWER = {
    "client_id": "new-client",
    "registration_access_token": "manages-it",
    "registration_client_uri": f"{MTLS}/register/new-client",
}


def statement(bank: Bank, **changes: Any) -> str:
    """Return a software statement of the directory."""
    claims = {
        "iat": int(time.time()),
        "software_redirect_uris": [receiver.REDIRECT_URI],
        "software_jwks_uri": JWKS,
    }
    return bank.signed({**claims, **changes})


def register(adapter: BrasilProvider, token: str, *, encrypts: bool = False) -> Registration:
    return adapter.register(
        issuer=ISSUER,
        discovery_url=DISCOVERY,
        software_statement=token,
        encrypts_requests=encrypts,
    )


def refusal(adapter: BrasilProvider, token: str) -> Reason:
    with pytest.raises(ProviderError) as caught:
        register(adapter, token)
    return caught.value.reason


def test_what_the_bank_made_of_us_is_returned_to_be_kept(
    adapter: BrasilProvider, bank: Bank
) -> None:
    bank.answers("POST", f"{MTLS}/register", ANSWER, 201)
    made = register(adapter, statement(bank))
    assert made.client_id == "new-client"
    assert made.access_token == "manages-it"
    assert made.management_url.startswith(MTLS)
    assert "manages-it" not in repr(made)


def test_the_registration_asks_for_what_the_profile_wants(
    adapter: BrasilProvider, bank: Bank
) -> None:
    bank.answers("POST", f"{MTLS}/register", ANSWER, 201)
    token = statement(bank)
    register(adapter, token)
    body = json.loads(bank.calls(f"{MTLS}/register")[0].body)
    assert body["software_statement"] == token
    assert (body["jwks_uri"], body["redirect_uris"]) == (JWKS, [receiver.REDIRECT_URI])
    assert body["token_endpoint_auth_method"] == "private_key_jwt"
    assert body["tls_client_certificate_bound_access_tokens"] is True
    assert body["id_token_encrypted_response_alg"] == "RSA-OAEP"
    assert body["response_types"] == ["code id_token"]
    assert "jwks" not in body
    assert "request_object_encryption_alg" not in body


def test_encrypted_requests_are_registered_as_such(adapter: BrasilProvider, bank: Bank) -> None:
    bank.answers("POST", f"{MTLS}/register", ANSWER, 201)
    register(adapter, statement(bank), encrypts=True)
    body = json.loads(bank.calls(f"{MTLS}/register")[0].body)
    assert body["request_object_encryption_alg"] == "RSA-OAEP"
    assert body["request_object_encryption_enc"] == "A256GCM"


def test_a_statement_that_no_bank_would_take_reaches_none(
    adapter: BrasilProvider, bank: Bank
) -> None:
    old = int(time.time()) - 301
    assert refusal(adapter, statement(bank, iat=old)) is Reason.STALE_STATEMENT
    other = ["https://other.example/"]
    assert refusal(adapter, statement(bank, software_redirect_uris=other)) is Reason.MISCONFIGURED
    for token in ("", "a.b.c", "x" * 20, bank.signed({})):
        assert refusal(adapter, token) is Reason.MISCONFIGURED
    assert bank.calls(f"{MTLS}/register") == []


def test_a_bank_that_registers_nobody_itself_says_so(adapter: BrasilProvider, bank: Bank) -> None:
    bank.answers("GET", DISCOVERY, document(mtls_endpoint_aliases=None))
    assert refusal(adapter, statement(bank)) is Reason.MISCONFIGURED


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"error": "invalid_software_statement"}, 400, Reason.REQUEST_REFUSED),
        ({"error": "unapproved_software_statement"}, 403, Reason.CLIENT_REFUSED),
        ({}, 503, Reason.BANK_DOWN),
        ({"client_id": None}, 201, Reason.BAD_ANSWER),
        ({"registration_access_token": None}, 201, Reason.BAD_ANSWER),
        ({"tls_client_certificate_bound_access_tokens": False}, 201, Reason.BAD_ANSWER),
        ({"id_token_encrypted_response_alg": "RSA1_5"}, 201, Reason.BAD_ANSWER),
    ],
)
def test_a_registration_that_failed_or_is_not_what_was_asked_for_is_none(
    adapter: BrasilProvider, bank: Bank, changes: dict[str, Any], status: int, reason: Reason
) -> None:
    bank.answers("POST", f"{MTLS}/register", {**ANSWER, **changes}, status)
    assert refusal(adapter, statement(bank)) is reason
