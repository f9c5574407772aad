from datetime import timedelta

import pytest
import requests
import responses
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from tests.whatsapp import graph as graph_answers
from whatsapp import exceptions, outbox
from whatsapp.messages import Text
from whatsapp.models import OutgoingMessage

pytestmark = pytest.mark.usefixtures("live_db")

HELLO = Text(body="Oi!")


def test_the_intent_is_written_before_anything_is_sent(
    alice: User, graph: responses.RequestsMock
) -> None:
    outgoing = outbox.intend(user=alice, message=HELLO)
    assert OutgoingMessage.objects.get().status == "sending"
    assert outgoing.payload["text"]["body"] == "Oi!"
    assert not graph.calls


def test_what_whatsapp_accepts_is_accepted(alice: User, graph: responses.RequestsMock) -> None:
    graph_answers.accepts(graph)
    outbox.deliver(outbox.intend(user=alice, message=HELLO))
    stored = OutgoingMessage.objects.get()
    assert (stored.status, stored.wa_id) == ("accepted", "5511987654321")
    assert stored.settled_at


@pytest.mark.parametrize(
    ("code", "status", "is_permanent"),
    [(131056, "failed", False), (131026, "failed", True), (131000, "unknown", False)],
)
def test_a_refusal_is_recorded_with_its_code(
    alice: User,
    graph: responses.RequestsMock,
    code: int,
    status: str,
    *,
    is_permanent: bool,
) -> None:
    graph_answers.refuses(graph, code)
    outbox.deliver(outbox.intend(user=alice, message=HELLO))
    stored = OutgoingMessage.objects.get()
    assert (stored.status, stored.is_permanent) == (status, is_permanent)
    assert (stored.error_code, stored.error_details) == (code, stored.error_details)
    assert stored.error_details.endswith("because of the test")


def test_a_timeout_is_unknown(alice: User, graph: responses.RequestsMock) -> None:
    graph.add(responses.POST, graph_answers.MESSAGES, body=requests.ReadTimeout())
    outbox.deliver(outbox.intend(user=alice, message=HELLO))
    assert OutgoingMessage.objects.get().status == "unknown"


def test_a_message_held_for_quality_is_unknown_and_keeps_its_id(
    alice: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph, message_status="held_for_quality_assessment")
    outbox.deliver(outbox.intend(user=alice, message=HELLO))
    stored = OutgoingMessage.objects.get()
    assert (stored.status, stored.whatsapp_id) == ("unknown", "wamid.test1")


def test_nothing_is_sent_inside_a_transaction(alice: User, graph: responses.RequestsMock) -> None:
    outgoing = outbox.intend(user=alice, message=HELLO)
    with transaction.atomic(), pytest.raises(exceptions.InsideTransaction):
        outbox.deliver(outgoing)
    assert not graph.calls


def test_the_connection_is_given_back_before_the_call(
    alice: User, graph: responses.RequestsMock
) -> None:
    held: list[bool] = []

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        held.append(connection.connection is not None)
        return 500, {}, ""

    graph.add_callback(responses.POST, graph_answers.MESSAGES, callback=answer)
    outbox.deliver(outbox.intend(user=alice, message=HELLO))
    assert held == [False]


def test_settling_takes_only_what_has_lost_its_process(alice: User) -> None:
    long_ago = timezone.now() - outbox.deadline() - timedelta(seconds=1)
    dead = outbox.intend(user=alice, message=HELLO)
    OutgoingMessage.objects.filter(pk=dead.pk).update(sending_since=long_ago)
    alive = outbox.intend(user=alice, message=HELLO)
    assert outbox.settle() == 1
    dead.refresh_from_db()
    alive.refresh_from_db()
    assert (dead.status, alive.status) == ("unknown", "sending")


def test_an_answer_that_comes_after_the_settling_still_counts(
    alice: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph)
    outgoing = outbox.intend(user=alice, message=HELLO)
    OutgoingMessage.objects.update(status="unknown")
    assert outbox.deliver(outgoing).status == "accepted"


def test_an_unknown_never_overwrites_what_is_known(
    alice: User, graph: responses.RequestsMock
) -> None:
    graph.add(responses.POST, graph_answers.MESSAGES, body=requests.ReadTimeout())
    outgoing = outbox.intend(user=alice, message=HELLO)
    OutgoingMessage.objects.update(status="accepted")
    assert outbox.deliver(outgoing).status == "accepted"


def test_what_no_webhook_settled_in_time_waits_for_staff(
    alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    late, recent = (outbox.intend(user=alice, message=HELLO) for _ in range(2))
    OutgoingMessage.objects.update(status="unknown", settled_at=timezone.now())
    OutgoingMessage.objects.filter(pk=late.pk).update(
        settled_at=timezone.now() - timedelta(minutes=61)
    )
    assert outbox.unconfirm() == 1
    late.refresh_from_db()
    recent.refresh_from_db()
    assert (late.status, recent.status) == ("unconfirmed", "unknown")
    assert "1 messages were never confirmed" in caplog.text


@pytest.mark.parametrize("status", ["queued", "sending", "accepted", "failed", "unconfirmed"])
def test_only_an_unknown_becomes_unconfirmed(alice: User, status: str) -> None:
    outbox.intend(user=alice, message=HELLO)
    long_ago = timezone.now() - timedelta(days=2)
    OutgoingMessage.objects.update(status=status, settled_at=long_ago)
    assert outbox.unconfirm() == 0
    assert OutgoingMessage.objects.get().status == status


def test_what_staff_were_asked_about_may_still_turn_out_accepted(
    alice: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph)
    outgoing = outbox.intend(user=alice, message=HELLO)
    OutgoingMessage.objects.update(status="unconfirmed")
    assert outbox.deliver(outgoing).status == "accepted"
