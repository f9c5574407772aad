"""The chat begins a flow in its own transaction, under the same rules as the API."""

from datetime import timedelta

import pytest
import responses
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from openfinance import catalogue, exceptions, flows
from openfinance.models import Flow
from tests import jobs
from tests.openfinance.cold import kinds
from tests.whatsapp import graph as graph_answers
from whatsapp.exceptions import Unavailable
from whatsapp.models import BusinessNumber, Contact, OutgoingMessage

pytestmark = pytest.mark.usefixtures("live_db")


@pytest.fixture(autouse=True)
def _accepting(live_db: None, graph: responses.RequestsMock) -> None:
    catalogue.sync()
    graph_answers.accepts(graph)


def test_a_worker_sends_it_after_the_transaction(
    alice: User, graph: responses.RequestsMock
) -> None:
    with transaction.atomic():
        flow = flows.enqueue(user=alice)
        assert (flow.message.status, flow.channel) == ("queued", "whatsapp")
        assert not graph.calls
    jobs.run_all()
    assert kinds(graph) == ["list"]


def test_what_is_rolled_back_is_never_sent(alice: User, graph: responses.RequestsMock) -> None:
    with transaction.atomic():
        flows.enqueue(user=alice)
        transaction.set_rollback(True)
    assert jobs.run_all() == []
    assert not Flow.objects.exists()


def test_it_goes_to_the_address_that_the_person_wrote_from(
    alice: User, graph: responses.RequestsMock
) -> None:
    flows.enqueue(user=alice, to="+551187654321")
    jobs.run_all()
    assert [body["to"] for body in graph_answers.sent(graph)] == ["+551187654321"]


def test_whoever_hides_their_number_is_in_the_window_by_their_user_id(
    alice: User, graph: responses.RequestsMock
) -> None:
    ends = timezone.now() + timedelta(hours=1)
    Contact.objects.all().delete()
    Contact.objects.create(user_id="BR.1349", window_ends_at=ends)
    flow = flows.enqueue(user=alice, to="BR.1349")
    assert (flow.message.phone, flow.message.kind) == ("BR.1349", "interactive_list")


@pytest.mark.parametrize("to", [None, "+551187654321", "BR.1349"])
def test_a_call_right_after_it_sends_nothing(
    alice: User, graph: responses.RequestsMock, to: str | None
) -> None:
    if to == "BR.1349":
        Contact.objects.update(user_id=to)
    flow = flows.enqueue(user=alice, to=to)
    OutgoingMessage.objects.update(status="accepted")
    assert flows.start(user=alice, channel=Flow.Channel.API) == flow
    assert flows.enqueue(user=alice) == flow
    assert not graph.calls


def test_what_still_waits_in_the_queue_is_not_sent_beside_it(
    alice: User, graph: responses.RequestsMock
) -> None:
    flow = flows.enqueue(user=alice)
    long_ago = timezone.now() - timedelta(minutes=10)
    Flow.objects.update(created_at=long_ago)
    OutgoingMessage.objects.update(created_at=long_ago)
    assert flows.start(user=alice, channel=Flow.Channel.API) == flow
    assert not graph.calls


def test_it_is_refused_for_the_same_reasons(alice: User, davi: User) -> None:
    with pytest.raises(exceptions.InactiveSubscription):
        flows.enqueue(user=davi)
    Contact.objects.update(opted_out_at=timezone.now())
    with pytest.raises(exceptions.OptedOut):
        flows.enqueue(user=alice)
    Contact.objects.update(opted_out_at=None)
    BusinessNumber.objects.create(phone_number_id="106540352242922", stopped_at=timezone.now())
    with pytest.raises(Unavailable):
        flows.enqueue(user=alice)
    assert not Flow.objects.exists()


def test_a_message_that_goes_to_one_form_of_a_number_counts_for_the_other(
    alice: User, bruno: User, graph: responses.RequestsMock
) -> None:
    User.objects.filter(pk=bruno.pk).update(phone="+551187654321")
    bruno.refresh_from_db()
    sent = Flow.objects.sent
    flows.enqueue(user=alice)
    found = sent(user_id=bruno.pk, phone=bruno.phone, since=timezone.now() - timedelta(1))
    assert [item.wish.user_id for item in found] == [alice.pk]
