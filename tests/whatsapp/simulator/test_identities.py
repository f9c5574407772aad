"""WhatsApp may leave out a person's number, and may change the number or the id."""

import pytest
from django.test import Client

from tests.whatsapp.simulator.bodies import message
from tests.whatsapp.simulator.business import Business
from tests.whatsapp.simulator.conftest import Send
from tests.whatsapp.simulator.test_acts import act
from whatsapp import updates
from whatsapp.simulator.models import SimulatedPhone

NEW = "+5521912345678"


def to_user_id(phone: SimulatedPhone) -> dict[str, object]:
    """Return a message addressed to the business-scoped id alone."""
    body = message()
    del body["to"]
    return {**body, "recipient": phone.user_id}


def test_a_hidden_number_is_in_no_webhook(
    send: Send, client: Client, phone: SimulatedPhone, business: Business
) -> None:
    act(client, "hide_number", hides=True)
    send(message())
    act(client, "say", text="Oi")
    act(client, "prefer", wants="stop")
    status, _, text, _ = business.told()
    assert isinstance(status, updates.Status)
    assert isinstance(text, updates.Text)
    assert (status.recipient_wa_id, status.recipient_user_id) == (None, phone.user_id)
    assert text.sender == updates.Sender(wa_id=None, user_id=phone.user_id, name="Alice")
    assert phone.digits.encode() not in b"".join(business.posts)


def test_a_number_that_is_shown_again_is_told_again(
    client: Client, phone: SimulatedPhone, business: Business
) -> None:
    act(client, "hide_number", hides=True)
    act(client, "hide_number", hides=False)
    act(client, "say", text="Oi")
    (text,) = business.told()
    assert isinstance(text, updates.Text)
    assert text.sender.wa_id == phone.digits


def test_a_new_number_comes_with_a_new_id(
    client: Client, phone: SimulatedPhone, business: Business
) -> None:
    answer = act(client, "change_number", number=NEW).json()
    (change,) = business.told()
    assert isinstance(change, updates.SystemChange)
    assert (change.kind, change.wa_id) == ("user_changed_number", "5521912345678")
    assert (change.previous_wa_id, change.previous_user_id) == (phone.digits, phone.user_id)
    assert (answer["number"], answer["user_id"]) == (NEW, change.user_id)


def test_of_a_hidden_number_only_the_new_id_is_told(
    client: Client, phone: SimulatedPhone, business: Business
) -> None:
    act(client, "hide_number", hides=True)
    act(client, "change_number", number=NEW)
    (change,) = business.told()
    assert isinstance(change, updates.SystemChange)
    assert (change.kind, change.wa_id) == ("user_changed_user_id", None)
    assert change.previous_user_id == phone.user_id


def test_an_id_may_change_alone(client: Client, phone: SimulatedPhone, business: Business) -> None:
    answer = act(client, "change_user_id").json()
    (change,) = business.told()
    assert isinstance(change, updates.SystemChange)
    assert (change.user_id, change.previous_user_id) == (answer["user_id"], phone.user_id)
    assert answer["number"] == phone.number


@pytest.mark.usefixtures("phone")
def test_nobody_takes_anothers_number(client: Client) -> None:
    SimulatedPhone.objects.create(number=NEW, name="Bruno")
    assert act(client, "change_number", number=NEW).status_code == 400


def test_a_message_to_an_id_reaches_the_phone_and_tells_no_number(
    send: Send, phone: SimulatedPhone
) -> None:
    answer = send(to_user_id(phone)).json()
    assert answer["contacts"] == [{"input": phone.user_id, "user_id": phone.user_id}]
    assert phone.messages.get().wamid == answer["messages"][0]["id"]


def test_where_both_are_given_the_number_wins(send: Send, phone: SimulatedPhone) -> None:
    answer = send({**message(), "recipient": "BR.1"}).json()
    assert answer["contacts"] == [{"input": phone.number, "wa_id": phone.digits}]


@pytest.mark.parametrize("recipient", ["5511987654321", "BR.", "br.1", "BR.1 2", "BR." + "1" * 129])
def test_what_is_no_id_is_refused(send: Send, phone: SimulatedPhone, recipient: str) -> None:
    body = {**to_user_id(phone), "recipient": recipient}
    assert send(body).json()["error"]["code"] == 131009


def test_a_wa_id_finds_its_phone_too(send: Send, phone: SimulatedPhone) -> None:
    SimulatedPhone.objects.update(wa_id="551187654321")
    send({**message(), "to": "+551187654321"})
    assert phone.messages.count() == 1
