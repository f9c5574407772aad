"""What the bank gives tokens for, and what they open."""

from datetime import timedelta

import pytest
from django.utils import timezone

from openfinance.sandbox_bank.models import Token, Visit
from tests.openfinance.sandbox_bank.receiver import Receiver, code_of


def test_a_token_opens_the_accounts(receiver: Receiver) -> None:
    _, tokens = receiver.connect()
    answer = receiver.accounts(tokens["access_token"])
    assert answer.json()["data"][0]["brandName"] == "Nubank"
    assert tokens["expires_in"] == 300


def test_the_receivers_own_token_opens_no_accounts(receiver: Receiver) -> None:
    assert receiver.accounts(receiver.own_token()).status_code == 403


def test_what_was_not_granted_stays_closed(receiver: Receiver) -> None:
    asked = ["EXCHANGES_READ", "RESOURCES_READ"]
    _, tokens = receiver.connect(permissions=asked)
    assert receiver.accounts(tokens["access_token"]).status_code == 403


def test_a_token_ends_and_is_renewed_without_another_refresh_token(receiver: Receiver) -> None:
    _, tokens = receiver.connect()
    Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    Token.objects.filter(kind=Token.Kind.REFRESH).update(expires_at=None)
    assert receiver.accounts(tokens["access_token"]).status_code == 401
    renewed = receiver.token(
        grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    ).json()
    assert "refresh_token" not in renewed
    assert receiver.accounts(renewed["access_token"]).status_code == 200


def test_a_brand_may_give_tokens_of_seconds(receiver: Receiver) -> None:
    receiver.tell("brands", brand="nubank", token_seconds=2)
    _, tokens = receiver.connect()
    assert tokens["expires_in"] == 2


@pytest.mark.parametrize("act", ["revoke", "expire", "block"])
def test_no_token_outlives_its_consent(receiver: Receiver, act: str) -> None:
    consent_id, tokens = receiver.connect()
    receiver.tell("acts", consent_id=consent_id, act=act)
    assert receiver.accounts(tokens["access_token"]).status_code == 401
    renewed = receiver.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (renewed.status_code, renewed.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "another-verifier"},
        {"redirect_uri": "https://elsewhere.example"},
    ],
)
def test_a_code_is_good_for_whoever_asked_for_it_only(
    receiver: Receiver, changes: dict[str, str]
) -> None:
    consent_id = receiver.consent_id()
    answer = receiver.exchange(receiver.approve(consent_id), **changes)
    assert answer.json() == {"error": "invalid_grant"}
    assert receiver.read(consent_id)["rejection"]["reason"]["code"] == "CONSENT_TECHNICAL_ISSUE"


def test_a_code_is_good_once_and_its_second_use_ends_what_it_gave(receiver: Receiver) -> None:
    code = receiver.approve(receiver.consent_id())
    tokens = receiver.exchange(code).json()
    assert receiver.exchange(code).json() == {"error": "invalid_grant"}
    assert receiver.accounts(tokens["access_token"]).status_code == 401


def test_a_code_is_good_for_a_minute(receiver: Receiver) -> None:
    code = receiver.approve(receiver.consent_id())
    Visit.objects.update(grant_expires_at=timezone.now())
    assert receiver.exchange(code).json() == {"error": "invalid_grant"}


def test_a_code_of_another_brand_is_none(receiver: Receiver) -> None:
    code = receiver.approve(receiver.consent_id())
    assert Receiver(brand="itau").exchange(code).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize("form", [{"grant_type": "password"}, {}])
def test_other_grants_are_unknown(receiver: Receiver, form: dict[str, str]) -> None:
    assert receiver.token(**form).json() == {"error": "unsupported_grant_type"}


def test_a_token_for_more_than_consents_is_refused(receiver: Receiver) -> None:
    answer = receiver.token(grant_type="client_credentials", scope="payments")
    assert answer.json() == {"error": "invalid_scope"}


@pytest.mark.parametrize("secret", ["wrong", ""])
def test_only_the_receiver_gets_tokens(receiver: Receiver, secret: str) -> None:
    answer = receiver.token(secret=secret, grant_type="client_credentials", scope="consents")
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_no_token_and_no_cpf_is_in_the_tables(receiver: Receiver) -> None:
    _, tokens = receiver.connect()
    stored = str([list(model.objects.values()) for model in (Token, Visit)])
    assert tokens["access_token"] not in stored
    assert "a-state" not in stored


def test_a_request_of_nobody_known_leads_nowhere(receiver: Receiver) -> None:
    for changes in ({"client_id": "other"}, {"redirect_uri": "https://elsewhere.example"}):
        assert receiver.authorise_url(receiver.consent_id(), **changes) == ""


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": "openid consent:urn:nubank:none"}, "invalid_scope"),
    ],
)
def test_a_request_with_a_fault_comes_back_with_its_name(
    receiver: Receiver, changes: dict[str, str], error: str
) -> None:
    location = receiver.authorise_url(receiver.consent_id(), **changes)
    assert location.startswith("https://connect.example/conectar/retorno?")
    assert f"error={error}" in location


def test_a_consent_that_has_ended_is_not_authorised(receiver: Receiver) -> None:
    consent_id = receiver.consent_id()
    receiver.tell("acts", consent_id=consent_id, act="expire")
    assert "error=access_denied" in receiver.authorise_url(consent_id)


def test_a_bank_that_is_down_gives_no_token(receiver: Receiver) -> None:
    receiver.tell("brands", brand="nubank", is_down=True)
    answer = receiver.token(grant_type="client_credentials", scope="consents")
    assert (answer.status_code, answer.json()) == (503, {"error": "temporarily_unavailable"})


def test_whoever_shows_no_interaction_id_sees_no_accounts(receiver: Receiver) -> None:
    _, tokens = receiver.connect()
    path = f"{receiver.base}/open-banking/accounts/v2/accounts"
    answer = receiver.call("GET", path, token=tokens["access_token"], x_fapi_interaction_id="")
    assert code_of(answer) == "PARAMETRO_INVALIDO"
