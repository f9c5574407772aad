"""A program plays a Flow on somebody's phone, by the JSON that each tap answers."""

from typing import Any

import pytest
import responses
from django.test import Client

from tests.whatsapp.simulator import flow_endpoint, flows
from tests.whatsapp.simulator.business import Business
from tests.whatsapp.simulator.test_acts import act
from whatsapp import updates
from whatsapp.simulator.models import EncryptionKey, SimulatedMessage, SimulatedPhone


@pytest.fixture
def message(live_db: None, phone: SimulatedPhone, business: Business) -> SimulatedMessage:
    """Put a Flow on Alice's phone, whose endpoint leads to its steps."""
    endpoint = flow_endpoint.Endpoint(answer=answer)
    EncryptionKey.objects.create(public_key=endpoint.public_key)
    business.mock.add_callback(responses.POST, flows.URL, callback=endpoint)
    flows.publish()
    return flows.receive(phone)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    return flows.STEPS if request["data"].get("step") == "choose" else flows.CHOOSE


def test_a_program_plays_it_to_the_end(
    client: Client, message: SimulatedMessage, business: Business
) -> None:
    first = act(client, "open_flow", wamid=message.wamid).json()
    assert (first["screen"], first["data"]["banks"]) == ("CHOOSE", flows.BANKS)
    radio = next(part for part in first["parts"] if part["type"] == "RadioButtonsGroup")
    assert (radio["data_source"], radio["does_something"]) == (flows.BANKS, False)
    tap = {"wamid": message.wamid, "part": flows.CONTINUE}
    steps = act(client, "flow", **tap, values={"bank": "nubank"}).json()
    assert (steps["screen"], steps["parts"][0]["text"]) == ("STEPS", "Nubank")
    act(client, "flow", wamid=message.wamid, part=flows.FOOTER)
    last = act(client, "flow", wamid=message.wamid, part=flows.FOOTER).json()
    reply = business.told()[-1]
    assert isinstance(reply, updates.FlowReply)
    assert last == {"is_finished": True, "wamid": reply.message_id}
    assert (reply.flow_token, reply.response["bank"]) == (flows.TOKEN, "nubank")


def test_what_is_missing_is_told(client: Client, message: SimulatedMessage) -> None:
    act(client, "open_flow", wamid=message.wamid)
    shown = act(client, "flow", wamid=message.wamid, part=flows.CONTINUE).json()
    assert (shown["screen"], shown["missing"]) == ("CHOOSE", ["bank"])


def test_a_program_goes_back(client: Client, message: SimulatedMessage) -> None:
    act(client, "open_flow", wamid=message.wamid)
    tap = {"wamid": message.wamid, "part": flows.CONTINUE}
    act(client, "flow", **tap, values={"bank": "nubank"})
    back = act(client, "flow_back", wamid=message.wamid).json()
    assert (back["screen"], back["form"]["bank"]) == ("CHOOSE", "nubank")


def test_after_no_answer_a_program_tries_again(
    client: Client, message: SimulatedMessage, business: Business
) -> None:
    business.mock.replace(responses.POST, flows.URL, status=500)
    lost = act(client, "open_flow", wamid=message.wamid).json()
    assert (lost["screen"], lost["is_unanswered"], lost["parts"]) == (None, True, [])
    assert act(client, "flow_retry", wamid=message.wamid).json()["is_unanswered"]


def test_what_is_not_there_cannot_be_tapped(client: Client, message: SimulatedMessage) -> None:
    assert act(client, "flow", wamid=message.wamid, part=1).status_code == 400
    act(client, "open_flow", wamid=message.wamid)
    assert act(client, "flow", wamid=message.wamid, part=9).status_code == 400
