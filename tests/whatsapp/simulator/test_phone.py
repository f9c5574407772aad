"""A person's phone as the demo holds it, over real HTTP."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pierre.local.phone import Phone, Silence
from tests.whatsapp.simulator import flow_endpoint, flows
from tests.whatsapp.simulator.bodies import LIST, TOKEN, message
from tests.whatsapp.simulator.server import Meta
from tests.whatsapp.simulator.test_flow_acts import answer
from tests.whatsapp.simulator.test_flows_api import NEW, whole
from whatsapp.providers.management import Management

pytestmark = pytest.mark.stack


@pytest.fixture
def alice(meta: Meta) -> Phone:
    return Phone(simulator_url=f"{meta.address}/simulator/", number=message()["to"])


@pytest.fixture
def flow_id(meta: Meta) -> Iterator[str]:
    """Publish a Flow at the simulator, whose endpoint answers here."""

    def respond(request: dict[str, Any]) -> dict[str, Any]:
        is_ping = request["action"] == "ping"
        return {"data": {"status": "active"}} if is_ping else answer(request)

    endpoint = flow_endpoint.Endpoint(answer=respond)
    with (
        flow_endpoint.serving(endpoint) as url,
        Management(
            access_token=TOKEN,
            account_id="102290129340398",
            phone_number_id="106540352242922",
            graph_url=f"{meta.address}/simulator/graph",
        ) as client,
    ):
        key = {"business_public_key": endpoint.public_key}
        client.post_form("106540352242922/whatsapp_business_encryption", key)
        found = client.post(
            "102290129340398/flows", NEW | {"name": "telefone", "endpoint_uri": url}
        )
        flow_id = str(found["id"])
        file = ("flow.json", json.dumps(whole()).encode(), "application/json")
        client.post_form(f"{flow_id}/assets", {"asset_type": "FLOW_JSON"}, file=file)
        client.post(f"{flow_id}/publish", {})
        yield flow_id


def test_it_answers_what_it_gets(meta: Meta, alice: Phone) -> None:
    meta.send(message("interactive", LIST))
    got = alice.wait_for(1)
    assert alice.act("row", wamid=got["wamid"], id="bank:nubank")["wamid"] != got["wamid"]
    assert [each["status"] for each in alice.messages()] == ["read"]


def test_it_plays_a_flow(meta: Meta, alice: Phone, flow_id: str) -> None:
    body = message("interactive", flows.body(flow_name=None, flow_id=flow_id))
    assert meta.send(body).status_code == 200
    screen = alice.open_flow(alice.wait_for(1))
    banks = [each["id"] for each in screen.options("bank")]
    assert (screen.id, banks) == ("CHOOSE", ["nubank", "itau"])
    with pytest.raises(Silence, match="CHOOSE has nothing to tap that says Fechar"):
        screen.tap("Fechar")
    screen = screen.tap("Continuar", bank="nubank").tap("Entendi")
    assert (screen.id, screen.tap("Voltar").is_finished) == ("DONE", True)
