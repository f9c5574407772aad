"""A number that another person has: nothing that was its former user's goes there any more."""

from datetime import timedelta

import pytest
import responses
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AuditEvent, User
from tests import jobs as worker
from tests.whatsapp import codes
from tests.whatsapp import graph as graph_answers
from tests.whatsapp.people import moved, tell, text
from whatsapp import contacts, outbox, owners, phone_codes
from whatsapp.messages import Text
from whatsapp.models import Contact, OutgoingMessage

pytestmark = pytest.mark.usefixtures("live_db")

HELLO = Text(body="Oi!")
HERS, SHORT, NEW = "5511987654321", "551187654321", "5521912345678"
ONE, TWO, THREE = "BR.1", "BR.2", "BR.3"


@pytest.fixture(autouse=True)
def _approved(live_db: None) -> None:
    codes.approve()


@pytest.fixture
def newcomer(db: None) -> User:
    return User.objects.create_user("erica@example.com", name="Erica")


def acts(user: User) -> list[tuple[str, str]]:
    events = AuditEvent.objects.filter(user=user).order_by("pk")
    return list(events.values_list("act", "result"))


def queue(user: User, to: str = "") -> OutgoingMessage:
    return outbox.queue(to=to or user.phone, message=HELLO, user=user)


class TestProvedByAnother:
    def test_until_the_code_is_confirmed_nothing_changes(self, alice: User, newcomer: User) -> None:
        codes.send(newcomer, alice.phone)
        alice.refresh_from_db()
        assert (alice.phone_verified_at is not None, acts(alice)) == (True, [])
        assert owners.holder(alice.phone) == alice

    def test_then_the_number_is_theirs_and_its_former_user_has_none(
        self, alice: User, newcomer: User
    ) -> None:
        codes.verify(newcomer, alice.phone)
        assert owners.holder(alice.phone) == newcomer
        assert acts(alice) == [("phone_lost", "proved_by_another")]
        alice.refresh_from_db()
        assert (alice.phone, alice.phone_verified_at) == (f"+{HERS}", None)

    def test_so_it_is_when_the_former_user_has_the_other_form(
        self, alice: User, newcomer: User
    ) -> None:
        User.objects.filter(pk=alice.pk).update(phone=f"+{SHORT}")
        codes.verify(newcomer, f"+{HERS}")
        alice.refresh_from_db()
        assert alice.phone_verified_at is None

    def test_so_it_is_when_the_former_user_is_inactive(self, alice: User, newcomer: User) -> None:
        User.objects.filter(pk=alice.pk).update(is_active=False)
        codes.verify(newcomer, alice.phone)
        alice.refresh_from_db()
        assert alice.phone_verified_at is None

    def test_what_was_queued_for_the_former_user_never_leaves(
        self, alice: User, newcomer: User, graph: responses.RequestsMock
    ) -> None:
        message = queue(alice)
        codes.verify(newcomer, alice.phone)
        message.refresh_from_db()
        assert (message.status, message.error_details) == ("failed", owners.LOST)
        worker.run_all()
        assert not graph.calls

    def test_the_former_user_may_prove_it_again(self, alice: User, newcomer: User) -> None:
        codes.verify(newcomer, alice.phone)
        codes.verify(alice, alice.phone)
        assert owners.holder(alice.phone) == alice
        assert acts(newcomer)[-1] == ("phone_lost", "proved_by_another")

    def test_the_former_users_code_to_another_number_still_goes_out(
        self, alice: User, newcomer: User, graph: responses.RequestsMock
    ) -> None:
        graph_answers.accepts(graph)
        phone_codes.write(codes.send(alice, f"+{NEW}").pk)
        phone_codes.confirm_verification(
            user=newcomer, code=codes.read(codes.send(newcomer, alice.phone))
        )
        worker.run_all()
        assert f"+{NEW}" in [sent["to"] for sent in graph_answers.sent(graph)]


class TestMovedByWhatsApp:
    LEFT = moved(wa_id=NEW, user_id=TWO, previous_wa_id=HERS, previous_user_id=ONE)

    def test_a_minute_later_the_user_is_told_apart_from_the_number(self, alice: User) -> None:
        User.objects.update(phone_verified_at=timezone.now() - timedelta(days=9))
        tell(text(HERS, ONE), self.LEFT)
        assert worker.run_all() == []
        assert worker.run_all(later=True) == ["whatsapp.tasks.end_moved"]
        alice.refresh_from_db()
        assert (alice.phone, alice.phone_verified_at) == (f"+{HERS}", None)
        assert acts(alice) == [("phone_lost", "moved")]

    def test_at_once_nothing_queued_leaves_and_nobody_signs_in(
        self, alice: User, graph: responses.RequestsMock
    ) -> None:
        User.objects.update(phone_verified_at=timezone.now() - timedelta(days=9))
        message = queue(alice)
        tell(text(HERS, ONE), self.LEFT)
        worker.run_all()
        message.refresh_from_db()
        assert (message.status, message.error_details) == ("failed", owners.LOST)
        assert (owners.holder(alice.phone), len(graph.calls)) == (None, 0)

    def test_who_writes_from_the_number_is_nobodys_user_until_they_prove_it(
        self, alice: User, newcomer: User
    ) -> None:
        User.objects.update(phone_verified_at=timezone.now() - timedelta(days=9))
        stranger = tell(text(HERS, ONE), self.LEFT, text(HERS, THREE))
        assert contacts.user_of(stranger) is None
        codes.verify(newcomer, f"+{HERS}")
        assert contacts.user_of(stranger) == newcomer
        worker.run_all(later=True, queue="inbox")
        assert owners.holder(f"+{HERS}") == newcomer

    def test_proved_again_before_the_minute_is_over_it_stays(self, alice: User) -> None:
        User.objects.update(phone_verified_at=timezone.now() - timedelta(days=9))
        tell(text(HERS, ONE), self.LEFT)
        codes.verify(alice, alice.phone)
        worker.run_all(later=True, queue="inbox")
        alice.refresh_from_db()
        assert alice.phone_verified_at is not None

    def test_a_new_user_id_alone_ends_nothing(self, alice: User) -> None:
        User.objects.update(phone_verified_at=timezone.now() - timedelta(days=9))
        tell(text(HERS, ONE), moved(user_id=TWO, previous_user_id=ONE))
        assert worker.run_all(later=True) == []


class TestTheQueue:
    @pytest.mark.parametrize(
        "change", [{"phone_verified_at": None}, {"phone": f"+{NEW}"}, {"phone": ""}]
    )
    def test_a_message_to_what_is_no_longer_its_users_does_not_leave(
        self, alice: User, graph: responses.RequestsMock, change: dict[str, object]
    ) -> None:
        message = queue(alice)
        User.objects.update(**change)
        worker.run_all()
        message.refresh_from_db()
        assert (message.status, message.error_details) == ("failed", owners.LOST)
        assert not graph.calls

    def test_a_message_to_the_other_form_of_their_number_leaves(
        self, alice: User, graph: responses.RequestsMock
    ) -> None:
        graph_answers.accepts(graph)
        queue(alice, f"+{SHORT}")
        worker.run_all()
        assert len(graph_answers.sent(graph)) == 1

    def test_a_message_to_a_user_id_leaves_while_its_number_is_theirs(self, alice: User) -> None:
        Contact.objects.filter(phone=alice.phone).update(user_id=ONE)
        assert owners.reaches(alice, address=ONE)
        Contact.objects.filter(user_id=ONE).update(phone=f"+{NEW}")
        assert not owners.reaches(alice, address=ONE)
        assert not owners.reaches(alice, address=TWO)


def test_two_users_cannot_have_verified_one_number(alice: User, bruno: User) -> None:
    with pytest.raises(IntegrityError, match="user_verified_phone_unique"), transaction.atomic():
        User.objects.filter(pk=bruno.pk).update(phone=alice.phone)
    User.objects.filter(pk=bruno.pk).update(phone=alice.phone, phone_verified_at=None)
