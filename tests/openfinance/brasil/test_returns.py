"""Coming back: whatever the person brings is held against what was remembered."""

from typing import Any

import pytest
import requests

from openfinance.providers import ConsentStatus, ProviderError, Reason
from openfinance.providers.brasil import BrasilProvider
from tests.openfinance.brasil import receiver, trips
from tests.openfinance.brasil.bank import (
    ACCESS_TOKEN,
    CODE,
    CONSENT_URL,
    MTLS,
    REFERENCE,
    Bank,
    consent,
)


@pytest.mark.parametrize("state", ["", "another", "é"])
def test_another_state_is_refused_before_anything_else(
    adapter: BrasilProvider, bank: Bank, state: str
) -> None:
    _, memory = trips.depart(adapter)
    returned = {"state": state, "error": "access_denied", "iss": "https://other.example"}
    assert trips.refusal(adapter, bank, memory, returned) is Reason.WRONG_STATE
    assert trips.exchanges(bank) == 0


def test_a_missing_state_is_refused(adapter: BrasilProvider, bank: Bank) -> None:
    _, memory = trips.depart(adapter)
    returned = bank.returns(memory)
    del returned["state"]
    assert trips.refusal(adapter, bank, memory, returned) is Reason.WRONG_STATE


@pytest.mark.parametrize("extra", [{}, {"error": "access_denied"}])
def test_an_answer_of_another_issuer_is_refused(
    adapter: BrasilProvider, bank: Bank, extra: dict[str, str]
) -> None:
    _, memory = trips.depart(adapter)
    returned = bank.returns(memory, iss="https://other.example", **extra)
    assert trips.refusal(adapter, bank, memory, returned) is Reason.WRONG_ISSUER
    assert trips.exchanges(bank) == 0


def test_a_return_to_a_bank_whose_row_changed_meanwhile_is_refused(
    adapter: BrasilProvider, bank: Bank
) -> None:
    departure, memory = trips.depart(adapter)
    url = "https://other.example/.well-known/openid-configuration"
    bank.answers("GET", url, {**document_of_another()})
    with pytest.raises(ProviderError) as caught:
        adapter.finish(
            bank={**REFERENCE, "issuer": "https://other.example"},
            returned=bank.returns(memory),
            remembered=departure.remembered,
        )
    assert caught.value.reason is Reason.WRONG_ISSUER


def document_of_another() -> dict[str, Any]:
    address = "https://other.example/x"
    names = ("authorization_endpoint", "token_endpoint", "pushed_authorization_request_endpoint")
    return {"issuer": "https://other.example", "jwks_uri": address, **dict.fromkeys(names, address)}


@pytest.mark.parametrize("remembered", ["", "[]", "{}", '{"state": "x"}', "null"])
def test_what_another_provider_remembered_is_refused(
    adapter: BrasilProvider, bank: Bank, remembered: str
) -> None:
    with pytest.raises(ProviderError) as caught:
        adapter.finish(bank=REFERENCE, returned={}, remembered=remembered)
    assert caught.value.reason is Reason.WRONG_ISSUER


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("access_denied", Reason.REFUSED),
        ("server_error", Reason.BANK_DOWN),
        ("temporarily_unavailable", Reason.BANK_DOWN),
        ("invalid_request_uri", Reason.REQUEST_EXPIRED),
        ("login_required", Reason.BANK_ERROR),
        ("Maria da Silva", Reason.BANK_ERROR),
    ],
)
def test_the_banks_own_error_is_told_in_our_words_only(
    adapter: BrasilProvider, bank: Bank, error: str, reason: Reason
) -> None:
    _, memory = trips.depart(adapter)
    returned = {"state": memory.state, "error": error, "error_description": "Maria said no"}
    with pytest.raises(ProviderError) as caught:
        trips.finish(adapter, bank, memory, returned)
    assert caught.value.reason is reason
    assert caught.value.may_try_again
    assert "Maria" not in str(caught.value)


def test_a_refusal_tells_how_the_consent_ended(adapter: BrasilProvider, bank: Bank) -> None:
    _, memory = trips.depart(adapter)
    rejection = {"rejectedBy": "USER", "reason": {"code": "CUSTOMER_MANUALLY_REJECTED"}}
    bank.answers("GET", CONSENT_URL, consent(status="REJECTED", rejection=rejection))
    with pytest.raises(ProviderError) as caught:
        trips.finish(adapter, bank, memory, {"state": memory.state, "error": "access_denied"})
    assert caught.value.consent is not None
    assert caught.value.consent.rejection is not None
    assert caught.value.consent.rejection.reason == "CUSTOMER_MANUALLY_REJECTED"


def test_a_refusal_is_a_refusal_though_the_bank_tells_nothing_more(
    adapter: BrasilProvider, bank: Bank
) -> None:
    _, memory = trips.depart(adapter)
    bank.answers("GET", CONSENT_URL, {}, 503)
    with pytest.raises(ProviderError) as caught:
        trips.finish(adapter, bank, memory, {"state": memory.state, "error": "access_denied"})
    assert (caught.value.reason, caught.value.consent) == (Reason.REFUSED, None)


@pytest.mark.parametrize(
    ("missing", "reason"), [("code", Reason.BANK_ERROR), ("id_token", Reason.MALFORMED)]
)
def test_a_return_without_its_parts_is_refused(
    adapter: BrasilProvider, bank: Bank, missing: str, reason: Reason
) -> None:
    _, memory = trips.depart(adapter)
    returned = bank.returns(memory)
    del returned[missing]
    assert trips.refusal(adapter, bank, memory, returned) is reason
    assert trips.exchanges(bank) == 0


def test_the_code_is_exchanged_with_what_was_remembered(
    adapter: BrasilProvider, bank: Bank
) -> None:
    _, memory = trips.depart(adapter)
    granted = trips.finish(adapter, bank, memory, bank.returns(memory))
    form = bank.form(f"{MTLS}/token")
    assert granted.tokens is not None
    assert granted.tokens.access_token == ACCESS_TOKEN
    assert (form["grant_type"], form["code"]) == ("authorization_code", CODE)
    assert form["redirect_uri"] == receiver.REDIRECT_URI
    assert form["code_verifier"] == memory.verifier


def test_a_code_that_the_bank_does_not_take_grants_nothing(
    adapter: BrasilProvider, bank: Bank
) -> None:
    _, memory = trips.depart(adapter)
    bank.answers("POST", f"{MTLS}/token", {"error": "invalid_grant"}, 400)
    with pytest.raises(ProviderError) as caught:
        adapter.finish(bank=REFERENCE, returned=bank.returns(memory), remembered=memory.write())
    assert caught.value.reason is Reason.CODE_REFUSED


@pytest.mark.parametrize(
    "spoilt",
    [
        {"access_token": None},
        {"access_token": "two\r\nlines"},
        {"access_token": "ç"},
        {"access_token": "x" * 9000},
        {"access_token": 7},
        {"token_type": "DPoP"},
        {"refresh_token": ""},
    ],
)
def test_tokens_that_no_header_can_hold_are_refused(
    adapter: BrasilProvider, bank: Bank, spoilt: dict[str, Any]
) -> None:
    _, memory = trips.depart(adapter)
    answer = bank.tokens(id_token=bank.id_token(memory), **spoilt)
    bank.answers("POST", f"{MTLS}/token", answer)
    with pytest.raises(ProviderError) as caught:
        adapter.finish(bank=REFERENCE, returned=bank.returns(memory), remembered=memory.write())
    assert caught.value.reason is Reason.BAD_ANSWER


def test_only_what_was_agreed_to_counts_as_granted(adapter: BrasilProvider, bank: Bank) -> None:
    _, memory = trips.depart(adapter)
    more = ["ACCOUNTS_READ", "ACCOUNTS_BALANCES_READ", "RESOURCES_READ", "LOANS_READ"]
    bank.answers("GET", CONSENT_URL, consent(status="AUTHORISED", permissions=more))
    granted = trips.finish(adapter, bank, memory, bank.returns(memory))
    assert granted.is_confirmed
    assert granted.consent.permissions == tuple(more[:3])


@pytest.mark.parametrize(
    ("content", "status"), [({}, 500), (consent(status="AWAITING_AUTHORISATION"), 200)]
)
def test_tokens_are_not_lost_when_the_bank_does_not_confirm_the_consent(
    adapter: BrasilProvider, bank: Bank, content: dict[str, Any], status: int
) -> None:
    _, memory = trips.depart(adapter)
    bank.answers("GET", CONSENT_URL, content, status)
    granted = trips.finish(adapter, bank, memory, bank.returns(memory))
    assert granted.tokens
    assert not granted.is_confirmed
    assert granted.consent.status is ConsentStatus.AUTHORISED
    assert granted.consent.permissions == receiver.ASKED


def test_tokens_of_a_consent_that_ended_meanwhile_are_not_granted(
    adapter: BrasilProvider, bank: Bank
) -> None:
    _, memory = trips.depart(adapter)
    bank.answers("GET", CONSENT_URL, consent(status="REJECTED"))
    with pytest.raises(ProviderError) as caught:
        trips.finish(adapter, bank, memory, bank.returns(memory))
    assert caught.value.reason is Reason.CONSENT_ENDED


def test_an_exchange_whose_answer_is_lost_is_not_repeated(
    adapter: BrasilProvider, bank: Bank
) -> None:
    _, memory = trips.depart(adapter)
    bank.mock.upsert("POST", f"{MTLS}/token", body=requests.ConnectionError())
    with pytest.raises(ProviderError) as caught:
        adapter.finish(bank=REFERENCE, returned=bank.returns(memory), remembered=memory.write())
    assert not caught.value.is_permanent
    assert trips.exchanges(bank) == 1
