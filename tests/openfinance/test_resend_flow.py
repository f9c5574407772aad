import io
from datetime import timedelta

import pytest
import responses
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from openfinance import catalogue, flows
from openfinance.models import Flow
from tests.whatsapp import graph as graph_answers
from whatsapp.models import OutgoingMessage

pytestmark = pytest.mark.usefixtures("live_db")


@pytest.fixture(autouse=True)
def _banks(live_db: None) -> None:
    catalogue.sync()


def resend(*arguments: str) -> tuple[str, int]:
    """Return what the command printed and its exit code."""
    output = io.StringIO()
    try:
        call_command("resend_flow", *arguments, stdout=output)
    except SystemExit as stopped:
        return output.getvalue(), int(stopped.code or 0)
    return output.getvalue(), 0


def flow_of(user: User, status: str, *, minutes_ago: float = 5) -> Flow:
    return Flow.objects.create(
        user=user,
        channel="api",
        route="flow",
        created_at=timezone.now() - timedelta(minutes=minutes_ago),
        message=OutgoingMessage.objects.create(
            user=user, phone=user.phone, kind="text", payload={}, status=status
        ),
    )


def test_a_failed_flow_is_sent_again_by_its_id(alice: User, graph: responses.RequestsMock) -> None:
    graph_answers.accepts(graph)
    printed, code = resend(str(flow_of(alice, "failed").pk))
    assert code == 0
    assert "1 accepted" in printed
    assert Flow.objects.first().channel == "command"  # type: ignore[union-attr]


def test_a_user_is_found_by_email_in_any_case(alice: User, graph: responses.RequestsMock) -> None:
    graph_answers.accepts(graph)
    assert resend("--user", "ALICE@example.com")[1] == 0
    assert len(graph_answers.sent(graph)) == 1


def test_all_that_failed_since_are_sent_and_no_others(
    alice: User, bruno: User, clara: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph)
    flow_of(alice, "failed")
    flow_of(bruno, "failed", minutes_ago=200)
    flow_of(clara, "failed", minutes_ago=20)
    flow_of(clara, "accepted", minutes_ago=10)
    printed, code = resend("--failed-since", "2h", "--yes")
    assert (code, len(graph_answers.sent(graph))) == (0, 1)
    assert "alice@example.com" in printed


def test_a_dry_run_says_what_it_would_do_and_sends_nothing(
    alice: User, graph: responses.RequestsMock
) -> None:
    flow_of(alice, "failed")
    printed, code = resend("--failed-since", "2h", "--dry-run")
    assert "1 to send, under the anti-spam rule" in printed
    assert (code, len(graph.calls)) == (0, 0)


@pytest.mark.parametrize(("typed", "sent"), [("y", 2), ("", 0), ("n", 0)])
def test_it_asks_before_it_sends_to_more_than_one(
    alice: User,
    bruno: User,
    graph: responses.RequestsMock,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    sent: int,
) -> None:
    graph_answers.accepts(graph)
    flow_of(alice, "failed")
    flow_of(bruno, "failed")
    monkeypatch.setattr("builtins.input", lambda _: typed)
    if sent:
        assert resend("--failed-since", "2h")[1] == 0
    else:
        with pytest.raises(CommandError, match="Nothing was sent"):
            resend("--failed-since", "2h")
    assert len(graph_answers.sent(graph)) == sent


def test_the_anti_spam_rule_is_obeyed(alice: User, graph: responses.RequestsMock) -> None:
    graph_answers.accepts(graph)
    first = flows.start(user=alice, channel=Flow.Channel.API)
    printed, code = resend(str(first.pk))
    assert "1 already sent" in printed
    assert (code, len(graph_answers.sent(graph))) == (0, 1)


def test_force_overrides_it_and_writes_who_did(
    alice: User, graph: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph_answers.accepts(graph)
    monkeypatch.setenv("LOGNAME", "maria")
    flows.start(user=alice, channel=Flow.Channel.API)
    assert resend("--user", alice.email, "--force")[1] == 0
    assert len(graph_answers.sent(graph)) == 2
    assert Flow.objects.first().forced_by == "maria"  # type: ignore[union-attr]


@pytest.mark.parametrize("status", ["unknown", "unconfirmed", "sending"])
def test_what_may_have_arrived_is_refused_with_the_reason(
    alice: User, graph: responses.RequestsMock, status: str
) -> None:
    printed, code = resend(str(flow_of(alice, status).pk))
    assert "may have arrived" in printed
    assert (code, len(graph.calls)) == (1, 0)


def test_what_is_queued_is_left_to_the_worker(alice: User, graph: responses.RequestsMock) -> None:
    printed, code = resend(str(flow_of(alice, "queued").pk))
    assert "a worker sends it" in printed
    assert (code, len(graph.calls)) == (1, 0)


def test_what_may_have_arrived_is_sent_with_force(
    alice: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph)
    assert resend(str(flow_of(alice, "unknown").pk), "--force")[1] == 0
    assert len(graph_answers.sent(graph)) == 1


def test_a_failure_ends_with_exit_code_one_and_its_reason(
    alice: User, davi: User, graph: responses.RequestsMock
) -> None:
    graph_answers.refuses(graph, 131026)
    flow_of(alice, "failed")
    flow_of(davi, "failed")
    printed, code = resend("--failed-since", "2h", "--yes")
    assert code == 1
    assert "1 failed, 1 refused" in printed
    assert "no active subscription" in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ["--user", "nobody@example.com"],
        ["0d4b0c54-4f0e-4f0b-9b1e-3f2a1b0c9d8e"],
        ["nonsense"],
        ["--failed-since", "soon"],
        [],
        ["--user", "a@example.com", "--failed-since", "2h"],
    ],
)
def test_what_cannot_be_meant_is_refused_clearly(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        resend(*arguments)
