"""Each thing that can be wrong with an id_token has its own refusal, before the code is used."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from openfinance.providers import Reason
from openfinance.providers.brasil import BrasilProvider
from tests.openfinance.brasil import pki, receiver, trips
from tests.openfinance.brasil.bank import ACCESS_TOKEN, ISSUER, Bank

LONG_AGO, SOON, LATER = timedelta(minutes=-2), timedelta(seconds=10), timedelta(hours=1)
WRONG_CLAIMS: list[tuple[dict[str, Any], Reason]] = [
    ({"iss": "https://other.example"}, Reason.WRONG_ISSUER),
    ({"iss": f"{ISSUER}/"}, Reason.WRONG_ISSUER),
    ({"iss": None}, Reason.WRONG_ISSUER),
    ({"aud": "somebody-else"}, Reason.WRONG_AUDIENCE),
    ({"aud": None}, Reason.WRONG_AUDIENCE),
    ({"aud": [receiver.CLIENT_ID, "somebody-else"]}, Reason.WRONG_AUDIENCE),
    ({"azp": "somebody-else"}, Reason.WRONG_AUDIENCE),
    ({"nonce": "another"}, Reason.WRONG_NONCE),
    ({"nonce": None}, Reason.WRONG_NONCE),
    ({"c_hash": "another"}, Reason.WRONG_CODE_HASH),
    ({"c_hash": None}, Reason.WRONG_CODE_HASH),
    ({"s_hash": "another"}, Reason.WRONG_STATE_HASH),
    ({"s_hash": None}, Reason.WRONG_STATE_HASH),
    ({"acr": None}, Reason.WRONG_AUTHENTICATION),
    ({"acr": "urn:mace:incommon:iap:silver"}, Reason.WRONG_AUTHENTICATION),
    ({"acr": ["urn:brasil:openbanking:loa2"]}, Reason.WRONG_AUTHENTICATION),
    ({"exp": LONG_AGO}, Reason.EXPIRED),
    ({"exp": None}, Reason.MALFORMED),
    ({"exp": "tomorrow"}, Reason.MALFORMED),
    ({"exp": True}, Reason.MALFORMED),
    ({"iat": None}, Reason.MALFORMED),
    ({"iat": LATER, "exp": 2 * LATER}, Reason.FROM_FUTURE),
    ({"nbf": LATER, "exp": 2 * LATER}, Reason.FROM_FUTURE),
    ({"sub": None}, Reason.MALFORMED),
    ({"sub": ""}, Reason.MALFORMED),
]
RIGHT_CLAIMS: list[dict[str, Any]] = [
    {"aud": [receiver.CLIENT_ID]},
    {"aud": [receiver.CLIENT_ID, "somebody-else"], "azp": receiver.CLIENT_ID},
    {"acr": "urn:brasil:openbanking:loa2"},
    {"exp": timedelta(seconds=-5)},
    {"iat": SOON, "nbf": SOON},
]


@pytest.mark.parametrize(("wrong", "reason"), WRONG_CLAIMS)
def test_a_wrong_claim_is_refused_with_its_reason_and_the_code_is_not_used(
    adapter: BrasilProvider, bank: Bank, wrong: dict[str, Any], reason: Reason
) -> None:
    _, memory = trips.depart(adapter)
    returned = bank.returns(memory, id_token=bank.id_token(memory, **wrong))
    assert trips.refusal(adapter, bank, memory, returned) is reason
    assert trips.exchanges(bank) == 0


@pytest.mark.parametrize("right", RIGHT_CLAIMS)
def test_what_the_specifications_allow_is_granted(
    adapter: BrasilProvider, bank: Bank, right: dict[str, Any]
) -> None:
    _, memory = trips.depart(adapter)
    returned = bank.returns(memory, id_token=bank.id_token(memory, **right))
    assert trips.finish(adapter, bank, memory, returned).tokens


def _forged_header(token: str, **header: Any) -> str:
    """Put another header before a token's payload and signature."""
    start = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return ".".join([start, *token.split(".")[1:]])


WRONG_TOKENS: list[tuple[Callable[[Bank, str], str], Reason]] = [
    (lambda bank, signed: signed, Reason.NOT_ENCRYPTED),
    (lambda bank, signed: "not.a.token.at.all", Reason.MALFORMED),
    (lambda bank, signed: "nothing", Reason.MALFORMED),
    (lambda bank, signed: bank.sealed("nothing"), Reason.MALFORMED),
    (lambda bank, signed: bank.sealed(bank.signed([])), Reason.MALFORMED),
    (lambda bank, signed: bank.sealed(signed, to="a-strangers-key"), Reason.NOT_OURS),
    (lambda bank, signed: bank.sealed(signed)[:-4] + "AAAA", Reason.NOT_OURS),
    (lambda bank, signed: bank.sealed(signed, alg="RSA-OAEP-256"), Reason.WRONG_ALGORITHM),
    (lambda bank, signed: bank.sealed(signed, enc="A128GCM"), Reason.WRONG_ALGORITHM),
    (lambda bank, signed: bank.sealed(signed, zip="DEF"), Reason.MALFORMED),
    (lambda bank, signed: bank.sealed(signed, jku=ISSUER), Reason.MALFORMED),
    (lambda bank, signed: bank.sealed(_forged_header(signed, alg="none")), Reason.WRONG_ALGORITHM),
    (lambda bank, signed: bank.sealed(_forged_header(signed, alg="HS256")), Reason.WRONG_ALGORITHM),
    (lambda bank, signed: bank.sealed(signed[:-4] + "AAAA"), Reason.WRONG_SIGNATURE),
]


@pytest.mark.parametrize(("spoil", "reason"), WRONG_TOKENS)
def test_a_token_that_is_not_sealed_as_the_profile_says_is_refused(
    adapter: BrasilProvider, bank: Bank, spoil: Callable[[Bank, str], str], reason: Reason
) -> None:
    _, memory = trips.depart(adapter)
    token = spoil(bank, bank.signed(bank.claims(memory)))
    assert trips.refusal(adapter, bank, memory, bank.returns(memory, id_token=token)) is reason
    assert trips.exchanges(bank) == 0


def test_another_signature_algorithm_is_refused_though_the_key_is_right(
    adapter: BrasilProvider, bank: Bank
) -> None:
    _, memory = trips.depart(adapter)
    token = bank.sealed(bank.signed(bank.claims(memory), alg="RS256"))
    returned = bank.returns(memory, id_token=token)
    assert trips.refusal(adapter, bank, memory, returned) is Reason.WRONG_ALGORITHM


def test_a_token_that_names_no_key_is_of_the_only_one(adapter: BrasilProvider, bank: Bank) -> None:
    _, memory = trips.depart(adapter)
    token = bank.sealed(bank.signed(bank.claims(memory), kid=None))
    assert trips.finish(adapter, bank, memory, bank.returns(memory, id_token=token)).tokens


def test_a_key_that_is_too_short_is_as_if_it_were_not_there(
    adapter: BrasilProvider, bank: Bank
) -> None:
    _, memory = trips.depart(adapter)
    short = base64.urlsafe_b64encode(b"\xff" * 128).rstrip(b"=").decode()
    key = {"kty": "RSA", "n": short, "e": "AQAB", "kid": "bank-signature"}
    bank.answers("GET", f"{ISSUER}/jwks", {"keys": [key]})
    refused = trips.refusal(adapter, bank, memory, bank.returns(memory))
    assert refused is Reason.WRONG_SIGNATURE


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        ({}, 503, Reason.BANK_DOWN),
        ({}, 200, Reason.BAD_ANSWER),
        ({"keys": 7}, 200, Reason.BAD_ANSWER),
        ({"keys": [7, {"kty": "EC"}, {"kty": "RSA", "n": 7}]}, 200, Reason.WRONG_SIGNATURE),
    ],
)
def test_keys_that_cannot_be_read_verify_nothing(
    adapter: BrasilProvider, bank: Bank, content: Any, status: int, reason: Reason
) -> None:
    _, memory = trips.depart(adapter)
    bank.answers("GET", f"{ISSUER}/jwks", content, status)
    assert trips.refusal(adapter, bank, memory, bank.returns(memory)) is reason
    assert trips.exchanges(bank) == 0


@pytest.mark.parametrize("kid", ["bank-signature", "unknown", None])
def test_a_strangers_signature_is_refused_whatever_key_it_names(
    adapter: BrasilProvider, bank: Bank, kid: str | None
) -> None:
    _, memory = trips.depart(adapter)
    stranger = pki.jwk("a-strangers-key", use="sig")
    token = bank.sealed(bank.signed(bank.claims(memory), key=stranger, kid=kid))
    returned = bank.returns(memory, id_token=token)
    assert trips.refusal(adapter, bank, memory, returned) is Reason.WRONG_SIGNATURE


def test_a_key_that_the_bank_published_since_is_fetched(
    adapter: BrasilProvider, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, memory = trips.depart(adapter)
    trips.refusal(adapter, bank, memory, bank.returns(memory, id_token=bank.sealed("nothing")))
    assert trips.finish(adapter, bank, memory, bank.returns(memory)).tokens
    bank.key = pki.jwk("the-banks-next-key", use="sig")
    bank.answers("GET", f"{ISSUER}/jwks", bank.jwks())
    monkeypatch.setattr("openfinance.providers.brasil.discovery._KEYS_KEPT_SECONDS", 0)
    assert trips.finish(adapter, bank, memory, bank.returns(memory)).tokens


def test_unknown_keys_do_not_make_us_ask_for_the_keys_each_time(
    adapter: BrasilProvider, bank: Bank
) -> None:
    _, memory = trips.depart(adapter)
    token = bank.sealed(bank.signed(bank.claims(memory), kid="unknown"))
    for _ in range(3):
        trips.refusal(adapter, bank, memory, bank.returns(memory, id_token=token))
    assert len(bank.calls(f"{ISSUER}/jwks")) == 1


SECOND: list[tuple[dict[str, Any], Reason]] = [
    ({"sub": "another"}, Reason.WRONG_SUBJECT),
    ({"iss": "https://other.example"}, Reason.WRONG_ISSUER),
    ({"aud": "somebody-else"}, Reason.WRONG_AUDIENCE),
    ({"exp": LONG_AGO}, Reason.EXPIRED),
    ({"nonce": "another"}, Reason.WRONG_NONCE),
    ({"c_hash": "another"}, Reason.WRONG_CODE_HASH),
    ({"s_hash": "another"}, Reason.WRONG_STATE_HASH),
    ({"at_hash": "another"}, Reason.WRONG_ACCESS_HASH),
]


@pytest.mark.parametrize(("wrong", "reason"), SECOND)
def test_the_second_token_must_be_about_the_same_person_and_grant(
    adapter: BrasilProvider, bank: Bank, wrong: dict[str, Any], reason: Reason
) -> None:
    _, memory = trips.depart(adapter)
    second = bank.id_token(memory, **wrong)
    refused = trips.refusal(adapter, bank, memory, bank.returns(memory), second=second)
    assert refused is reason


def test_a_second_token_that_is_not_encrypted_is_refused(
    adapter: BrasilProvider, bank: Bank
) -> None:
    _, memory = trips.depart(adapter)
    second = bank.signed(bank.claims(memory))
    refused = trips.refusal(adapter, bank, memory, bank.returns(memory), second=second)
    assert refused is Reason.NOT_ENCRYPTED


def test_the_second_token_may_leave_out_the_hashes(adapter: BrasilProvider, bank: Bank) -> None:
    _, memory = trips.depart(adapter)
    second = bank.id_token(memory, nonce=None, c_hash=None, s_hash=None, acr=None)
    granted = trips.finish(adapter, bank, memory, bank.returns(memory), second=second)
    assert granted.tokens
    assert granted.tokens.access_token == ACCESS_TOKEN


def test_a_token_to_the_key_that_was_replaced_is_still_opened(bank: Bank) -> None:
    previous = pki.pem(pki.rsa_key("our-previous-key"))
    adapter = receiver.provider(
        previous_encryption_key=previous, previous_encryption_key_id="our-previous-key"
    )
    _, memory = trips.depart(adapter)
    token = bank.sealed(bank.signed(bank.claims(memory)), to="our-previous-key")
    returned = bank.returns(memory, id_token=token)
    assert trips.finish(adapter, bank, memory, returned).tokens
