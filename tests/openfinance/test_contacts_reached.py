"""What contacts say of a user decides whether a call sends anything, and where to."""

import pytest
import responses
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from openfinance import catalogue, exceptions, flows, reach
from openfinance.models import Flow
from tests.openfinance.cold import close_window
from tests.whatsapp import graph as graph_answers
from tests.whatsapp.people import NOW, ago, moved, tell, text
from whatsapp import contacts, signals
from whatsapp.models import Contact, MessageTemplate, OutgoingMessage

NUMBER, SHORT, NEW = "5511987654321", "551187654321", "5521912345678"
OPTED_OUT_OF_MARKETING = 131050


@pytest.fixture
def long_verified(alice: User) -> User:
    User.objects.filter(pk=alice.pk).update(phone_verified_at=ago(days=90))
    alice.refresh_from_db()
    return alice


def test_a_number_that_passed_on_gets_nothing_of_its_former_user(long_verified: User) -> None:
    tell(text(NUMBER, "BR.1", ago(days=1)))
    assert reach.of(user=long_verified).is_in_window
    tell(text(SHORT, "BR.2"))
    with pytest.raises(exceptions.PhoneNotVerified):
        reach.of(user=long_verified)


def test_a_number_that_its_user_left_gets_nothing_of_theirs(long_verified: User) -> None:
    tell(text(NUMBER, "BR.1", ago(days=1)))
    tell(moved(wa_id=NEW, user_id="BR.2", previous_user_id="BR.1"))
    with pytest.raises(exceptions.PhoneNotVerified):
        reach.of(user=long_verified)


def test_whoever_verifies_it_after_that_is_reached(long_verified: User) -> None:
    tell(text(NUMBER, "BR.1", ago(days=1)), text(SHORT, "BR.2"))
    long_verified.phone_verified_at = timezone.now()
    assert reach.of(user=long_verified).is_in_window


def test_an_opt_out_is_honoured_and_undone(alice: User) -> None:
    contact = contacts.opt_out(tell(text(SHORT, "BR.1")), at=NOW, source={})
    with pytest.raises(exceptions.OptedOut):
        reach.of(user=alice)
    contacts.opt_in(contact, at=timezone.now(), proof={})
    assert reach.of(user=alice).is_in_window


@pytest.mark.usefixtures("live_db", "approved_templates")
class TestMarketingThatWhatsAppRefuses:
    @pytest.fixture(autouse=True)
    def _banks(self, live_db: None) -> None:
        catalogue.sync()

    def test_it_is_not_tried_again(self, bruno: User, graph: responses.RequestsMock) -> None:
        close_window(bruno)
        graph_answers.refuses(graph, OPTED_OUT_OF_MARKETING)
        flow = flows.start(user=bruno, channel=Flow.Channel.API)
        assert flow.message.status == "failed"
        with pytest.raises(exceptions.OptedOut):
            flows.start(user=bruno, channel=Flow.Channel.API)
        assert len(graph.calls) == 1

    def test_it_is_remembered_when_a_status_tells_it(self, bruno: User) -> None:
        message = OutgoingMessage.objects.create(
            user=bruno,
            phone=bruno.phone,
            kind="template",
            payload={},
            status="accepted",
            delivery="failed",
            next_step="record_opt_out",
            settled_at=NOW,
        )
        with transaction.atomic():
            signals.message_refused.send(sender=OutgoingMessage, message=message)
        assert Contact.objects.get(phone=bruno.phone).marketing_stopped_at == NOW

    def test_what_is_no_marketing_still_goes_out(
        self, alice: User, graph: responses.RequestsMock
    ) -> None:
        contacts.stop_marketing(phone=alice.phone)
        close_window(alice)
        graph_answers.accepts(graph)
        assert MessageTemplate.objects.filter(category="UTILITY").exists()
        assert flows.start(user=alice, channel=Flow.Channel.API).message.status == "accepted"
