"""A Flow message goes out while its Flow may be sent."""

from typing import Any

import pytest

from tests.whatsapp.simulator.bodies import FLOW, message
from tests.whatsapp.simulator.conftest import Send
from tests.whatsapp.simulator.test_graph import change
from tests.whatsapp.simulator.test_template_messages import code_of
from whatsapp.simulator.models import SimulatedFlow

pytestmark = pytest.mark.usefixtures("account", "phone")


def flow(**parameters: Any) -> Any:
    body = message("interactive", FLOW)
    body["interactive"]["action"]["parameters"] |= parameters
    return body


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("PUBLISHED", None),
        ("DRAFT", 131009),
        ("DEPRECATED", 131009),
        ("BLOCKED", 132068),
        ("THROTTLED", 132069),
    ],
)
def test_only_a_published_one_goes_out(send: Send, status: str, code: int | None) -> None:
    SimulatedFlow.objects.update(status=status)
    assert code_of(send(flow())) == code


def test_a_draft_goes_out_as_a_draft(send: Send) -> None:
    SimulatedFlow.objects.update(status="DRAFT")
    assert code_of(send(flow(mode="draft"))) is None


def test_one_that_nobody_knows_is_refused(send: Send) -> None:
    assert code_of(send(flow(flow_id="1"))) == 131009


def test_it_may_be_named(send: Send) -> None:
    body = change(flow(flow_name="bancos"), "interactive.action.parameters.flow_id", None)
    assert code_of(send(body)) is None


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"screen": "BANKS"}, None),
        ({"screen": "BANKS", "data": {"hint": "x"}}, None),
        ({"screen": "BANKS", "data": {}}, 131009),
        ({"screen": "BANKS", "data": {"hint": "a\x00b"}}, 131009),
        ({}, 131008),
    ],
)
def test_it_may_begin_at_a_screen(send: Send, payload: Any, code: int | None) -> None:
    body = flow(flow_action="navigate", flow_action_payload=payload)
    assert code_of(send(body)) == code
