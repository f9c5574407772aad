"""What WhatsApp refuses for its form goes out once in the other, and never a third time."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
import responses
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from openfinance import catalogue, exceptions, flows, invitations
from openfinance.models import Flow, FlowToken
from pierre.local import flow_key
from tests import jobs
from tests.openfinance.cold import close_window, kinds
from tests.whatsapp import graph as graph_answers
from whatsapp import outbox, signals
from whatsapp.exceptions import TemplateUnavailable
from whatsapp.models import Contact, MessageTemplate, NativeFlow, OutgoingMessage

Templates = dict[str, MessageTemplate]

pytestmark = pytest.mark.usefixtures("live_db")

WINDOW, BLOCKED, THROTTLED, UNDELIVERABLE = 131047, 132068, 132069, 131026


@pytest.fixture(autouse=True)
def _banks(live_db: None) -> None:
    catalogue.sync()


@pytest.fixture
def native(live_db: None, tmp_path: Path, settings: Settings) -> NativeFlow:
    settings.WHATSAPP_FLOW_PRIVATE_KEYS = [str(flow_key.ensure(tmp_path))]
    return NativeFlow.objects.create(meta_id="7", name="x", status="PUBLISHED")


def answers(graph: responses.RequestsMock, *codes: int) -> None:
    """Refuse one message after the other with these codes, then accept all."""
    for code in codes:
        graph_answers.refuses(graph, code)
    graph_answers.accepts(graph)


def start(user: User) -> Flow:
    return flows.start(user=user, channel=Flow.Channel.API)


def refused_later(flow: Flow, code: int, next_step: str) -> None:
    """Let a status tell that an accepted message was refused after all."""
    message = flow.message
    message.delivery, message.error_code, message.next_step = "failed", code, next_step
    with transaction.atomic():
        message.save()
        signals.message_refused.send(sender=OutgoingMessage, message=message)


def test_a_window_that_whatsapp_says_is_closed_is_closed_and_the_template_goes_out(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    answers(graph, WINDOW)
    flow = start(alice)
    assert kinds(graph) == ["list", "conexao_escolher_banco"]
    assert flow.message.status == "accepted"
    assert not Contact.objects.in_window().exists()


def test_the_flow_has_the_new_message_and_the_old_one_is_kept(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    answers(graph, WINDOW)
    start(alice)
    message = Flow.objects.get().message
    assert message.replaces
    assert (message.status, message.replaces.status) == ("accepted", "failed")


def test_a_template_that_is_refused_too_is_the_last(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    answers(graph, WINDOW, UNDELIVERABLE)
    assert start(alice).message.status == "failed"
    assert len(graph.calls) == 2


def test_without_an_approved_template_the_error_names_it(
    alice: User, graph: responses.RequestsMock
) -> None:
    answers(graph, WINDOW)
    with pytest.raises(TemplateUnavailable):
        start(alice)
    assert Flow.objects.get().message.status == "failed"
    assert len(graph.calls) == 1


@pytest.mark.parametrize(("code", "status"), [(BLOCKED, "BLOCKED"), (THROTTLED, "THROTTLED")])
def test_a_flow_that_whatsapp_refuses_is_replaced_by_the_list_for_everybody(
    alice: User,
    clara: User,
    graph: responses.RequestsMock,
    native: NativeFlow,
    code: int,
    status: str,
) -> None:
    answers(graph, code)
    start(alice)
    native.refresh_from_db()
    assert native.status == status
    start(alice)
    assert kinds(graph) == ["flow", "list"]


def test_the_list_goes_even_when_another_flow_is_published(
    alice: User, graph: responses.RequestsMock, native: NativeFlow
) -> None:
    NativeFlow.objects.create(meta_id="8", name="y", status="PUBLISHED")
    answers(graph, BLOCKED)
    start(alice)
    assert kinds(graph) == ["flow", "list"]


def test_an_undeliverable_number_is_tried_in_its_other_form(
    alice: User, graph: responses.RequestsMock
) -> None:
    answers(graph, UNDELIVERABLE)
    assert start(alice).message.status == "accepted"
    assert [body["to"] for body in graph_answers.sent(graph)] == ["+5511987654321", "+551187654321"]


def test_in_its_other_form_a_flow_has_a_token_of_its_own(
    alice: User, graph: responses.RequestsMock, native: NativeFlow
) -> None:
    answers(graph, UNDELIVERABLE)
    flow = start(alice)
    sent = [
        body["interactive"]["action"]["parameters"]["flow_token"]
        for body in graph_answers.sent(graph)
    ]
    assert len(set(sent)) == 2
    assert FlowToken.objects.filter(message=flow.message).count() == 1


def test_a_number_with_one_form_is_tried_once(alice: User, graph: responses.RequestsMock) -> None:
    User.objects.filter(pk=alice.pk).update(phone="+14155552671")
    alice.refresh_from_db()
    Contact.objects.update(phone=alice.phone)
    answers(graph, UNDELIVERABLE)
    assert start(alice).message.status == "failed"
    assert len(graph.calls) == 1


@pytest.mark.parametrize("code", [131056, 131000, 131049, 100, 190])
def test_what_is_refused_for_another_reason_is_not_replaced(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates, code: int
) -> None:
    answers(graph, code)
    start(alice)
    assert len(graph.calls) == 1


def test_a_template_that_whatsapp_does_not_know_is_marked(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    close_window(alice)
    answers(graph, 132015)
    start(alice)
    with pytest.raises(TemplateUnavailable, match="PAUSED"):
        start(alice)
    assert len(graph.calls) == 1


def test_a_replaced_message_counts_once(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates, settings: Settings
) -> None:
    settings.FLOW_DEBOUNCE_SECONDS = 0
    settings.FLOW_CAP_PER_HOUR = 2
    answers(graph, WINDOW)
    start(alice)
    start(alice)
    with pytest.raises(exceptions.TooManyMessages):
        start(alice)
    assert len(graph.calls) == 3


def test_a_repeat_of_what_was_replaced_sends_nothing(
    alice: User, graph: responses.RequestsMock
) -> None:
    answers(graph, UNDELIVERABLE)
    flow = start(alice)
    assert start(alice) == flow
    assert len(graph.calls) == 2


def test_whoever_opted_out_meanwhile_gets_nothing(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    answers(graph)
    flow = start(alice)
    Contact.objects.update(opted_out_at=timezone.now())
    refused_later(flow, WINDOW, "use_template")
    assert jobs.run_all() == []
    assert len(graph.calls) == 1


def test_a_status_that_refuses_later_queues_what_takes_its_place(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    answers(graph)
    flow = start(alice)
    refused_later(flow, WINDOW, "use_template")
    assert Flow.objects.get().message.status == "queued"
    assert "whatsapp.tasks.send" in jobs.run_all()
    assert kinds(graph) == ["list", "conexao_escolher_banco"]
    assert Flow.objects.get().message.status == "accepted"


def test_told_twice_it_is_replaced_once(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    answers(graph)
    flow = start(alice)
    refused_later(flow, WINDOW, "use_template")
    refused_later(flow, WINDOW, "use_template")
    jobs.run_all()
    assert len(graph.calls) == 2


def test_what_is_told_hours_later_is_only_remembered(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    answers(graph)
    flow = start(alice)
    Flow.objects.update(created_at=timezone.now() - timedelta(hours=2))
    refused_later(flow, WINDOW, "use_template")
    assert jobs.run_all() == []
    assert not Contact.objects.in_window().exists()


def test_where_nothing_may_take_its_place_the_update_is_kept(
    alice: User, graph: responses.RequestsMock
) -> None:
    answers(graph)
    flow = start(alice)
    refused_later(flow, WINDOW, "use_template")
    message = Flow.objects.get().message
    assert (message.pk, message.delivery) == (flow.message_id, "failed")


def test_a_flow_that_was_begun_anew_meanwhile_is_not_replaced(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates, settings: Settings
) -> None:
    answers(graph)
    first = start(alice)
    settings.FLOW_DEBOUNCE_SECONDS = 0
    start(alice)
    settings.FLOW_DEBOUNCE_SECONDS = 60
    refused_later(first, WINDOW, "use_template")
    assert jobs.run_all() == []
    assert len(graph.calls) == 2


def test_many_processes_that_hear_of_one_refusal_replace_it_once(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    answers(graph)
    flow = start(alice)
    OutgoingMessage.objects.update(delivery="failed", next_step="use_template", error_code=WINDOW)
    gate = threading.Barrier(4)

    def hear() -> None:
        message = OutgoingMessage.objects.get(pk=flow.message_id)
        gate.wait()
        with transaction.atomic():
            signals.message_refused.send(sender=OutgoingMessage, message=message)
        connection.close()

    threads = [threading.Thread(target=hear) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert OutgoingMessage.objects.filter(replaces=flow.message_id).count() == 1
    jobs.run_all()
    assert len(graph.calls) == 2


def test_many_calls_at_once_are_answered_by_the_one_template(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    graph_answers.accepts_templates_only(graph)
    gate = threading.Barrier(6)
    ended: list[str] = []

    def call() -> None:
        gate.wait()
        ended.append(start(alice).message.status)
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kinds(graph) == ["list", "conexao_escolher_banco"]
    assert ended == ["accepted"] * 6
    assert Flow.objects.count() == 1


def test_a_call_that_comes_between_refusal_and_replacement_is_the_only_one_sent(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    answers(graph, WINDOW)
    message = outbox.intend(user=alice, message=invitations.bank_list(user=alice))
    first = Flow.objects.create(user=alice, channel="api", route="flow", message=message)
    outbox.deliver(message)
    close_window(alice)
    second = start(alice)
    assert flows.fall_back(first) == second
    assert kinds(graph) == ["list", "conexao_escolher_banco"]
