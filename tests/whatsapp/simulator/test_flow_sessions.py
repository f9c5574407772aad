"""A Flow as the person goes through it, with an endpoint that answers as Meta describes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import responses

from tests.whatsapp.simulator import flows
from tests.whatsapp.simulator.flow_endpoint import Answer, Endpoint, Request, new_key
from tests.whatsapp.simulator.flows import CHOOSE, CONTINUE, FOOTER, SEARCH, STEPS, TOKEN
from whatsapp.simulator.flow_player import sessions
from whatsapp.simulator.flow_player.exceptions import NoSuchPart, Overtaken, Unplayable
from whatsapp.simulator.models import (
    EncryptionKey,
    FlowSession,
    SimulatedMessage,
    SimulatedPhone,
)

DONE = {"screen": "DONE", "data": {"bank": "nubank"}}
FINISH = {
    "screen": "SUCCESS",
    "data": {"extension_message_response": {"params": {"flow_token": TOKEN, "bank": "itau"}}},
}


def script(request: Request) -> Answer:
    """Answer as a business does: the banks first, then the steps of the chosen one."""
    match request:
        case {"action": "data_exchange", "data": {"step": "choose"}}:
            return STEPS
    return CHOOSE


@pytest.fixture
def endpoint(live_db: None) -> Iterator[Endpoint]:
    endpoint = Endpoint(answer=script)
    EncryptionKey.objects.create(public_key=endpoint.public_key)
    with responses.RequestsMock() as mock:
        mock.add_callback("POST", flows.URL, endpoint)
        yield endpoint


@pytest.fixture
def message(live_db: None) -> SimulatedMessage:
    flows.publish()
    phone = SimulatedPhone.objects.create(number="+5511987654321", name="Alice")
    return flows.receive(phone)


@pytest.fixture
def session(endpoint: Endpoint, message: SimulatedMessage) -> FlowSession:
    return sessions.start(message=message)


def stored() -> FlowSession:
    return FlowSession.objects.get()


def chosen(session: FlowSession) -> FlowSession:
    return pressed(session, CONTINUE, bank="nubank")


def pressed(session: FlowSession, number: int, **form: str) -> FlowSession:
    posted = {name: [value] for name, value in form.items()}
    after = sessions.press(session=session, number=number, posted=posted)
    assert after is not None
    return after


def answer_of_the_person() -> dict[str, Any]:
    sent = SimulatedMessage.objects.get(is_from_person=True)
    reply = sent.payload["interactive"]["nfm_reply"]
    answer: dict[str, Any] = json.loads(reply["response_json"])
    return answer


def test_the_endpoint_says_which_screen_is_first(session: FlowSession, endpoint: Endpoint) -> None:
    (asked,) = endpoint.heard
    assert (asked["action"], asked["flow_token"], asked["version"]) == ("INIT", TOKEN, "3.0")
    assert stored().top == {"screen": "CHOOSE", "data": CHOOSE["data"], "form": {}}


def test_a_tap_sends_what_its_action_says(session: FlowSession, endpoint: Endpoint) -> None:
    pressed(session, SEARCH, query="nu")
    asked = endpoint.heard[-1]
    assert (asked["action"], asked["screen"]) == ("data_exchange", "CHOOSE")
    assert asked["data"] == {"step": "search", "query": "nu"}


def test_what_was_typed_outlives_a_refresh(session: FlowSession) -> None:
    pressed(session, SEARCH, query="nu")
    assert stored().top["form"] == {"query": "nu"}
    assert len(stored().path) == 1


def test_a_footer_waits_for_what_is_required(session: FlowSession, endpoint: Endpoint) -> None:
    pressed(session, CONTINUE, query="")
    assert stored().missing == ["bank"]
    assert len(endpoint.heard) == 1


def test_the_whole_flow_ends_with_an_answer_in_the_chat(session: FlowSession) -> None:
    done = pressed(chosen(session), FOOTER)
    assert done.screen["id"] == "DONE"
    assert sessions.press(session=done, number=FOOTER, posted={}) is None
    assert answer_of_the_person() == {"bank": "nubank", "flow_token": TOKEN}
    assert not FlowSession.objects.exists()


def test_an_endpoint_may_end_the_flow_itself(session: FlowSession, endpoint: Endpoint) -> None:
    endpoint.answer = lambda _: FINISH
    after = sessions.press(session=session, number=CONTINUE, posted={"bank": ["itau"]})
    assert after is None
    assert answer_of_the_person() == {"bank": "itau", "flow_token": TOKEN}


def test_a_screen_that_asks_for_it_is_left_by_asking(
    session: FlowSession, endpoint: Endpoint
) -> None:
    sessions.back(session=chosen(session))
    assert (endpoint.heard[-1]["action"], endpoint.heard[-1]["screen"]) == ("BACK", "STEPS")
    assert [frame["screen"] for frame in stored().path] == ["CHOOSE"]
    assert stored().top["form"] == {"bank": "nubank"}


def test_another_screen_is_left_without_asking(session: FlowSession, endpoint: Endpoint) -> None:
    sessions.back(session=pressed(chosen(session), FOOTER))
    assert stored().top["screen"] == "STEPS"
    assert len(endpoint.heard) == 2


def test_from_the_first_screen_nothing_leads_back(session: FlowSession) -> None:
    assert sessions.back(session=session) == session
    assert stored().top["screen"] == "CHOOSE"


def test_a_note_of_the_endpoint_is_shown_until_the_next_tap(
    session: FlowSession, endpoint: Endpoint
) -> None:
    endpoint.answer = lambda _: {"screen": "CHOOSE", "data": {"error_message": "Tente outro."}}
    noted = pressed(session, SEARCH)
    assert stored().snackbar == "Tente outro."
    assert "error_message" not in stored().top["data"]
    endpoint.answer = script
    pressed(noted, SEARCH)
    assert stored().snackbar == ""


@pytest.mark.parametrize("answer", [(500, {}), (200, {"screen": "CHOOSE"}), (432, {})])
def test_what_got_no_answer_is_asked_again(
    session: FlowSession, endpoint: Endpoint, answer: Answer
) -> None:
    endpoint.answer = lambda _: answer
    failed = chosen(session)
    asked = stored().unanswered
    assert asked is not None
    assert asked["data"] == {"step": "choose", "bank": "nubank"}
    endpoint.answer = script
    assert sessions.retry(session=failed) is not None
    assert stored().top["screen"] == "STEPS"
    assert stored().unanswered is None


def test_a_first_screen_that_did_not_come_is_asked_for_again(
    endpoint: Endpoint, message: SimulatedMessage
) -> None:
    endpoint.answer = lambda _: (500, {})
    session = sessions.start(message=message)
    assert session.path == []
    endpoint.answer = script
    sessions.retry(session=session)
    assert stored().top["screen"] == "CHOOSE"


def test_there_is_nothing_to_ask_again_after_an_answer(
    session: FlowSession, endpoint: Endpoint
) -> None:
    assert sessions.retry(session=session) == session
    assert len(endpoint.heard) == 1


@pytest.mark.parametrize(
    "answer", [DONE, {"screen": "NOWHERE", "data": {}}, {"screen": "SUCCESS", "data": {}}]
)
def test_an_answer_of_no_use_is_told_to_the_endpoint(
    session: FlowSession, endpoint: Endpoint, answer: dict[str, Any]
) -> None:
    endpoint.answer = lambda _: answer
    chosen(session)
    told = endpoint.heard[-1]
    assert told["data"]["error"] == "invalid-screen-transition"
    assert (told["action"], told["flow_token"]) == ("data_exchange", TOKEN)
    assert stored().top["screen"] == "CHOOSE"


def test_a_token_that_ended_ends_the_flow_for_good(
    session: FlowSession, endpoint: Endpoint, message: SimulatedMessage
) -> None:
    endpoint.answer = lambda _: (427, {"error_msg": "Peça outro."})
    ended = chosen(session)
    assert ended.ended_at is not None
    assert sessions.start(message=message).snackbar == "Peça outro."
    assert len(endpoint.heard) == 2


def test_a_key_that_changed_is_fetched_and_the_request_sent_again(
    session: FlowSession, endpoint: Endpoint
) -> None:
    endpoint.key = new_key()
    EncryptionKey.objects.update(public_key=endpoint.public_key)
    chosen(session)
    assert stored().top["screen"] == "STEPS"
    assert stored().public_key == endpoint.public_key


def test_a_key_that_is_wrong_at_the_business_too_is_asked_for_once(
    session: FlowSession, endpoint: Endpoint
) -> None:
    endpoint.key = new_key()
    chosen(session)
    assert stored().unanswered is not None
    assert len(endpoint.heard) == 1


@pytest.mark.parametrize("key", ["", "no key"])
def test_without_a_key_nothing_is_sent(message: SimulatedMessage, key: str) -> None:
    EncryptionKey.objects.create(public_key=key)
    assert sessions.start(message=message).unanswered is not None


def test_of_two_taps_on_one_screen_the_first_counts(
    session: FlowSession, endpoint: Endpoint
) -> None:
    late = stored()
    chosen(session)
    with pytest.raises(Overtaken):
        pressed(late, SEARCH, query="nu")
    assert len(endpoint.heard) == 2


def test_an_answer_that_comes_after_the_flow_was_closed_is_dropped(
    session: FlowSession, endpoint: Endpoint
) -> None:
    def close_meanwhile(_: Request) -> Answer:
        FlowSession.objects.all().delete()
        return FINISH

    endpoint.answer = close_meanwhile
    assert sessions.press(session=session, number=CONTINUE, posted={"bank": ["itau"]}) is None
    assert not SimulatedMessage.objects.filter(is_from_person=True).exists()


def test_an_answer_that_comes_after_another_tap_does_not_undo_it(
    session: FlowSession, endpoint: Endpoint
) -> None:
    def tap_meanwhile(_: Request) -> Answer:
        endpoint.answer = script
        pressed(stored(), SEARCH, query="itaú")
        return STEPS

    endpoint.answer = tap_meanwhile
    chosen(session)
    assert stored().top["screen"] == "CHOOSE"
    assert stored().top["form"] == {"query": "itaú"}


def test_a_flow_that_is_opened_again_begins_again(
    session: FlowSession, message: SimulatedMessage
) -> None:
    chosen(session)
    assert sessions.start(message=message).top["screen"] == "CHOOSE"
    with pytest.raises(Overtaken):
        pressed(session, FOOTER)


@pytest.mark.parametrize("number", [0, 2, 99])
def test_only_what_does_something_can_be_tapped(session: FlowSession, number: int) -> None:
    with pytest.raises(NoSuchPart):
        pressed(session, number)


def test_a_message_may_name_the_first_screen_and_its_data(message: SimulatedMessage) -> None:
    named = {"screen": "STEPS", "data": {"bank": "Inter"}}
    body = flows.body(flow_action="navigate", flow_action_payload=named)
    assert message.phone is not None
    session = sessions.start(message=flows.receive(message.phone, body))
    assert session.top == {"screen": "STEPS", "data": {"bank": "Inter"}, "form": {}}


def test_without_a_name_the_first_screen_is_the_one_that_none_leads_to(
    message: SimulatedMessage,
) -> None:
    assert message.phone is not None
    body = flows.body(flow_action=None, flow_token=None)
    session = sessions.start(message=flows.receive(message.phone, body))
    assert session.top["screen"] == "CHOOSE"
    assert session.token == "unused"


@pytest.mark.parametrize(
    "parameters",
    [
        {"flow_name": "outro"},
        {"flow_id": "1"},
        {"flow_action": "navigate", "flow_action_payload": {"screen": "NOWHERE"}},
    ],
)
def test_what_is_not_there_cannot_be_opened(
    message: SimulatedMessage, parameters: dict[str, Any]
) -> None:
    assert message.phone is not None
    other = flows.receive(message.phone, flows.body(**parameters))
    with pytest.raises(Unplayable):
        sessions.start(message=other)
