"""The bodies and headers of the Consents API, and what its answers mean."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from openfinance.permissions import Group, expand
from openfinance.providers import Person, ProviderError, Reason
from openfinance.providers.brasil import BrasilProvider
from tests.openfinance.brasil import receiver
from tests.openfinance.brasil.bank import (
    CONSENT_ID,
    CONSENT_URL,
    CONSENTS,
    MTLS,
    REFERENCE,
    Bank,
    consent,
    error,
)

END = datetime(2099, 11, 24, 1, 2, 3, 999_999, tzinfo=timezone(timedelta(hours=-3)))


def refusal(adapter: BrasilProvider, **changes: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        adapter.start(receiver.request(REFERENCE, **changes))
    return caught.value


def extend(adapter: BrasilProvider, **changes: Any) -> Any:
    whole: dict[str, Any] = {"expires_at": END, "person": receiver.ALICE, **changes}
    return adapter.extend(bank=REFERENCE, consent_id=CONSENT_ID, access_token="hers", **whole)


def test_a_consent_is_asked_for_in_the_words_of_the_specification(
    adapter: BrasilProvider, bank: Bank
) -> None:
    adapter.start(receiver.request(REFERENCE, expires_at=END))
    assert json.loads(bank.calls(CONSENTS)[0].body) == {
        "data": {
            "loggedUser": {"document": {"identification": "76109277673", "rel": "CPF"}},
            "permissions": list(receiver.ASKED),
            "expirationDateTime": "2099-11-24T04:02:03Z",
        }
    }


def test_a_term_without_an_end_is_left_out(adapter: BrasilProvider, bank: Bank) -> None:
    bank.answers("POST", CONSENTS, consent(expirationDateTime=None), 201)
    departure = adapter.start(receiver.request(REFERENCE, expires_at=None))
    assert "expirationDateTime" not in json.loads(bank.calls(CONSENTS)[0].body)["data"]
    assert departure.consent is not None
    assert departure.consent.expires_at is None


def test_the_bank_is_told_who_is_there(adapter: BrasilProvider, bank: Bank) -> None:
    adapter.start(receiver.request(REFERENCE))
    headers = bank.calls(CONSENTS)[0].headers
    assert headers["x-fapi-customer-ip-address"] == "203.0.113.7"
    assert headers["x-customer-user-agent"] == "Mozilla/5.0 (iPhone; Jos)"
    assert headers["x-fapi-auth-date"] == "Tue, 24 Nov 2026 03:00:05 GMT"
    assert headers["Authorization"] == "Bearer an-access-token"
    assert headers["Content-Type"] == "application/json"


def test_nothing_is_told_of_nobody(adapter: BrasilProvider, bank: Bank) -> None:
    adapter.start(receiver.request(REFERENCE, person=Person(cpf="76109277673")))
    sent = {name.lower() for name in bank.calls(CONSENTS)[0].headers}
    assert not sent & {
        "x-fapi-customer-ip-address",
        "x-customer-user-agent",
        "x-fapi-auth-date",
    }


def test_a_business_is_named_beside_who_acts_for_it(adapter: BrasilProvider, bank: Bank) -> None:
    asked = expand([Group.BUSINESS_IDENTIFICATION])
    bank.answers("POST", CONSENTS, consent(permissions=list(asked)), 201)
    person = replace(receiver.ALICE, cnpj="12ABC34501DE35")
    adapter.start(receiver.request(REFERENCE, permissions=asked, person=person))
    assert json.loads(bank.calls(CONSENTS)[0].body)["data"]["businessEntity"] == {
        "document": {"identification": "12ABC34501DE35", "rel": "CNPJ"}
    }


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"permissions": ()}, Reason.INCOMPLETE_GROUP),
        ({"permissions": ("RESOURCES_READ",)}, Reason.INCOMPLETE_GROUP),
        ({"permissions": ("ACCOUNTS_READ", "RESOURCES_READ")}, Reason.INCOMPLETE_GROUP),
        ({"permissions": (*receiver.ASKED, "LOANS_READ")}, Reason.INCOMPLETE_GROUP),
        ({"permissions": (*receiver.ASKED, "ACCOUNTS_READ")}, Reason.INCOMPLETE_GROUP),
        ({"permissions": expand([Group.BUSINESS_DETAILS])}, Reason.BUSINESS_MISSING),
        (
            {"permissions": expand([Group.DETAILS]) + expand([Group.BUSINESS_DETAILS])},
            Reason.PERSON_AND_BUSINESS,
        ),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, Reason.WRONG_TERM),
        ({"person": Person(cpf="761.092.776-73")}, Reason.REQUEST_REFUSED),
        ({"person": Person(cpf="")}, Reason.REQUEST_REFUSED),
        ({"person": Person(cpf="76109277673", cnpj="1")}, Reason.REQUEST_REFUSED),
    ],
)
def test_what_a_bank_would_refuse_reaches_none(
    adapter: BrasilProvider, bank: Bank, changes: dict[str, Any], reason: Reason
) -> None:
    assert refusal(adapter, **changes).reason is reason
    assert bank.calls(CONSENTS) == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("SEM_PERMISSOES_FUNCIONAIS_RESTANTES", Reason.NOTHING_TO_SHARE),
        ("INFORMACOES_PJ_NAO_INFORMADAS", Reason.BUSINESS_MISSING),
        ("PERMISSOES_PJ_INCORRETAS", Reason.BUSINESS_PERMISSIONS),
        ("PERMISSAO_PF_PJ_EM_CONJUNTO", Reason.PERSON_AND_BUSINESS),
        ("COMBINACAO_PERMISSOES_INCORRETA", Reason.INCOMPLETE_GROUP),
        ("DATA_EXPIRACAO_INVALIDA", Reason.WRONG_TERM),
        ("ERRO_NAO_MAPEADO", Reason.UNPROCESSABLE),
        ("o CPF 76109277673", Reason.UNPROCESSABLE),
    ],
)
def test_each_code_of_a_422_is_a_reason_that_quotes_nothing_of_the_person(
    adapter: BrasilProvider, bank: Bank, code: str, reason: Reason
) -> None:
    bank.answers("POST", CONSENTS, error(code), 422)
    caught = refusal(adapter)
    assert caught.reason is reason
    assert caught.is_permanent
    assert "Alice" not in str(caught)
    assert "76109277673" not in str(caught)


@pytest.mark.parametrize(
    "changes",
    [
        {"consentId": None},
        {"consentId": "urn:bank"},
        {"consentId": f"urn:bank:{'x' * 300}"},
        {"status": "CONSUMED"},
        {"permissions": []},
        {"permissions": None},
        {"permissions": [7]},
        {"permissions": {"ACCOUNTS_READ": 1}},
        {"creationDateTime": "yesterday"},
        {"creationDateTime": "2026-11-24T03:00:00"},
        {"statusUpdateDateTime": 7},
        {"expirationDateTime": "0001-01-01T00:00:00+14:00"},
        {"permissions": [*receiver.ASKED, "LOANS_READ"]},
    ],
)
def test_a_consent_that_the_specification_does_not_know_is_a_bad_answer(
    adapter: BrasilProvider, bank: Bank, changes: dict[str, Any]
) -> None:
    bank.answers("POST", CONSENTS, consent(**changes), 201)
    assert refusal(adapter).reason is Reason.BAD_ANSWER


@pytest.mark.parametrize("body", ["", "[]", "null", "<html>", '{"data": []}', "[" * 100_000])
def test_what_is_no_consent_at_all_is_a_bad_answer(
    adapter: BrasilProvider, bank: Bank, body: str
) -> None:
    bank.mock.upsert("POST", CONSENTS, body=body, status=201)
    assert refusal(adapter).reason is Reason.BAD_ANSWER


def test_the_answer_about_another_consent_is_a_bad_answer(
    adapter: BrasilProvider, bank: Bank
) -> None:
    bank.answers("GET", CONSENT_URL, consent(consentId="urn:bank:other"))
    with pytest.raises(ProviderError) as caught:
        adapter.read(bank=REFERENCE, consent_id=CONSENT_ID)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_times_against_the_specification_are_understood_all_the_same(
    adapter: BrasilProvider, bank: Bank
) -> None:
    changes = {"creationDateTime": "2026-11-24T00:00:00.123-03:00", "status": "REJECTED"}
    bank.answers("GET", CONSENT_URL, consent(**changes))
    read = adapter.read(bank=REFERENCE, consent_id=CONSENT_ID)
    assert read.created_at == datetime(2026, 11, 24, 3, 0, 0, 123_000, tzinfo=UTC)
    assert read.rejection is None


def test_a_reason_that_the_specification_does_not_know_is_none(
    adapter: BrasilProvider, bank: Bank
) -> None:
    rejection = {"rejectedBy": "NOBODY", "reason": {"code": "BECAUSE"}}
    bank.answers("GET", CONSENT_URL, consent(status="REJECTED", rejection=rejection))
    read = adapter.read(bank=REFERENCE, consent_id=CONSENT_ID)
    assert read.rejection is not None
    assert (read.rejection.by, read.rejection.reason) == (None, None)


def test_the_end_that_version_2_wrote_for_none_is_none(adapter: BrasilProvider, bank: Bank) -> None:
    bank.answers("GET", CONSENT_URL, consent(expirationDateTime="2300-01-01T00:00:00Z"))
    assert adapter.read(bank=REFERENCE, consent_id=CONSENT_ID).expires_at is None


def test_an_extension_goes_with_the_persons_own_token_and_tells_who_is_there(
    adapter: BrasilProvider, bank: Bank
) -> None:
    bank.answers("POST", f"{CONSENT_URL}/extends", consent(status="AUTHORISED"), 201)
    extend(adapter)
    call = bank.calls(f"{CONSENT_URL}/extends")[0]
    assert call.headers["Authorization"] == "Bearer hers"
    assert call.headers["x-fapi-customer-ip-address"] == "203.0.113.7"
    assert json.loads(call.body) == {
        "data": {
            "loggedUser": {"document": {"identification": "76109277673", "rel": "CPF"}},
            "expirationDateTime": "2099-11-24T04:02:03Z",
        }
    }
    assert bank.calls(f"{MTLS}/token") == []


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("DEPENDE_MULTIPLA_ALCADA", 422, Reason.SEVERAL_APPROVERS),
        ("ESTADO_CONSENTIMENTO_INVALIDO", 422, Reason.NOT_EXTENDABLE),
        ("DATA_EXPIRACAO_INVALIDA", 422, Reason.WRONG_TERM),
        ("ERRO_NAO_MAPEADO", 422, Reason.UNPROCESSABLE),
        ("", 403, Reason.NOT_EXTENDABLE),
    ],
)
def test_a_refused_extension_says_why(
    adapter: BrasilProvider, bank: Bank, code: str, status: int, reason: Reason
) -> None:
    bank.answers("POST", f"{CONSENT_URL}/extends", error(code), status)
    with pytest.raises(ProviderError) as caught:
        extend(adapter)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"person": replace(receiver.ALICE, ip="")}, Reason.REQUEST_REFUSED),
        ({"person": replace(receiver.ALICE, user_agent=" \r\n é ")}, Reason.REQUEST_REFUSED),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, Reason.WRONG_TERM),
    ],
)
def test_an_extension_that_the_bank_would_refuse_reaches_none(
    adapter: BrasilProvider, bank: Bank, changes: dict[str, Any], reason: Reason
) -> None:
    with pytest.raises(ProviderError) as caught:
        extend(adapter, **changes)
    assert caught.value.reason is reason


def test_the_extensions_of_every_page_come_newest_first(
    adapter: BrasilProvider, bank: Bank
) -> None:
    for page, day in ((1, "02"), (2, "01")):
        entry = {"requestDateTime": f"2026-11-{day}T00:00:00Z", "loggedUser": {}}
        url = f"{CONSENT_URL}/extensions?page={page}&page-size=25"
        bank.answers("GET", url, {"data": [entry], "meta": {"totalPages": 2}})
    found = adapter.extensions(bank=REFERENCE, consent_id=CONSENT_ID)
    assert [extension.requested_at.day for extension in found] == [2, 1]
    assert found[0].expires_at is None


def test_the_extensions_of_an_unknown_consent_are_none(adapter: BrasilProvider, bank: Bank) -> None:
    content = {"data": [], "meta": {"totalPages": 1}}
    bank.answers("GET", f"{CONSENT_URL}/extensions?page=1&page-size=25", content, 404)
    with pytest.raises(ProviderError) as caught:
        adapter.extensions(bank=REFERENCE, consent_id=CONSENT_ID)
    assert caught.value.reason is Reason.CONSENT_UNKNOWN


@pytest.mark.parametrize(
    "content",
    [{}, {"data": [{}], "meta": {"totalPages": 1}}, {"data": [], "meta": {}}, {"data": {"a": 1}}],
)
def test_malformed_extensions_are_a_bad_answer(
    adapter: BrasilProvider, bank: Bank, content: dict[str, Any]
) -> None:
    bank.answers("GET", f"{CONSENT_URL}/extensions?page=1&page-size=25", content)
    with pytest.raises(ProviderError) as caught:
        adapter.extensions(bank=REFERENCE, consent_id=CONSENT_ID)
    assert caught.value.reason is Reason.BAD_ANSWER
