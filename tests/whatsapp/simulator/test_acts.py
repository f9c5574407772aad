"""What a program does on a phone arrives at the business as WhatsApp would tell it."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.whatsapp.simulator.bodies import BUTTONS, LIST, message
from tests.whatsapp.simulator.business import Business
from tests.whatsapp.simulator.conftest import Send
from whatsapp import updates
from whatsapp.simulator.models import SimulatedMessage, SimulatedPhone

pytestmark = pytest.mark.usefixtures("phone")


def act(client: Client, act: str, **facts: object) -> Any:
    body = {"phone": "+5511987654321", "act": act, **facts}
    return client.post("/simulator/acts", body, content_type="application/json")


def sent(send: Send, kind: str = "text", content: Any = None) -> str:
    """Send a message to Alice and return its id."""
    return str(send(message(kind, content)).json()["messages"][0]["id"])


def test_a_text_is_told_with_who_wrote_it(
    client: Client, business: Business, phone: SimulatedPhone
) -> None:
    wamid = act(client, "say", text=" Oi! ").json()["wamid"]
    (text,) = business.told()
    assert isinstance(text, updates.Text)
    assert (text.message_id, text.body) == (wamid, " Oi! ")
    assert text.sender == updates.Sender(wa_id=phone.digits, user_id=phone.user_id, name=phone.name)


def test_a_row_is_told_with_its_list(send: Send, client: Client, business: Business) -> None:
    wamid = sent(send, "interactive", LIST)
    act(client, "row", wamid=wamid, id="bank:nubank")
    *_, read, reply = business.told()
    assert isinstance(read, updates.Status)
    assert isinstance(reply, updates.ListReply)
    assert (reply.id, reply.title, reply.context_message_id) == ("bank:nubank", "Nubank", wamid)
    assert read.state == "read"


def test_a_button_is_told_with_its_message(send: Send, client: Client, business: Business) -> None:
    wamid = sent(send, "interactive", BUTTONS)
    act(client, "button", wamid=wamid, id="yes")
    reply = business.told()[-1]
    assert isinstance(reply, updates.ButtonReply)
    assert (reply.id, reply.title, reply.context_message_id) == ("yes", "Sim", wamid)


@pytest.mark.usefixtures("account")
def test_a_button_of_a_template_gives_back_its_payload(
    send: Send, client: Client, business: Business
) -> None:
    wamid = sent(send, "template")
    act(client, "template_button", wamid=wamid, index=0)
    reply = business.told()[-1]
    assert isinstance(reply, updates.TemplateReply)
    assert (reply.payload, reply.text) == ("bank:nubank", "Nubank")
    assert reply.context_message_id == wamid


@pytest.mark.usefixtures("account")
def test_a_button_of_a_template_without_a_payload_gives_its_text(
    send: Send, client: Client, business: Business
) -> None:
    body = message("template")
    del body["template"]["components"][1]
    wamid = send(body).json()["messages"][0]["id"]
    act(client, "template_button", wamid=wamid, index=0)
    reply = business.told()[-1]
    assert isinstance(reply, updates.TemplateReply)
    assert (reply.payload, reply.text) == ("Nubank", "Nubank")


@pytest.mark.usefixtures("account")
def test_what_is_not_on_the_message_cannot_be_tapped(send: Send, client: Client) -> None:
    listed, template = sent(send, "interactive", LIST), sent(send, "template")
    wrong = [
        act(client, "row", wamid=listed, id="bank:itau"),
        act(client, "button", wamid=listed, id="bank:nubank"),
        act(client, "row", wamid="wamid.another", id="bank:nubank"),
        act(client, "template_button", wamid=template, index=1),
        act(client, "template_button", wamid=template, index=2),
        act(client, "template_button", wamid=listed, index=0),
        act(client, "open_flow", wamid=listed),
        act(client, "flow", wamid=listed, part=0),
    ]
    assert [answer.status_code for answer in wrong] == [400] * len(wrong)
    assert not SimulatedMessage.objects.filter(is_from_person=True).exists()


def test_nobody_taps_on_anothers_phone(send: Send, client: Client) -> None:
    wamid = sent(send, "interactive", LIST)
    SimulatedPhone.objects.create(number="+5521987654322", name="Bruno")
    answer = act(client, "row", phone="+5521987654322", wamid=wamid, id="bank:nubank")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"phone": "+5521987654322"}, 404),
        ({"act": "dance"}, 400),
        ({"text": ""}, 400),
        ({"text": "x" * 4097}, 400),
        ({"text": "half \ud83d"}, 400),
        ({"text": "a\x00b"}, 400),
        ({"act": "template_button", "wamid": "wamid.x", "index": "first"}, 400),
    ],
)
def test_an_act_that_cannot_be_is_refused(
    client: Client, facts: dict[str, object], status: int
) -> None:
    body = {"phone": "+5511987654321", "act": "say", "text": "Oi", **facts}
    answer = client.post("/simulator/acts", json.dumps(body), content_type="application/json")
    assert answer.status_code == status


def test_reading_is_told(send: Send, client: Client, business: Business) -> None:
    act(client, "read", wamid=sent(send))
    assert business.states() == ["sent", "delivered", "read"]


def test_both_directions_are_listed(send: Send, client: Client, phone: SimulatedPhone) -> None:
    sent(send)
    act(client, "say", text="Oi")
    found = client.get("/simulator/messages", {"phone": phone.number}).json()["messages"]
    assert [each["is_from_person"] for each in found] == [False, True]
    assert found[1]["payload"]["text"] == {"body": "Oi"}


def test_marketing_is_stopped_and_resumed(
    client: Client, phone: SimulatedPhone, business: Business
) -> None:
    act(client, "prefer", wants="stop")
    act(client, "prefer", wants="resume")
    stop, resume = business.told()
    assert isinstance(stop, updates.PreferenceChange)
    assert isinstance(resume, updates.PreferenceChange)
    assert (stop.preference, resume.preference) == ("stop", "resume")
    assert (stop.wa_id, stop.user_id) == (phone.digits, phone.user_id)
