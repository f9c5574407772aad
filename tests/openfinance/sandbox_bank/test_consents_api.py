"""The bank's Consents API: what the official specification says in words, and Prism cannot see."""

from typing import Any

import pytest

from openfinance.permissions import Group, expand
from tests.openfinance.sandbox_bank.receiver import (
    ALICE,
    ASKED,
    BOB,
    COMPANY,
    INTERACTION_ID,
    Receiver,
    code_of,
    in_days,
    party,
    wanted,
)


def test_a_consent_awaits_its_customer(receiver: Receiver) -> None:
    data = receiver.create().json()["data"]
    assert data["status"] == "AWAITING_AUTHORISATION"
    assert data["consentId"].startswith("urn:nubank:")
    assert data["permissions"] == list(ASKED)


def test_what_was_created_is_read_without_the_persons_cpf(receiver: Receiver) -> None:
    made = receiver.create().json()["data"]
    assert receiver.read(made["consentId"]) == made
    assert ALICE not in str(made)


def test_a_term_without_an_end_is_told_by_silence(receiver: Receiver) -> None:
    assert "expirationDateTime" not in receiver.create(expirationDateTime=None).json()["data"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"permissions": ["ACCOUNTS_READ", "RESOURCES_READ"]}, "COMBINACAO_PERMISSOES_INCORRETA"),
        ({"permissions": ["ACCOUNTS_BALANCES_READ"]}, "COMBINACAO_PERMISSOES_INCORRETA"),
        (
            {
                "permissions": [
                    *ASKED,
                    *expand([Group.IDENTIFICATION])[:1],
                    *expand([Group.BUSINESS_DETAILS])[:1],
                ]
            },
            "PERMISSAO_PF_PJ_EM_CONJUNTO",
        ),
        ({"permissions": list(expand([Group.BUSINESS_DETAILS]))}, "INFORMACOES_PJ_NAO_INFORMADAS"),
        (
            {
                "permissions": list(expand([Group.DETAILS])),
                "businessEntity": party(COMPANY, rel="CNPJ"),
            },
            "PERMISSOES_PJ_INCORRETAS",
        ),
        ({"expirationDateTime": in_days(-0.01)}, "DATA_EXPIRACAO_INVALIDA"),
        ({"expirationDateTime": in_days(367)}, "DATA_EXPIRACAO_INVALIDA"),
    ],
)
def test_what_is_well_formed_and_not_granted_is_a_422(
    receiver: Receiver, changes: dict[str, Any], code: str
) -> None:
    answer = receiver.create(**changes)
    assert answer.status_code == 422
    assert code_of(answer) == code


@pytest.mark.parametrize(
    "changes",
    [
        {"permissions": [*ASKED, "EVERYTHING_READ"]},
        {"permissions": [*ASKED, ASKED[0]]},
        {"permissions": []},
        {"permissions": [["ACCOUNTS_READ"]]},
        {"loggedUser": None},
        {"loggedUser": party("76109277674")},
        {"loggedUser": party("11111111111")},
        {"loggedUser": party(ALICE, rel="CNPJ")},
        {"loggedUser": {"document": ALICE}},
        {"businessEntity": party("11222333000182", rel="CNPJ")},
        {"expirationDateTime": "2027-11-24T00:00:00.000Z"},
        {"expirationDateTime": "2027-11-24T00:00:00+00:00"},
        {"expirationDateTime": "2027-02-30T00:00:00Z"},
        {"expirationDateTime": 1},
    ],
)
def test_what_is_malformed_is_a_400(receiver: Receiver, changes: dict[str, Any]) -> None:
    assert receiver.create(**changes).status_code == 400


def test_a_businesss_data_are_shared_with_its_documents(receiver: Receiver) -> None:
    asked = expand([Group.BUSINESS_DETAILS, Group.BALANCES])
    business = party(COMPANY, rel="CNPJ")
    answer = receiver.create(permissions=list(asked), businessEntity=business)
    assert answer.json()["data"]["permissions"] == list(asked)


def test_a_bank_grants_only_what_it_offers(receiver: Receiver) -> None:
    receiver.tell("brands", brand="nubank", lacks=["transactions"])
    granted = receiver.create().json()["data"]["permissions"]
    assert granted == ["ACCOUNTS_READ", "ACCOUNTS_BALANCES_READ", "RESOURCES_READ"]


def test_a_bank_that_offers_nothing_of_it_says_so(receiver: Receiver) -> None:
    receiver.tell("brands", brand="nubank", lacks=["transactions", "balances"])
    assert code_of(receiver.create()) == "SEM_PERMISSOES_FUNCIONAIS_RESTANTES"


def test_the_interaction_id_is_mirrored_and_the_version_told(receiver: Receiver) -> None:
    answer = receiver.create()
    assert answer.headers["x-fapi-interaction-id"] == INTERACTION_ID
    assert answer.headers["x-v"] == "3.3.1"


@pytest.mark.parametrize("given", ["", "not-a-uuid"])
def test_whoever_names_no_interaction_gets_a_400_and_a_name(receiver: Receiver, given: str) -> None:
    answer = receiver.call("POST", receiver.consents, wanted(), x_fapi_interaction_id=given)
    assert answer.status_code == 400
    assert len(answer.headers["x-fapi-interaction-id"]) == 36


@pytest.mark.parametrize("token", ["", "junk", "açaí"])
def test_nobody_gets_in_without_a_token(receiver: Receiver, token: str) -> None:
    answer = receiver.call("POST", receiver.consents, wanted(), token=token)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


def test_another_brands_token_opens_nothing(receiver: Receiver) -> None:
    token = Receiver(brand="itau").own_token()
    assert receiver.call("POST", receiver.consents, wanted(), token=token).status_code == 401


@pytest.mark.parametrize(
    ("method", "accepted", "status"),
    [("PATCH", "*/*", 405), ("GET", "text/html", 406)],
)
def test_the_other_refusals_of_http(
    receiver: Receiver, method: str, accepted: str, status: int
) -> None:
    path = f"{receiver.consents}/{receiver.consent_id()}"
    assert receiver.call(method, path, Accept=accepted).status_code == status


def test_a_body_that_is_no_json_is_a_415(receiver: Receiver) -> None:
    answer = receiver.client.post(
        receiver.consents,
        {"data": "form"},
        headers={
            "Authorization": f"Bearer {receiver.own_token()}",
            "x-fapi-interaction-id": INTERACTION_ID,
        },
    )
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "consent_id",
    ["urn:nubank:nothing", "urn:nubank:" + "0" * 32, "nothing"],
)
def test_an_unknown_consent_is_a_404(receiver: Receiver, consent_id: str) -> None:
    assert receiver.call("GET", f"{receiver.consents}/{consent_id}").status_code == 404


def test_a_brand_does_not_show_another_ones_consent(receiver: Receiver) -> None:
    other = Receiver(brand="itau")
    consent_id = receiver.consent_id()
    for name in (consent_id, consent_id.replace("nubank", "itau")):
        assert other.call("GET", f"{other.consents}/{name}").status_code == 404


def test_deleting_before_the_yes_is_a_refusal_and_after_it_a_revocation(
    receiver: Receiver,
) -> None:
    before, (after, _) = receiver.consent_id(), receiver.connect()
    codes = []
    for consent_id in (before, after):
        assert receiver.call("DELETE", f"{receiver.consents}/{consent_id}").status_code == 204
        codes.append(receiver.read(consent_id)["rejection"]["reason"]["code"])
    assert codes == ["CUSTOMER_MANUALLY_REJECTED", "CUSTOMER_MANUALLY_REVOKED"]


def test_what_has_ended_cannot_be_deleted(receiver: Receiver) -> None:
    path = f"{receiver.consents}/{receiver.consent_id()}"
    receiver.call("DELETE", path)
    again = receiver.call("DELETE", path)
    assert again.status_code == 422
    assert code_of(again) == "CONSENTIMENTO_EM_STATUS_REJEITADO"


def test_an_hour_without_an_answer_ends_a_consent(receiver: Receiver) -> None:
    consent_id = receiver.consent_id()
    receiver.tell("acts", consent_id=consent_id, act="expire")
    assert receiver.read(consent_id)["rejection"] == {
        "rejectedBy": "USER",
        "reason": {"code": "CONSENT_EXPIRED"},
    }


def test_the_end_of_its_term_ends_a_consent(receiver: Receiver) -> None:
    consent_id, _ = receiver.connect()
    receiver.tell("acts", consent_id=consent_id, act="expire")
    assert receiver.read(consent_id)["rejection"] == {
        "rejectedBy": "ASPSP",
        "reason": {"code": "CONSENT_MAX_DATE_REACHED"},
    }


def test_an_extension_changes_the_term_and_is_listed_newest_first(receiver: Receiver) -> None:
    consent_id, tokens = receiver.connect()
    first = in_days(340)
    receiver.extend(consent_id, tokens["access_token"], expirationDateTime=first)
    answer = receiver.extend(consent_id, tokens["access_token"], expirationDateTime=None)
    assert answer.status_code == 201
    assert "expirationDateTime" not in receiver.read(consent_id)
    listed = receiver.call("GET", f"{receiver.consents}/{consent_id}/extensions").json()
    assert [entry.get("expirationDateTime") for entry in listed["data"]] == [None, first]
    assert listed["data"][0]["previousExpirationDateTime"] == first
    assert listed["data"][0]["loggedUser"] == party(ALICE)


def test_extensions_come_in_pages(receiver: Receiver) -> None:
    consent_id, tokens = receiver.connect()
    for minute in range(26):
        moment = in_days(301 + minute / 1440)
        receiver.extend(consent_id, tokens["access_token"], expirationDateTime=moment)
    path = f"{receiver.consents}/{consent_id}/extensions"
    first = receiver.call("GET", path).json()
    assert (len(first["data"]), first["meta"]["totalRecords"], first["meta"]["totalPages"]) == (
        25,
        26,
        2,
    )
    second = receiver.call("GET", first["links"]["next"].removeprefix("http://testserver")).json()
    assert len(second["data"]) == 1
    assert receiver.call("GET", f"{path}?page-size=24").status_code == 400


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"expirationDateTime": in_days(299)}, "DATA_EXPIRACAO_INVALIDA"),
        ({"expirationDateTime": in_days(367)}, "DATA_EXPIRACAO_INVALIDA"),
        ({"expirationDateTime": in_days(-1)}, "DATA_EXPIRACAO_INVALIDA"),
    ],
)
def test_an_extension_must_be_longer_and_no_longer_than_a_year(
    receiver: Receiver, changes: dict[str, Any], code: str
) -> None:
    consent_id, tokens = receiver.connect()
    assert code_of(receiver.extend(consent_id, tokens["access_token"], **changes)) == code


def test_a_term_without_an_end_cannot_get_one(receiver: Receiver) -> None:
    consent_id, tokens = receiver.connect(expirationDateTime=None)
    answer = receiver.extend(consent_id, tokens["access_token"])
    assert code_of(answer) == "DATA_EXPIRACAO_INVALIDA"


def test_only_the_same_person_extends_and_with_their_own_token(receiver: Receiver) -> None:
    consent_id, tokens = receiver.connect()
    _, others = receiver.connect()
    for token, changes in (
        (tokens["access_token"], {"loggedUser": party(BOB)}),
        (others["access_token"], {}),
        (receiver.own_token(), {}),
    ):
        assert receiver.extend(consent_id, token, **changes).status_code == 403


def test_what_needs_several_people_is_not_extended(receiver: Receiver) -> None:
    consent_id, tokens = receiver.connect()
    receiver.tell("brands", brand="nubank", needs_several_approvers=True)
    answer = receiver.extend(consent_id, tokens["access_token"])
    assert code_of(answer) == "DEPENDE_MULTIPLA_ALCADA"


def test_an_extension_tells_from_where_it_is_asked(receiver: Receiver) -> None:
    consent_id, tokens = receiver.connect()
    path = f"{receiver.consents}/{consent_id}/extends"
    data = {"loggedUser": party(ALICE)}
    answer = receiver.call("POST", path, data, token=tokens["access_token"])
    assert answer.status_code == 400


def test_a_bank_that_is_down_answers_503(receiver: Receiver) -> None:
    token = receiver.own_token()
    receiver.tell("brands", brand="nubank", is_down=True)
    answer = receiver.call("POST", receiver.consents, wanted(), token=token)
    assert answer.status_code == 503
    assert code_of(answer) == "SERVICO_INDISPONIVEL"
