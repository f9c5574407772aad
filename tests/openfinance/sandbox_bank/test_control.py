"""What tests and demos tell the bank, and what it refuses to be told."""

import pytest
from django.test import Client

from tests.openfinance.sandbox_bank.receiver import Receiver


def test_the_consents_of_a_brand_are_listed_newest_first(receiver: Receiver) -> None:
    older, newer = receiver.consent_id(), receiver.consent_id()
    Receiver(brand="itau").consent_id()
    receiver.tell("acts", consent_id=older, act="revoke")
    listed = receiver.client.get("/sandbox-bank/control/consents?brand=nubank").json()["consents"]
    assert [row["consent_id"] for row in listed] == [newer, older]
    assert [row["code"] for row in listed] == ["", "CUSTOMER_MANUALLY_REJECTED"]


def test_what_a_brand_is_not_told_stays_as_it_is(receiver: Receiver) -> None:
    receiver.tell("brands", brand="nubank", token_seconds=2, lacks=["credit"])
    told = receiver.tell("brands", brand="nubank", is_down=True).json()
    assert told == {
        "brand": "nubank",
        "is_down": True,
        "token_seconds": 2,
        "lacks": ["credit"],
        "needs_several_approvers": False,
    }


@pytest.mark.parametrize(
    ("what", "facts", "status"),
    [
        ("brands", {"brand": "another"}, 400),
        ("brands", {"brand": "nubank", "token_seconds": 0}, 400),
        ("brands", {"brand": "nubank", "token_seconds": 901}, 400),
        ("brands", {"brand": "nubank", "lacks": ["everything"]}, 400),
        ("customers", {"brand": "nubank", "cpf": "1"}, 400),
        ("acts", {"consent_id": "urn:nubank:1", "act": "revoke"}, 404),
        ("acts", {"act": "revoke"}, 404),
    ],
)
def test_what_makes_no_sense_is_refused(
    receiver: Receiver, what: str, facts: dict[str, object], status: int
) -> None:
    assert receiver.tell(what, **facts).status_code == status


def test_an_unknown_act_is_refused(receiver: Receiver) -> None:
    answer = receiver.tell("acts", consent_id=receiver.consent_id(), act="dance")
    assert answer.status_code == 400


@pytest.mark.parametrize("body", ["", "[]", "{"])
def test_only_objects_of_json_are_understood(db: None, body: str) -> None:
    url = "/sandbox-bank/control/brands"
    assert Client().post(url, body, content_type="application/json").status_code == 400


def test_a_reset_forgets_everything(receiver: Receiver) -> None:
    consent_id, tokens = receiver.connect()
    receiver.tell("brands", brand="nubank", is_down=True)
    receiver.tell("reset")
    assert receiver.accounts(tokens["access_token"]).status_code == 401
    assert receiver.call("GET", f"{receiver.consents}/{consent_id}").status_code == 404
