"""Starting: the consent first, then a request pushed at the click, with nothing in the URL."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc import jwe, jws

from openfinance.providers import ProviderError, Reason, Redirect
from openfinance.providers.brasil import BrasilProvider, jose
from tests.openfinance.brasil import pki, receiver, trips
from tests.openfinance.brasil.bank import (
    CONSENT_ID,
    CONSENT_URL,
    CONSENTS,
    ISSUER,
    MTLS,
    REFERENCE,
    Bank,
    consent,
    document,
)

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def signed_by_us(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Verify a JWS of ours and return its header and its claims."""
    key = pki.jwk(receiver.SIGNING, use="sig")
    signature = jws.deserialize_compact(token, key, algorithms=["PS256"])
    return signature.headers(), json.loads(signature.payload)


def test_the_person_is_sent_with_nothing_but_the_pushed_request(
    adapter: BrasilProvider, bank: Bank
) -> None:
    departure, _ = trips.depart(adapter)
    assert isinstance(departure.to, Redirect)
    assert urlsplit(departure.to.url)._replace(query="").geturl() == f"{ISSUER}/authorize"
    assert parse_qs(urlsplit(departure.to.url).query) == {
        "brand": ["a"],
        "client_id": [receiver.CLIENT_ID],
        "request_uri": ["urn:par:1"],
    }


def test_the_request_object_says_what_the_profile_wants(
    adapter: BrasilProvider, bank: Bank
) -> None:
    _, memory = trips.depart(adapter)
    header, claims = signed_by_us(bank.form(f"{MTLS}/par")["request"])
    now = time.time()
    assert header == {"alg": "PS256", "typ": "JWT", "kid": receiver.SIGNING}
    assert now - 60 < claims.pop("nbf") <= claims.pop("iat") <= now < claims.pop("exp") < now + 600
    assert len(claims.pop("jti")) >= 32
    assert claims == {
        "iss": receiver.CLIENT_ID,
        "aud": ISSUER,
        "client_id": receiver.CLIENT_ID,
        "response_type": "code id_token",
        "response_mode": "fragment",
        "redirect_uri": receiver.REDIRECT_URI,
        "scope": f"openid consent:{CONSENT_ID} accounts resources",
        "state": memory.state,
        "nonce": memory.nonce,
        "code_challenge": jose.challenge(memory.verifier),
        "code_challenge_method": "S256",
        "claims": {"id_token": {"acr": {"essential": True}}},
    }


def test_every_proof_of_who_we_are_is_used_once(adapter: BrasilProvider, bank: Bank) -> None:
    trips.depart(adapter)
    proofs = []
    for url in (f"{MTLS}/token", f"{MTLS}/par"):
        form = bank.form(url)
        assert (form["client_id"], form["client_assertion_type"]) == (receiver.CLIENT_ID, ASSERTION)
        proofs.append(signed_by_us(form["client_assertion"])[1])
    assert proofs[0]["jti"] != proofs[1]["jti"]
    assert {(proof["iss"], proof["sub"], proof["aud"]) for proof in proofs} == {
        (receiver.CLIENT_ID, receiver.CLIENT_ID, ISSUER)
    }


def test_a_bank_that_wants_it_gets_the_request_encrypted(
    adapter: BrasilProvider, bank: Bank
) -> None:
    adapter.start(receiver.request({**REFERENCE, "encrypts_requests": True}))
    sealed = jwe.decrypt_compact(
        bank.form(f"{MTLS}/par")["request"],
        pki.jwk("bank-encryption", use="enc"),
        algorithms=["RSA-OAEP", "A256GCM"],
    )
    assert (sealed.headers()["cty"], sealed.headers()["kid"]) == ("JWT", "bank-encryption")
    assert signed_by_us((sealed.plaintext or b"").decode())[1]["aud"] == ISSUER


def test_a_bank_that_wants_it_encrypted_to_no_key_is_an_error_of_its_own(
    adapter: BrasilProvider, bank: Bank
) -> None:
    bank.answers("GET", f"{ISSUER}/jwks", {"keys": []})
    with pytest.raises(ProviderError) as caught:
        adapter.start(receiver.request({**REFERENCE, "encrypts_requests": True}))
    assert caught.value.reason is Reason.MISCONFIGURED


def test_two_trips_share_no_secret(adapter: BrasilProvider, bank: Bank) -> None:
    first, second = (trips.depart(adapter)[1] for _ in range(2))
    assert {first.state, first.nonce, first.verifier}.isdisjoint(
        {second.state, second.nonce, second.verifier}
    )
    assert min(map(len, (first.state, first.nonce, first.verifier))) >= 43


def test_the_departure_tells_what_to_keep(adapter: BrasilProvider, bank: Bank) -> None:
    departure, memory = trips.depart(adapter)
    assert departure.consent is not None
    assert departure.consent.id == memory.consent_id == CONSENT_ID
    assert departure.state == memory.state
    hour = departure.expires_at - datetime.now(UTC)
    assert timedelta(minutes=59) < hour <= timedelta(minutes=60)


def test_no_secret_shows_in_what_may_be_logged(adapter: BrasilProvider, bank: Bank) -> None:
    departure, memory = trips.depart(adapter)
    shown = repr((departure, memory, adapter, receiver.request(REFERENCE)))
    for secret in (memory.state, memory.nonce, memory.verifier, receiver.ALICE.cpf, "PRIVATE KEY"):
        assert secret not in shown


def test_every_call_has_an_interaction_id_of_its_own_and_all_are_kept(
    adapter: BrasilProvider, bank: Bank
) -> None:
    departure, _ = trips.depart(adapter)
    sent = tuple(call.request.headers["x-fapi-interaction-id"] for call in bank.mock.calls)
    assert departure.interaction_ids == sent
    assert len(set(sent)) == len(sent) == 4


def test_an_interaction_id_that_the_bank_made_is_kept_too(
    adapter: BrasilProvider, bank: Bank
) -> None:
    theirs = "d78fc4e5-37ca-4da3-adf2-9b082bf92280"
    bank.answers("POST", CONSENTS, {}, 400, headers={"x-fapi-interaction-id": theirs})
    with pytest.raises(ProviderError) as caught:
        trips.depart(adapter)
    assert caught.value.interaction_ids[-1] == theirs


def test_a_push_that_fails_tells_which_consent_the_next_try_goes_on_with(
    adapter: BrasilProvider, bank: Bank
) -> None:
    bank.answers("POST", f"{MTLS}/par", {"error": "temporarily_unavailable"}, 503)
    with pytest.raises(ProviderError) as caught:
        trips.depart(adapter)
    assert caught.value.reason is Reason.BANK_DOWN
    assert caught.value.consent is not None
    assert caught.value.consent.id == CONSENT_ID


@pytest.mark.parametrize("content", [{}, {"request_uri": ""}, {"request_uri": 7}, []])
def test_a_push_without_a_request_uri_leads_nowhere(
    adapter: BrasilProvider, bank: Bank, content: Any
) -> None:
    bank.answers("POST", f"{MTLS}/par", content, 201)
    with pytest.raises(ProviderError) as caught:
        trips.depart(adapter)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_a_discovery_document_that_does_not_come_is_the_banks_matter(
    adapter: BrasilProvider, bank: Bank
) -> None:
    bank.answers("GET", f"{ISSUER}/.well-known/openid-configuration", document(), 503)
    with pytest.raises(ProviderError) as caught:
        trips.depart(adapter)
    assert caught.value.reason is Reason.BANK_DOWN


def test_another_try_makes_a_new_trip_for_the_same_consent(
    adapter: BrasilProvider, bank: Bank
) -> None:
    _, first = trips.depart(adapter)
    bank.answers("GET", CONSENT_URL, consent())
    again = adapter.start(receiver.request(REFERENCE, consent_id=CONSENT_ID))
    assert again.consent is not None
    assert again.consent.id == CONSENT_ID
    assert again.state != first.state
    assert len(bank.calls(CONSENTS)) == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [("AUTHORISED", Reason.CONSENT_TAKEN), ("REJECTED", Reason.CONSENT_ENDED)],
)
def test_a_consent_that_no_longer_awaits_is_not_tried_again(
    adapter: BrasilProvider, bank: Bank, status: str, reason: Reason
) -> None:
    bank.answers("GET", CONSENT_URL, consent(status=status))
    with pytest.raises(ProviderError) as caught:
        adapter.start(receiver.request(REFERENCE, consent_id=CONSENT_ID))
    assert caught.value.reason is reason
    assert bank.calls(f"{MTLS}/par") == []


def test_a_bank_that_cannot_be_reached_is_down_and_nothing_was_done(
    adapter: BrasilProvider, bank: Bank
) -> None:
    bank.mock.upsert("POST", f"{MTLS}/token", body=requests.ConnectionError())
    with pytest.raises(ProviderError) as caught:
        trips.depart(adapter)
    assert caught.value.reason is Reason.BANK_DOWN
    assert not caught.value.is_permanent
    assert caught.value.may_try_again


@pytest.mark.parametrize("missing", ["issuer", "consents_url", "client_id"])
def test_a_bank_without_a_part_of_its_reference_is_misconfigured(
    adapter: BrasilProvider, missing: str
) -> None:
    with pytest.raises(ProviderError) as caught:
        adapter.start(receiver.request({**REFERENCE, missing: ""}))
    assert caught.value.reason is Reason.MISCONFIGURED
    assert not caught.value.may_try_again


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"issuer": "https://other.example"}, Reason.WRONG_ISSUER),
        ({"issuer": f"{ISSUER}/"}, Reason.WRONG_ISSUER),
        ({"authorization_endpoint": None}, Reason.MISCONFIGURED),
        ({"jwks_uri": 7}, Reason.MISCONFIGURED),
        ({"authorization_endpoint": "javascript:alert(1)"}, Reason.UNSAFE_ADDRESS),
        ({"authorization_endpoint": "http://bank.example/authorize"}, Reason.UNSAFE_ADDRESS),
        (
            {"mtls_endpoint_aliases": {"token_endpoint": "http://127.0.0.1/"}},
            Reason.UNSAFE_ADDRESS,
        ),
    ],
)
def test_a_discovery_document_that_does_not_serve_is_refused(
    adapter: BrasilProvider, bank: Bank, changes: dict[str, Any], reason: Reason
) -> None:
    url = f"{ISSUER}/.well-known/openid-configuration"
    bank.answers("GET", url, document(**changes))
    with pytest.raises(ProviderError) as caught:
        trips.depart(adapter)
    assert caught.value.reason is reason
    assert bank.calls(f"{MTLS}/token") == []


def test_the_discovery_document_and_our_own_token_are_used_again(
    adapter: BrasilProvider, bank: Bank
) -> None:
    for _ in range(3):
        trips.depart(adapter)
    assert len(bank.calls(f"{ISSUER}/.well-known/openid-configuration")) == 1
    assert len(bank.calls(f"{MTLS}/token")) == 1


def test_a_server_without_addresses_apart_is_called_at_its_usual_ones(
    adapter: BrasilProvider, bank: Bank
) -> None:
    url = f"{ISSUER}/.well-known/openid-configuration"
    bank.answers("GET", url, document(mtls_endpoint_aliases=None))
    bank.answers("POST", f"{ISSUER}/token", bank.tokens())
    bank.answers("POST", f"{ISSUER}/par", {"request_uri": "urn:par:2"}, 201)
    departure, _ = trips.depart(adapter)
    assert isinstance(departure.to, Redirect)
    assert departure.to.url.endswith("request_uri=urn%3Apar%3A2")
