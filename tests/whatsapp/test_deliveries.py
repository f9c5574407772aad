"""Every order of what WhatsApp tells of a message leads to the same row."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
import requests
import responses
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from tests.whatsapp import graph as graph_answers
from tests.whatsapp import hooks
from whatsapp import deliveries, numbers, outbox, signals, updates
from whatsapp.messages import Text
from whatsapp.models import MessageStatus, OutgoingMessage

NOW = int(timezone.now().timestamp())
ROW = (
    "status",
    "delivery",
    "whatsapp_id",
    "wa_id",
    "is_permanent",
    "error_code",
    "error_details",
    "next_step",
)


@pytest.fixture
def refused() -> Iterator[list[OutgoingMessage]]:
    """Return the messages that receivers are told were refused, as they come."""
    heard: list[OutgoingMessage] = []

    def hear(message: OutgoingMessage, **kwargs: object) -> None:
        heard.append(message)

    signals.message_refused.connect(hear)
    yield heard
    signals.message_refused.disconnect(hear)


def make(user: User, status: str = "sending", **facts: Any) -> OutgoingMessage:
    outgoing = outbox.intend(user=user, message=Text(body="Oi!"))
    OutgoingMessage.objects.filter(pk=outgoing.pk).update(status=status, **facts)
    return outgoing


def tell(*told: hooks.Json) -> list[str]:
    """Record statuses, each in a transaction of its own, as a worker does."""
    outcomes = []
    for piece in updates.split(hooks.statuses(*told)):
        status = updates.read(piece)
        assert isinstance(status, updates.Status)
        with transaction.atomic():
            outcomes.append(deliveries.record(status))
    return outcomes


def row(outgoing: OutgoingMessage) -> dict[str, Any]:
    found: dict[str, Any] = OutgoingMessage.objects.values(*ROW).get(pk=outgoing.pk)
    return found


def test_a_status_is_matched_by_our_own_id_before_whatsapps(alice: User) -> None:
    ours, other = make(alice), make(alice, whatsapp_id="wamid.other")
    tell(hooks.status("delivered", of=ours.pk, id="wamid.other"))
    assert row(ours)["delivery"] == "delivered"
    assert row(other)["delivery"] == ""


@pytest.mark.parametrize("callback", ["", "not an id", "9f1c1a52-0f0b-4b0e-8a86-3f3c57a5d0a1"])
def test_without_our_id_it_is_matched_by_whatsapps(alice: User, callback: str) -> None:
    ours = make(alice, "accepted", whatsapp_id="wamid.known")
    tell(hooks.status("read", of=callback, id="wamid.known"))
    assert row(ours)["delivery"] == "read"


def test_a_status_of_no_message_of_ours_changes_nothing(alice: User) -> None:
    ours = make(alice)
    assert tell(hooks.status("sent", of=uuid4())) == [deliveries.NOT_OURS]
    assert row(ours)["status"] == "sending"
    assert not MessageStatus.objects.exists()


@pytest.mark.parametrize("before", ["sending", "unknown", "unconfirmed", "queued"])
@pytest.mark.parametrize("word", ["sent", "delivered", "read", "played"])
def test_the_first_status_settles_what_was_not_known(alice: User, before: str, word: str) -> None:
    ours = make(alice, before, error_details="the sending process died", next_step="reconcile")
    tell(hooks.status(word, of=ours.pk))
    stored = row(ours)
    assert (stored["status"], stored["error_details"]) == ("accepted", "")
    assert (stored["whatsapp_id"], stored["wa_id"]) == (f"wamid.{ours.pk}", "5511987654321")


@pytest.mark.parametrize("before", ["sending", "unknown", "unconfirmed"])
def test_a_failure_settles_it_as_not_sent(
    alice: User, refused: list[OutgoingMessage], before: str
) -> None:
    ours = make(alice, before)
    tell(hooks.failed(131047, of=ours.pk))
    stored = row(ours)
    assert (stored["status"], stored["next_step"]) == ("failed", "use_template")
    assert [message.pk for message in refused] == [ours.pk]


def test_what_was_accepted_stays_so_when_it_is_not_delivered(
    alice: User, refused: list[OutgoingMessage]
) -> None:
    ours = make(alice, "accepted", whatsapp_id="wamid.x")
    tell(hooks.failed(131026, of=ours.pk))
    stored = row(ours)
    assert (stored["status"], stored["delivery"]) == ("accepted", "failed")
    assert (stored["error_code"], stored["next_step"]) == (131026, "try_other_variant")
    assert refused[0].error_details.endswith("because of the test")


def test_a_word_that_meta_did_not_use_before_is_kept_and_proves_nothing(alice: User) -> None:
    ours = make(alice, "unknown")
    tell(hooks.status("a_word_longer_than_the_column", of=ours.pk))
    assert (row(ours)["status"], row(ours)["delivery"]) == ("unknown", "")
    assert MessageStatus.objects.get().state == "a_word_longer_than_t"


def test_the_history_has_each_status_once(alice: User) -> None:
    ours = make(alice)
    told = [hooks.status("sent", of=ours.pk, at=NOW), hooks.status("read", of=ours.pk, at=NOW + 1)]
    tell(*told, *told)
    states = ours.statuses.values_list("state", flat=True)
    assert list(states) == ["sent", "read"]


@pytest.mark.parametrize("before", ["unknown", "accepted"])
@pytest.mark.parametrize("count", [2, 3, 4])
def test_every_order_leads_to_the_same_row(alice: User, before: str, count: int) -> None:
    """Also with any of them missing: webhooks are lost, and `delivered` is skipped at times."""
    told = [("sent", NOW), ("delivered", NOW + 1), ("read", NOW + 2), ("failed", NOW + 3)]
    rows: dict[Any, list[Any]] = {}
    for order in permutations(told, count):
        ours = make(alice, before, error_details="timeout", next_step="reconcile")
        for word, at in order:
            make_status = hooks.status if word != "failed" else _failed
            tell(make_status(word, of=ours.pk, at=at, id="wamid.x"))
        rows.setdefault(frozenset(order), []).append(row(ours))
    assert all(len(same) > 1 and same.count(same[0]) == len(same) for same in rows.values())


def _failed(word: str, **facts: Any) -> hooks.Json:
    return hooks.failed(131049, **facts)


def test_read_implies_delivered_whatever_comes_late(alice: User) -> None:
    ours = make(alice, "accepted")
    for word in ("read", "sent", "delivered", "sent"):
        tell(hooks.status(word, of=ours.pk))
    assert row(ours)["delivery"] == "read"


def test_of_two_failures_the_earlier_is_the_reason_in_both_orders(alice: User) -> None:
    for first, second in [(0, 1), (1, 0)]:
        ours = make(alice, "accepted")
        told = [
            hooks.failed(131026, of=ours.pk, at=NOW),
            hooks.failed(131049, of=ours.pk, at=NOW + 1),
        ]
        tell(told[first], told[second])
        assert row(ours)["error_code"] == 131026


def test_receivers_are_told_of_a_refusal_once(alice: User, refused: list[OutgoingMessage]) -> None:
    ours = make(alice, "accepted")
    tell(hooks.failed(131026, of=ours.pk), hooks.failed(131026, of=ours.pk, at=NOW + 9))
    already = make(alice, "failed", error_code=131047)
    tell(hooks.failed(131047, of=already.pk))
    assert len(refused) == 1


def test_what_was_delivered_is_not_refused_any_more(
    alice: User, refused: list[OutgoingMessage]
) -> None:
    ours = make(alice, "accepted")
    tell(hooks.status("delivered", of=ours.pk), hooks.failed(131026, of=ours.pk))
    assert (row(ours)["delivery"], row(ours)["error_code"]) == ("delivered", None)
    assert refused == []


def test_a_failure_of_an_attempt_before_leaves_the_next_one_alone(
    alice: User, refused: list[OutgoingMessage]
) -> None:
    ours = make(alice, "queued")
    assert tell(hooks.failed(131056, of=ours.pk)) == [deliveries.OF_AN_ATTEMPT_BEFORE]
    assert (row(ours)["status"], row(ours)["delivery"]) == ("queued", "")
    assert refused == []


@pytest.mark.parametrize("code", [None, -1, 2**31, 131000])
def test_a_failure_without_a_usable_reason_is_given_up(alice: User, code: int | None) -> None:
    ours = make(alice, "unknown")
    told = hooks.failed(code or 0, of=ours.pk) if code else hooks.status("failed", of=ours.pk)
    tell(told)
    assert (row(ours)["status"], row(ours)["next_step"]) == ("failed", "give_up")


def test_metas_words_name_nobody(alice: User) -> None:
    ours = make(alice, "accepted")
    details = {"code": 131026, "error_data": {"details": "to +55 11 98765-4321 \x00"}}
    tell(hooks.status("failed", of=ours.pk, errors=[details]))
    assert "98765" not in row(ours)["error_details"]
    assert "98765" not in MessageStatus.objects.get().error_details


@pytest.mark.parametrize("code", [190, 131042, 368])
def test_a_failure_that_stops_the_number_stops_it(alice: User, code: int) -> None:
    tell(hooks.failed(code, of=make(alice, "accepted").pk))
    stopped = numbers.stopped()
    assert stopped
    assert stopped.error_code == code


def test_a_failure_of_long_ago_stops_nothing(alice: User) -> None:
    tell(hooks.failed(131042, of=make(alice, "accepted").pk, at=NOW - 7200))
    assert numbers.stopped() is None


def test_a_receiver_that_fails_undoes_the_status(alice: User) -> None:
    def fail(**kwargs: object) -> None:
        raise ZeroDivisionError

    ours = make(alice, "accepted")
    signals.message_refused.connect(fail)
    try:
        with pytest.raises(ZeroDivisionError):
            tell(hooks.failed(131026, of=ours.pk))
    finally:
        signals.message_refused.disconnect(fail)
    assert row(ours)["delivery"] == ""
    assert not MessageStatus.objects.exists()


def test_many_statuses_cost_as_many_statements_as_a_few(alice: User) -> None:
    def count(messages: int) -> int:
        made = [make(alice, "accepted", whatsapp_id=f"wamid.{n}") for n in range(messages)]
        pieces = updates.split(
            hooks.statuses(
                *(hooks.status("read", of=ours.pk, id=f"wamid.{n}") for n, ours in enumerate(made))
            )
        )
        told = [
            status for piece in pieces if isinstance(status := updates.read(piece), updates.Status)
        ]
        with CaptureQueriesContext(connection) as captured, transaction.atomic():
            deliveries.record_all(told)
        return len(captured)

    assert count(3) == count(30)


def during_the_call(
    graph: responses.RequestsMock, *told: hooks.Json, answer: tuple[int, dict[str, str], str]
) -> None:
    """Let statuses come, over another connection, while Graph has yet to answer."""

    def call(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        def hear() -> None:
            tell(*told)
            connection.close()

        other = threading.Thread(target=hear)
        other.start()
        other.join()
        return answer

    graph.add_callback(responses.POST, graph_answers.MESSAGES, callback=call)


ACCEPTED = '{"messages": [{"id": "wamid.x"}], "contacts": [{"wa_id": "5511987654321"}]}'


@pytest.mark.usefixtures("live_db")
def test_a_status_that_comes_before_the_post_returns_is_kept(
    alice: User, graph: responses.RequestsMock
) -> None:
    outgoing = outbox.intend(user=alice, message=Text(body="Oi!"))
    told = hooks.status("read", of=outgoing.pk, id="wamid.x")
    during_the_call(graph, told, answer=(200, {}, ACCEPTED))
    outbox.deliver(outgoing)
    stored = row(outgoing)
    assert (stored["status"], stored["delivery"]) == ("accepted", "read")
    assert (outgoing.status, outgoing.whatsapp_id) == ("accepted", "wamid.x")


@pytest.mark.usefixtures("live_db")
@pytest.mark.parametrize("word", ["sent", "read"])
def test_a_late_unknown_does_not_overwrite_it(
    alice: User, graph: responses.RequestsMock, word: str
) -> None:
    outgoing = outbox.intend(user=alice, message=Text(body="Oi!"))
    during_the_call(graph, hooks.status(word, of=outgoing.pk), answer=(500, {}, ""))
    assert outbox.deliver(outgoing).status == "accepted"
    assert row(outgoing)["error_code"] is None


@pytest.mark.usefixtures("live_db")
def test_an_acceptance_that_comes_after_the_failure_keeps_it(
    alice: User, graph: responses.RequestsMock
) -> None:
    outgoing = outbox.intend(user=alice, message=Text(body="Oi!"))
    told = hooks.failed(131026, of=outgoing.pk, id="wamid.x")
    during_the_call(graph, told, answer=(200, {}, ACCEPTED))
    outbox.deliver(outgoing)
    after = make(alice, "accepted", whatsapp_id="wamid.x", wa_id="5511987654321")
    tell(hooks.failed(131026, of=after.pk, id="wamid.x"))
    assert row(outgoing) == row(after)


@pytest.mark.usefixtures("live_db")
def test_two_workers_record_statuses_of_the_same_messages_at_once(alice: User) -> None:
    made = [make(alice, "unknown") for _ in range(20)]
    together = threading.Barrier(2)

    def hear(word: str, *, is_reversed: bool) -> None:
        told = [hooks.status(word, of=ours.pk, id="wamid.x") for ours in made]
        pieces = updates.split(hooks.statuses(*(reversed(told) if is_reversed else told)))
        together.wait(10)
        with transaction.atomic():
            deliveries.record_all(
                [s for piece in pieces if isinstance(s := updates.read(piece), updates.Status)]
            )
        connection.close()

    threads = [
        threading.Thread(target=hear, args=(word,), kwargs={"is_reversed": word == "read"})
        for word in ("delivered", "read")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert MessageStatus.objects.count() == 40
    assert set(OutgoingMessage.objects.values_list("status", "delivery")) == {("accepted", "read")}


@pytest.mark.usefixtures("live_db")
def test_a_process_that_died_has_its_message_settled_by_the_status(alice: User) -> None:
    ours = make(alice)
    long_ago = timezone.now() - outbox.deadline() - timedelta(seconds=1)
    OutgoingMessage.objects.update(sending_since=long_ago)
    outbox.settle()
    assert row(ours)["status"] == "unknown"
    tell(hooks.status("delivered", of=ours.pk))
    assert (row(ours)["status"], row(ours)["error_details"]) == ("accepted", "")
