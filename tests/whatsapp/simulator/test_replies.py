"""What a person does on the page: each act is a message of theirs, and what is not there is 400."""

from typing import Any

import pytest
from django.test import Client

from tests.whatsapp.simulator.bodies import BUTTONS, LIST, message
from whatsapp.simulator.models import SimulatedMessage, SimulatedPhone, SimulatedTemplate


def store(phone: SimulatedPhone, payload: dict[str, Any]) -> SimulatedMessage:
    return SimulatedMessage.objects.create(phone=phone, to=phone.number, payload=payload)


@pytest.fixture
def picker(phone: SimulatedPhone) -> SimulatedMessage:
    return store(phone, message("interactive", LIST))


def post(client: Client, message: SimulatedMessage, what: str, **facts: str) -> Any:
    return client.post(f"/simulator/messages/{message.pk}/{what}", facts)


def sent() -> dict[str, Any]:
    payload: dict[str, Any] = SimulatedMessage.objects.get(is_from_person=True).payload
    return payload


def test_what_is_typed_is_sent_and_opens_the_window(client: Client, phone: SimulatedPhone) -> None:
    answer = client.post(f"/simulator/phones/{phone.pk}/say", {"text": " oi\ntudo bem? "})
    assert (answer.status_code, answer.headers["HX-Trigger"]) == (204, '{"acted": {}}')
    assert sent()["text"] == {"body": "oi\ntudo bem?"}
    phone.refresh_from_db()
    assert phone.is_in_window()


@pytest.mark.parametrize("text", ["", "   ", "x" * 4097])
def test_nothing_and_too_much_are_not_sent(
    client: Client, phone: SimulatedPhone, text: str
) -> None:
    answer = client.post(f"/simulator/phones/{phone.pk}/say", {"text": text})
    assert answer.status_code == 400
    assert not SimulatedMessage.objects.exists()


def test_a_row_is_picked(client: Client, picker: SimulatedMessage) -> None:
    assert post(client, picker, "row", row="bank:nubank").status_code == 204
    reply = {"id": "bank:nubank", "title": "Nubank"}
    assert sent()["interactive"] == {"type": "list_reply", "list_reply": reply}
    assert sent()["context"]["id"] == picker.wamid


def test_a_button_is_pressed(client: Client, phone: SimulatedPhone) -> None:
    asked = store(phone, message("interactive", BUTTONS))
    assert post(client, asked, "button", button="yes").status_code == 204
    assert sent()["interactive"]["button_reply"] == {"id": "yes", "title": "Sim"}


def test_a_quick_reply_of_a_template_is_pressed(client: Client, phone: SimulatedPhone) -> None:
    buttons = [{"type": "QUICK_REPLY", "text": "Nubank"}]
    SimulatedTemplate.objects.create(
        name="escolha",
        language="pt_BR",
        category="UTILITY",
        components=[{"type": "BUTTONS", "buttons": buttons}],
    )
    payload = {"type": "payload", "payload": "bank:nubank"}
    content = {
        "name": "escolha",
        "language": {"code": "pt_BR"},
        "components": [
            {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [payload]}
        ],
    }
    asked = store(phone, message("template", content))
    assert post(client, asked, "template-button", index="0").status_code == 204
    assert sent()["button"] == {"payload": "bank:nubank", "text": "Nubank"}


@pytest.mark.parametrize(
    ("what", "facts"),
    [
        ("row", {"row": "bank:inter"}),
        ("row", {}),
        ("button", {"button": "yes"}),
        ("template-button", {"index": "0"}),
        ("template-button", {"index": "-1"}),
        ("template-button", {"index": "first"}),
    ],
)
def test_what_the_message_does_not_have_is_not_sent(
    client: Client, picker: SimulatedMessage, what: str, facts: dict[str, str]
) -> None:
    assert post(client, picker, what, **facts).status_code == 400
    assert not SimulatedMessage.objects.filter(is_from_person=True).exists()


@pytest.mark.parametrize("what", ["row", "button", "template-button", "flow"])
def test_what_no_phone_got_cannot_be_answered(client: Client, db: None, what: str) -> None:
    lost = SimulatedMessage.objects.create(to="+551130000000", payload=message())
    assert post(client, lost, what, row="bank:nubank").status_code == 404


def test_a_person_does_not_answer_themselves(client: Client, phone: SimulatedPhone) -> None:
    own = SimulatedMessage.objects.create(
        phone=phone, to="1", payload=message("interactive", LIST), is_from_person=True
    )
    assert post(client, own, "row", row="bank:nubank").status_code == 404


def test_another_site_cannot_act_for_the_person(phone: SimulatedPhone) -> None:
    stranger = Client(enforce_csrf_checks=True)
    answer = stranger.post(f"/simulator/phones/{phone.pk}/say", {"text": "oi"})
    assert answer.status_code == 403
