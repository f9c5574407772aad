"""A test key takes the whole path and sends nothing, and live calls know nothing of it."""

import json
from typing import Any

import pytest
import responses
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import AuditEvent, User
from openfinance.models import Flow
from pierre.local.expectations import PATH
from tests.pierre.conftest import Call, Secret
from tests.pierre.test_query_counts import statements
from tests.whatsapp import graph as graph_answers
from whatsapp.models import Contact, OutgoingMessage

CONNECTIONS = "/tools/api/get-open-finance-connections"


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("name", "kind"), [("alice", "list"), ("bruno", "cta_url")])
def test_the_answer_is_the_contracts_and_nothing_is_sent(
    call: Call,
    graph: responses.RequestsMock,
    request: pytest.FixtureRequest,
    method: str,
    name: str,
    kind: str,
) -> None:
    answer = call(request.getfixturevalue(name), method, is_test=True)
    assert (answer.status_code, answer["X-Mode"]) == (200, "test")
    assert answer.content == (
        b'{"status": "accepted", "message": "WhatsApp flow sent successfully"}'
    )
    message = Flow.objects.get(pk=answer["X-Flow-Id"]).message
    assert (message.status, message.is_test, message.payload["interactive"]["type"]) == (
        "accepted",
        True,
        kind,
    )
    assert len(graph.calls) == 0


def test_a_live_key_says_no_mode(call: Call, alice: User, graph: responses.RequestsMock) -> None:
    graph_answers.accepts(graph)
    assert "X-Mode" not in call(alice)


def test_what_is_refused_is_refused_to_a_test_too_with_its_mode(call: Call, davi: User) -> None:
    answer = call(davi, is_test=True)
    assert (answer.status_code, answer["X-Mode"]) == (401, "test")
    assert json.loads(answer.content)["type"] == "inactive_subscription"


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"opted_out_at": timezone.now()}, (400, "opted_out")),
        ({"window_ends_at": None}, (500, "whatsapp_template_unavailable")),
    ],
    ids=["opted out", "outside the window"],
)
def test_a_test_meets_the_obstacles_of_a_real_call(
    call: Call, alice: User, facts: dict[str, Any], refusal: tuple[int, str]
) -> None:
    Contact.objects.update(**facts)
    answer = call(alice, is_test=True)
    assert (answer.status_code, json.loads(answer.content)["type"]) == refusal
    assert answer["X-Mode"] == "test"


def test_a_bad_key_is_answered_without_a_mode(live_db: None, api: APIClient) -> None:
    answer = api.get(PATH, headers={"Authorization": "Bearer sk-junk"})
    assert (answer.status_code, "X-Mode" in answer) == (401, False)


def test_browsers_may_read_the_mode(call: Call, alice: User) -> None:
    answer = call(alice, is_test=True, headers={"Origin": "https://app.example"})
    assert "x-mode" in answer["Access-Control-Expose-Headers"]


def test_a_repeated_test_is_a_repeat(call: Call, alice: User) -> None:
    first, second = (call(alice, is_test=True)["X-Flow-Id"] for _ in range(2))
    assert first == second


def test_tests_have_a_cap_of_their_own(
    call: Call, alice: User, graph: responses.RequestsMock, settings: Settings
) -> None:
    graph_answers.accepts(graph)
    settings.FLOW_DEBOUNCE_SECONDS, settings.FLOW_CAP_PER_HOUR = 0, 1
    statuses = [call(alice, is_test=True).status_code for _ in range(2)]
    statuses += [call(alice).status_code for _ in range(2)]
    assert statuses == [200, 429, 200, 429]
    assert len(graph_answers.sent(graph)) == 1


def test_tests_have_a_rate_of_their_own(
    call: Call, alice: User, graph: responses.RequestsMock, settings: Settings
) -> None:
    graph_answers.accepts(graph)
    settings.API_USER_RATE = "1/h"
    refused = [call(alice, is_test=True) for _ in range(2)][1]
    assert (refused.status_code, refused["X-Mode"]) == (429, "test")
    assert call(alice).status_code == 200


def test_a_real_call_right_after_a_test_sends(
    call: Call, alice: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph)
    tried = call(alice, is_test=True)["X-Flow-Id"]
    assert call(alice)["X-Flow-Id"] != tried
    assert len(graph_answers.sent(graph)) == 1


def test_a_test_uses_no_pace(call: Call, alice: User) -> None:
    call(alice, is_test=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM whatsapp_pace")
        assert cursor.fetchone() == (0,)


def test_a_test_costs_no_more_statements_than_a_real_call(
    call: Call, secret: Secret, alice: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph)
    costs = []
    for is_test in (False, True):
        secret(alice, is_test=is_test)
        with CaptureQueriesContext(connection) as captured:
            call(alice, is_test=is_test)
        costs.append(len(statements(captured)))
    assert costs[1] <= costs[0]


def test_each_mode_reads_its_own_last_flow(
    call: Call, secret: Secret, api: APIClient, alice: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph)
    sent = {is_test: call(alice, is_test=is_test)["X-Flow-Id"] for is_test in (False, True)}
    for is_test, flow in sent.items():
        authorization = {"Authorization": f"Bearer {secret(alice, is_test=is_test)}"}
        answer = api.get(CONNECTIONS, headers=authorization)
        assert answer.json()["last_flow"]["id"] == flow
        assert answer.get("X-Mode") == ("test" if is_test else None)


def test_the_audit_knows_which_key_it_was(call: Call, alice: User) -> None:
    call(alice, is_test=True)
    event = AuditEvent.objects.get(act=AuditEvent.Act.KEY_ISSUED)
    assert event.details == {"mode": "test"}


@pytest.mark.parametrize("status", sorted({*OutgoingMessage.Status.values} - {"accepted"}))
def test_the_database_holds_no_test_that_could_still_be_sent(
    call: Call, alice: User, status: str
) -> None:
    call(alice, is_test=True)
    with pytest.raises(IntegrityError, match="outgoing_test_is_never_sent"):
        OutgoingMessage.objects.update(status=status)
