"""After connecting: renewing the access, telling how a consent is, and ending it."""

from typing import Any

import pytest
import requests

from openfinance.providers import ProviderError, Reason, RejectedBy, RejectionReason
from openfinance.providers.brasil import BrasilProvider
from tests.openfinance.brasil.bank import (
    CONSENT_ID,
    CONSENT_URL,
    MTLS,
    REFERENCE,
    Bank,
    consent,
    error,
)

REVOKED = {"rejectedBy": "USER", "reason": {"code": "CUSTOMER_MANUALLY_REVOKED"}}


def refresh(adapter: BrasilProvider) -> Any:
    return adapter.refresh(bank=REFERENCE, consent_id=CONSENT_ID, refresh_token="a-refresh-token")


def refuses_to_renew(bank: Bank, code: str, status: int) -> None:
    """Refuse the refresh token, but go on giving us tokens of our own."""

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        body = request.body if isinstance(request.body, bytes) else b""
        if b"client_credentials" in body:
            return 200, {}, '{"access_token": "ours", "token_type": "Bearer", "expires_in": 900}'
        return status, {}, f'{{"error": "{code}"}}'

    bank.mock.remove("POST", f"{MTLS}/token")
    bank.mock.add_callback("POST", f"{MTLS}/token", callback=answer)


def test_the_refresh_token_is_kept_when_the_bank_does_not_repeat_it(
    adapter: BrasilProvider, bank: Bank
) -> None:
    bank.answers("POST", f"{MTLS}/token", bank.tokens(refresh_token=None))
    tokens = refresh(adapter)
    assert tokens.refresh_token == "a-refresh-token"
    assert bank.form(f"{MTLS}/token")["grant_type"] == "refresh_token"


def test_the_interaction_ids_of_every_call_are_told(adapter: BrasilProvider, bank: Bank) -> None:
    bank.answers("DELETE", CONSENT_URL, None, 204)
    told = [
        *refresh(adapter).interaction_ids,
        *adapter.read(bank=REFERENCE, consent_id=CONSENT_ID).interaction_ids,
        *adapter.revoke(bank=REFERENCE, consent_id=CONSENT_ID),
    ]
    sent = [call.request.headers["x-fapi-interaction-id"] for call in bank.mock.calls]
    assert told == sent
    assert len(set(sent)) == len(sent)


def test_a_refresh_token_that_the_bank_did_change_is_the_one_to_keep(
    adapter: BrasilProvider, bank: Bank
) -> None:
    bank.answers("POST", f"{MTLS}/token", bank.tokens(refresh_token="another"))
    assert refresh(adapter).refresh_token == "another"


@pytest.mark.parametrize(("code", "status"), [("invalid_grant", 400), ("whatever", 401)])
def test_a_refused_renewal_tells_how_the_consent_ended(
    adapter: BrasilProvider, bank: Bank, code: str, status: int
) -> None:
    refuses_to_renew(bank, code, status)
    bank.answers("GET", CONSENT_URL, consent(status="REJECTED", rejection=REVOKED))
    with pytest.raises(ProviderError) as caught:
        refresh(adapter)
    assert caught.value.reason is Reason.CONSENT_ENDED
    assert caught.value.consent is not None
    assert caught.value.consent.rejection is not None
    assert caught.value.consent.rejection.by is RejectedBy.USER
    assert caught.value.consent.rejection.reason is RejectionReason.CUSTOMER_MANUALLY_REVOKED


def test_a_refused_renewal_of_a_consent_that_stands_asks_for_another_trip(
    adapter: BrasilProvider, bank: Bank
) -> None:
    refuses_to_renew(bank, "invalid_grant", 400)
    with pytest.raises(ProviderError) as caught:
        refresh(adapter)
    assert caught.value.reason is Reason.ACCESS_LOST
    assert caught.value.may_try_again


def test_a_consent_that_the_bank_does_not_know_any_more_has_ended(
    adapter: BrasilProvider, bank: Bank
) -> None:
    refuses_to_renew(bank, "invalid_grant", 400)
    bank.answers("GET", CONSENT_URL, {}, 404)
    with pytest.raises(ProviderError) as caught:
        refresh(adapter)
    assert caught.value.reason is Reason.CONSENT_ENDED


def test_nothing_is_said_to_have_ended_while_the_bank_does_not_answer(
    adapter: BrasilProvider, bank: Bank
) -> None:
    refuses_to_renew(bank, "invalid_grant", 400)
    bank.answers("GET", CONSENT_URL, {}, 503)
    with pytest.raises(ProviderError) as caught:
        refresh(adapter)
    assert caught.value.reason is Reason.BANK_DOWN
    assert not caught.value.is_permanent


def test_a_renewal_that_the_bank_cannot_do_now_asks_nothing_more(
    adapter: BrasilProvider, bank: Bank
) -> None:
    bank.answers("POST", f"{MTLS}/token", {}, 503)
    with pytest.raises(ProviderError) as caught:
        refresh(adapter)
    assert caught.value.reason is Reason.BANK_DOWN
    assert len(bank.calls(f"{MTLS}/token")) == 1


def test_our_own_refused_credentials_end_no_consent(adapter: BrasilProvider, bank: Bank) -> None:
    bank.answers("POST", f"{MTLS}/token", {"error": "invalid_client"}, 401)
    with pytest.raises(ProviderError) as caught:
        refresh(adapter)
    assert caught.value.reason is Reason.CLIENT_REFUSED
    assert not caught.value.may_try_again


@pytest.mark.parametrize(
    ("content", "status"),
    [(None, 204), (error("CONSENTIMENTO_EM_STATUS_REJEITADO"), 422), (error("UNKNOWN"), 404)],
)
def test_revoking_twice_or_what_the_bank_forgot_is_done(
    adapter: BrasilProvider, bank: Bank, content: Any, status: int
) -> None:
    bank.answers("DELETE", CONSENT_URL, content, status)
    adapter.revoke(bank=REFERENCE, consent_id=CONSENT_ID)
    assert len(bank.calls(CONSENT_URL)) == 1


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (error("ERRO_NAO_MAPEADO"), 422, Reason.UNPROCESSABLE),
        ({}, 422, Reason.UNPROCESSABLE),
        ({}, 500, Reason.BANK_DOWN),
        ({}, 529, Reason.BANK_BUSY),
        ({}, 429, Reason.BANK_BUSY),
        ({}, 403, Reason.CLIENT_REFUSED),
        ({}, 200, Reason.BAD_ANSWER),
        ({}, 302, Reason.BAD_ANSWER),
    ],
)
def test_revoking_is_not_done_until_the_bank_says_so(
    adapter: BrasilProvider, bank: Bank, content: Any, status: int, reason: Reason
) -> None:
    bank.answers("DELETE", CONSENT_URL, content, status, headers={"Location": MTLS})
    with pytest.raises(ProviderError) as caught:
        adapter.revoke(bank=REFERENCE, consent_id=CONSENT_ID)
    assert caught.value.reason is reason
    assert len(bank.calls(CONSENT_URL)) == 1


def test_a_token_of_ours_that_the_bank_forgot_is_made_anew(
    adapter: BrasilProvider, bank: Bank
) -> None:
    adapter.read(bank=REFERENCE, consent_id=CONSENT_ID)
    bank.mock.remove("GET", CONSENT_URL)
    bank.mock.add("GET", CONSENT_URL, json={}, status=401)
    bank.mock.add("GET", CONSENT_URL, json=consent())
    assert adapter.read(bank=REFERENCE, consent_id=CONSENT_ID).id == CONSENT_ID
    assert len(bank.calls(f"{MTLS}/token")) == 2


def test_a_token_that_ends_within_half_a_minute_is_made_anew(
    adapter: BrasilProvider, bank: Bank
) -> None:
    bank.answers("POST", f"{MTLS}/token", bank.tokens(expires_in=20))
    for _ in range(2):
        adapter.read(bank=REFERENCE, consent_id=CONSENT_ID)
    assert len(bank.calls(f"{MTLS}/token")) == 2


@pytest.mark.parametrize("consent_id", ["", "urn:bank", "../consents", "urn:bank:a b", "urn:b:é"])
def test_what_is_no_consent_id_reaches_no_bank(
    adapter: BrasilProvider, bank: Bank, consent_id: str
) -> None:
    with pytest.raises(ProviderError) as caught:
        adapter.read(bank=REFERENCE, consent_id=consent_id)
    assert caught.value.reason is Reason.CONSENT_UNKNOWN
