"""A test flow is never taken for one whose message a person got."""

from datetime import timedelta

import pytest
import responses
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from openfinance import catalogue, flows, resending
from openfinance.models import ConnectionLink, Flow
from tests.openfinance import rows
from tests.openfinance.chat import phone
from tests.whatsapp import graph as graph_answers
from whatsapp import backlog, outbox
from whatsapp.models import OutgoingMessage

pytestmark = pytest.mark.usefixtures("live_db")


@pytest.fixture(autouse=True)
def _banks(live_db: None) -> None:
    catalogue.sync()


def tried(user: User) -> Flow:
    """Start a flow as a call with a test key does."""
    return flows.start(user=user, channel=Flow.Channel.API, is_test=True)


def test_a_test_flow_goes_no_further_than_its_rows(
    alice: User, graph: responses.RequestsMock
) -> None:
    message = outbox.deliver(tried(alice).message)
    assert (message.status, message.whatsapp_id) == ("accepted", f"test-{message.pk}")
    assert len(graph.calls) == 0


def test_no_job_finds_anything_to_do_for_it(alice: User) -> None:
    tried(alice)
    later = timezone.now() + timedelta(days=2)
    assert (outbox.settle(now=later), outbox.unconfirm(now=later)) == (0, 0)
    assert backlog.measure().messages == 0
    assert OutgoingMessage.objects.get().status == "accepted"


def test_a_test_uses_up_nothing_of_a_phone_that_passes_on(
    alice: User, bruno: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph)
    number, verified_at = alice.phone, alice.phone_verified_at
    User.objects.filter(pk=alice.pk).update(phone_verified_at=None)
    User.objects.filter(pk=bruno.pk).update(phone=number)
    bruno.refresh_from_db()
    tried(bruno)
    User.objects.filter(pk=bruno.pk).update(phone_verified_at=None)
    User.objects.filter(pk=alice.pk).update(phone_verified_at=verified_at)
    flow = flows.start(user=alice, channel=Flow.Channel.API)
    assert (flow.message.is_test, len(graph_answers.sent(graph))) == (False, 1)


def test_a_failure_before_it_is_still_the_last_that_the_person_knows_of(alice: User) -> None:
    failed = rows.flow(alice, at=timezone.now() - timedelta(minutes=5), status="failed")
    tried(alice)
    assert resending.failed_since(failed.created_at) == [alice]


def test_what_was_never_confirmed_before_it_still_waits_for_staff(alice: User) -> None:
    lost = rows.flow(alice, at=timezone.now() - timedelta(minutes=5), status="unconfirmed")
    tried(alice)
    assert resending.unconfirmed(Flow.objects.all()) == [lost]
    assert str(lost.pk) in resending.why_not(alice)


def test_it_is_nothing_to_send_again(alice: User) -> None:
    with pytest.raises(CommandError, match="no flow"):
        call_command("resend_flow", str(tried(alice).pk))


def test_sending_again_after_it_is_no_repeat_of_it(
    alice: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph)
    tried(alice)
    assert resending.resend(user=alice).result is resending.Result.ACCEPTED
    assert len(graph_answers.sent(graph)) == 1


def test_the_conversation_does_not_tell_of_it(alice: User) -> None:
    tried(alice)
    said = phone.text(phone.of(alice).writes("status"))
    assert said == "Você ainda não pediu para conectar nenhum banco."


def test_a_bank_that_is_chosen_afterwards_belongs_to_the_flow_before_it(alice: User) -> None:
    real = rows.flow(alice, at=timezone.now() - timedelta(minutes=5))
    tried(alice)
    phone.of(alice).writes("conectar Nubank")
    assert ConnectionLink.objects.get().flow == real


@pytest.mark.parametrize(
    ("name", "field"),
    [("openfinance_flow", "message__is_test"), ("whatsapp_outgoingmessage", "is_test")],
)
def test_staff_see_which_are_tests_and_find_them(
    client: Client, alice: User, name: str, field: str
) -> None:
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    rows.flow(alice)
    flow = tried(alice)
    page = client.get(reverse(f"admin:{name}_changelist"), {f"{field}__exact": "1"}).text
    assert str(flow.pk if name == "openfinance_flow" else flow.message.pk) in page
    assert 'alt="True"' in page
    assert 'alt="False"' not in page
