"""A flow that is asked for is an event of its user's audit, and its repeat is not another."""

import pytest
import responses

from accounts.models import AuditEvent, User
from accounts.origins import ActorKind, Origin, acting
from openfinance import catalogue, flows
from openfinance.models import Flow
from tests.whatsapp import graph as graph_answers

pytestmark = pytest.mark.usefixtures("live_db")


@pytest.fixture(autouse=True)
def _banks(live_db: None) -> None:
    catalogue.sync()


def started() -> AuditEvent:
    return AuditEvent.objects.get(act=AuditEvent.Act.FLOW_STARTED)


def test_it_says_who_asked_for_which_flow_and_from_where(
    alice: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph)
    origin = Origin(kind=ActorKind.INTEGRATOR, actor="12", address="192.0.2.1", channel="mcp")
    with acting(origin):
        flow = flows.start(user=alice, channel=Flow.Channel.MCP)
    event = started()
    assert (event.user, event.target) == (alice, f"openfinance.flow:{flow.pk}")
    assert (event.actor_kind, event.actor, event.place.address) == ("integrator", "12", "192.0.2.1")
    assert event.details == {"channel": "mcp", "route": "flow", "bank": ""}


def test_a_repeat_is_no_other_and_one_that_is_forced_says_so(
    alice: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph)
    flows.start(user=alice, channel=Flow.Channel.API)
    flows.start(user=alice, channel=Flow.Channel.API)
    assert AuditEvent.objects.get() == started()
    flows.start(user=alice, channel=Flow.Channel.COMMAND, forced_by="Ana")
    forced = AuditEvent.objects.latest("pk")
    assert (forced.details["forced"], "Ana" in str(forced.details)) == ("yes", False)


def test_one_that_sent_nothing_says_so(alice: User) -> None:
    flows.start(user=alice, channel=Flow.Channel.API, is_test=True)
    assert started().details["mode"] == "test"


def test_a_flow_of_the_chat_is_one_too(alice: User) -> None:
    flow = flows.enqueue(user=alice)
    assert flows.enqueue(user=alice) == flow
    assert started().details["channel"] == "whatsapp"
