"""Whatever stands in a body, the simulator answers as Graph does and never stumbles."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.whatsapp.simulator.bodies import ACCOUNT, BUTTONS, FLOW, LINK, LIST, TEMPLATE, message
from tests.whatsapp.simulator.conftest import Send
from tests.whatsapp.simulator.flows import FLOW as FLOW_JSON
from whatsapp.simulator.rules import flow_json

BODIES = [
    {**message(), "context": {"message_id": "wamid.x"}},
    message("interactive", LIST),
    message("interactive", LINK),
    message("interactive", BUTTONS),
    message("interactive", FLOW),
    message("template"),
]
_STRANGE = st.sampled_from(
    ["\x00", "half \ud83d", "http://[1", float("nan"), float("inf"), 10**400]
)
_LEAVES = st.none() | st.booleans() | st.integers() | st.text() | _STRANGE
ANYTHING = st.recursive(
    _LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Find every place in a body where something else could stand."""
    keys = range(len(value)) if isinstance(value, list) else list(value)
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    "body", BODIES, ids=["text", "list", "link", "buttons", "flow", "template"]
)
def test_a_body_with_every_field_there_is_is_accepted(send: Send, body: Any) -> None:
    assert send(body).status_code == 200


@pytest.mark.usefixtures("account")
@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_anything_anywhere_is_accepted_or_refused(send: Send, data: st.DataObject) -> None:
    body = copy.deepcopy(data.draw(st.sampled_from(BODIES)))
    holder, key = data.draw(st.sampled_from(list(places(body))))
    holder[key] = data.draw(ANYTHING)
    answer = send(json.dumps(body))
    assert answer.status_code in {200, 400}
    assert ("error" in answer.json()) is (answer.status_code == 400)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_anything_in_a_template_is_taken_or_refused(send: Send, data: st.DataObject) -> None:
    body = copy.deepcopy({name: value for name, value in TEMPLATE.items() if name != "status"})
    holder, key = data.draw(st.sampled_from(list(places(body))))
    holder[key] = data.draw(ANYTHING)
    answer = send(json.dumps(body), url=f"{ACCOUNT}/message_templates")
    assert answer.status_code in {200, 400}
    assert ("error" in answer.json()) is (answer.status_code == 400)


@given(st.data())
@settings(deadline=None)
def test_anything_in_a_flow_json_is_right_or_a_problem(data: st.DataObject) -> None:
    body = copy.deepcopy(FLOW_JSON)
    holder, key = data.draw(st.sampled_from(list(places(body))))
    holder[key] = data.draw(ANYTHING)
    assert isinstance(flow_json.problems(body), list)
