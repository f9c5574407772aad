"""The sheet of a Flow as the page gets it, tap by tap."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import responses
from django.test import Client

from tests.whatsapp.simulator import flows
from tests.whatsapp.simulator.flow_endpoint import Answer, Endpoint, Request
from tests.whatsapp.simulator.flows import CHOOSE, CONTINUE, FOOTER, STEPS
from whatsapp.simulator.models import (
    EncryptionKey,
    FlowSession,
    SimulatedMessage,
    SimulatedPhone,
)


def script(request: Request) -> Answer:
    return STEPS if (request["data"] or {}).get("step") == "choose" else CHOOSE


@pytest.fixture
def endpoint(live_db: None) -> Iterator[Endpoint]:
    endpoint = Endpoint(answer=script)
    EncryptionKey.objects.create(public_key=endpoint.public_key)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_callback("POST", flows.URL, endpoint)
        yield endpoint


@pytest.fixture
def message(endpoint: Endpoint) -> SimulatedMessage:
    flows.publish()
    phone = SimulatedPhone.objects.create(number="+5511987654321", name="Alice")
    return flows.receive(phone)


@pytest.fixture
def sheet(client: Client, message: SimulatedMessage) -> str:
    """Open the Flow and return its first screen."""
    return client.post(f"/simulator/messages/{message.pk}/flow").text


def act(client: Client, sheet: str, what: str, **facts: Any) -> Any:
    """Post what the sheet's form would, with its own turn."""
    (turn,) = re.findall(r'name="_turn" value="(\d+)"', sheet)
    (pk,) = set(re.findall(r"/simulator/flows/(\d+)/", sheet))
    return client.post(f"/simulator/flows/{pk}/{what}", {"_turn": turn, **facts})


def press(client: Client, sheet: str, number: int, **values: str) -> str:
    answer = act(client, sheet, "press", _part=number, **values)
    assert answer.status_code == 200
    return str(answer.text)


def test_the_first_screen_is_shown(sheet: str) -> None:
    assert re.search(r"<h2[^>]*>Escolha</h2>", sheet)
    assert re.search(r'type="radio" name="bank" value="nubank"', sheet)
    assert "Voltar" not in sheet


def test_what_is_missing_is_marked(client: Client, sheet: str) -> None:
    marked = press(client, sheet, CONTINUE, query="nu")
    assert "Escolha uma opção." in marked
    assert 'name="query" value="nu"' in marked


def test_the_next_screen_has_a_way_back_to_what_was_put_in(client: Client, sheet: str) -> None:
    steps = press(client, sheet, CONTINUE, bank="nubank")
    assert 'aria-label="Voltar"' in steps
    before = act(client, steps, "back").text
    assert re.search(r'value="nubank" checked', before)


def test_the_end_of_a_flow_empties_the_sheet(client: Client, sheet: str) -> None:
    done = press(client, press(client, sheet, CONTINUE, bank="nubank"), FOOTER)
    answer = act(client, done, "press", _part=FOOTER)
    assert (answer.text, answer.headers["HX-Trigger"]) == ("", '{"acted": {}}')
    assert SimulatedMessage.objects.filter(is_from_person=True).count() == 1


def test_a_second_tap_on_the_same_screen_shows_where_the_first_led(
    client: Client, sheet: str, endpoint: Endpoint
) -> None:
    press(client, sheet, CONTINUE, bank="nubank")
    assert "Como funciona" in press(client, sheet, CONTINUE, bank="itau")
    assert len(endpoint.heard) == 2


def test_a_tap_after_the_flow_was_finished_is_not_found(client: Client, sheet: str) -> None:
    assert act(client, sheet, "close").text == ""
    assert act(client, sheet, "press", _part=CONTINUE).status_code == 404
    assert not FlowSession.objects.exists()


def test_what_went_wrong_can_be_tried_again(client: Client, sheet: str, endpoint: Endpoint) -> None:
    endpoint.answer = lambda _: (500, {})
    failed = press(client, sheet, CONTINUE, bank="nubank")
    assert "Tentar de novo" in failed
    assert re.search(r'value="nubank" checked', failed)
    endpoint.answer = script
    assert "Como funciona" in act(client, failed, "retry").text


def test_a_first_screen_that_did_not_come_can_be_tried_again(
    client: Client, message: SimulatedMessage, endpoint: Endpoint
) -> None:
    endpoint.answer = lambda _: (500, {})
    failed = client.post(f"/simulator/messages/{message.pk}/flow").text
    assert "Tentar de novo" in failed
    endpoint.answer = script
    assert "Escolha" in act(client, failed, "retry").text


def test_a_token_that_ended_says_why_and_takes_the_button_away(
    client: Client, sheet: str, endpoint: Endpoint, message: SimulatedMessage
) -> None:
    endpoint.answer = lambda _: (427, {"error_msg": "Peça outro."})
    ended = press(client, sheet, CONTINUE, bank="nubank")
    assert "Peça outro." in ended
    assert re.search(rf'id="flow-of-{message.pk}"[^>]*hx-swap-oob="true"[^>]*disabled', ended)
    page = client.get("/simulator/").text
    assert re.search(rf'id="flow-of-{message.pk}"[^>]*disabled', page)


def test_a_note_of_the_endpoint_is_read_out(client: Client, sheet: str, endpoint: Endpoint) -> None:
    endpoint.answer = lambda _: {"screen": "CHOOSE", "data": {"error_message": "Tente outro."}}
    noted = press(client, sheet, CONTINUE, bank="nubank")
    assert re.search(r'role="alert"><p>Tente outro\.</p>', noted)


@pytest.mark.parametrize("part", ["0", "99", "first", "-1", ""])
def test_what_cannot_be_tapped_is_400(client: Client, sheet: str, part: str) -> None:
    assert act(client, sheet, "press", _part=part).status_code == 400


def test_a_flow_that_is_not_there_says_so(client: Client, message: SimulatedMessage) -> None:
    assert message.phone is not None
    other = flows.receive(message.phone, flows.body(flow_name="outro"))
    assert "não existe mais" in client.post(f"/simulator/messages/{other.pk}/flow").text


def test_what_comes_from_the_endpoint_cannot_break_the_page(
    client: Client, message: SimulatedMessage, endpoint: Endpoint
) -> None:
    bank = {"id": '"><script>', "title": "<script>", "image": '"><script>'}
    endpoint.answer = lambda _: {
        "screen": "CHOOSE",
        "data": {"banks": [bank], "error_message": "<script>"},
    }
    assert "<script" not in client.post(f"/simulator/messages/{message.pk}/flow").text
