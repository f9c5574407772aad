"""What people want to receive: the later of two wishes counts, however late it is told."""

from datetime import datetime
from itertools import permutations

import pytest

from accounts.models import User
from tests.whatsapp.people import NOW, ago, prefers, tell, text
from tests.whatsapp.updates import recorded
from whatsapp import contacts, updates
from whatsapp.models import Contact, ContactFact

LONG, SHORT, ONE = "5511987654321", "551187654321", "BR.1"
PROOF: dict[str, object] = {"text": "voltar", "channel": "whatsapp", "message_id": "wamid.1"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact(db: None) -> Contact:
    return tell(text(LONG, ONE, ago(hours=9)))


def test_opting_out_is_kept_with_how_it_was_asked(contact: Contact) -> None:
    assert contacts.opt_out(contact, at=NOW, source={"text": "parar"}).opted_out_at == NOW
    assert ContactFact.objects.get(kind="opted_out").details == {"text": "parar"}


def test_opting_in_undoes_it_and_keeps_the_proof(contact: Contact) -> None:
    contacts.opt_out(contact, at=ago(hours=1), source={})
    contact = contacts.opt_in(contact, at=NOW, proof=PROOF)
    assert (contact.opted_out_at, contact.opted_in_at) == (None, NOW)
    assert contact.opt_in_proof == PROOF


def test_opting_out_keeps_the_proof_of_before(contact: Contact) -> None:
    contacts.opt_in(contact, at=ago(hours=1), proof=PROOF)
    contact = contacts.opt_out(contact, at=NOW, source={})
    assert (contact.opted_in_at, contact.opt_in_proof) == (ago(hours=1), PROOF)


@pytest.mark.parametrize("known", [(LONG, None), (None, ONE), (LONG, ONE)])
def test_of_several_wishes_the_latest_counts_in_whatever_order_they_come(
    known: tuple[str | None, str | None],
) -> None:
    wishes = [("out", ago(hours=3)), ("in", ago(hours=2)), ("out", ago(hours=1))]
    for order in permutations(wishes):
        ContactFact.objects.all().delete()
        Contact.objects.all().delete()
        contact = tell(text(*known))
        for wish, at in order:
            _wish(contact, wish, at)
        contact.refresh_from_db()
        assert (contact.opted_out_at, contact.opted_in_at) == (ago(hours=1), ago(hours=2))


def test_of_two_wishes_of_one_moment_the_stricter_counts(contact: Contact) -> None:
    contacts.opt_out(contact, at=NOW, source={})
    assert contacts.opt_in(contact, at=NOW, proof=PROOF).opted_out_at == NOW


def test_what_is_written_by_other_means_can_be_undone(alice: User) -> None:
    Contact.objects.update(opted_out_at=ago(hours=1))
    contact = Contact.objects.get()
    assert contacts.opt_in(contact, at=NOW, proof=PROOF).opted_out_at is None


def test_somebody_may_opt_out_who_never_wrote(alice: User) -> None:
    contact = contacts.opt_out(Contact.objects.get(), at=NOW, source={})
    assert (contact.phone, contact.opted_out_at) == (alice.phone, NOW)
    assert tell(text(SHORT, ONE)).opted_out_at == NOW


def test_one_persons_wish_is_nobody_elses(contact: Contact) -> None:
    other = tell(text("5521912345678", "BR.2"))
    contacts.opt_out(other, at=NOW, source={})
    contacts.stop_marketing(phone=other.address)
    contact.refresh_from_db()
    assert (contact.opted_out_at, contact.marketing_stopped_at) == (None, None)


class TestMarketing:
    def test_it_is_stopped_and_resumed_in_whatsapps_settings(self) -> None:
        stopped = tell(prefers("stop", LONG, ONE, ago(hours=2)))
        assert stopped.marketing_stopped_at == ago(hours=2)
        assert tell(prefers("resume", SHORT, None, ago(hours=1))).marketing_stopped_at is None

    @pytest.mark.parametrize("late", ["stop", "resume"])
    def test_an_older_choice_told_late_changes_nothing(self, late: str) -> None:
        newer = "resume" if late == "stop" else "stop"
        contact = tell(prefers(newer, LONG, ONE, NOW), prefers(late, LONG, ONE, ago(hours=1)))
        assert bool(contact.marketing_stopped_at) == (newer == "stop")

    def test_it_opens_no_window(self) -> None:
        assert tell(prefers("stop", LONG, ONE)).window_ends_at is None

    def test_a_category_we_do_not_know_changes_no_wish(self, contact: Contact) -> None:
        assert tell(prefers("stop", LONG, ONE, category="payments")) == contact
        assert not Contact.objects.exclude(marketing_stopped_at=None).exists()

    @pytest.mark.parametrize("address", [f"+{SHORT}", ONE])
    def test_a_refusal_to_either_address_stops_it(self, contact: Contact, address: str) -> None:
        assert contacts.stop_marketing(phone=address, at=NOW) == contact
        contact.refresh_from_db()
        assert contact.marketing_stopped_at == NOW

    def test_a_refusal_of_before_they_resumed_does_not_stop_it(self, contact: Contact) -> None:
        tell(prefers("resume", LONG, ONE, NOW))
        refused = contacts.stop_marketing(phone=f"+{LONG}", at=ago(hours=1))
        assert refused.marketing_stopped_at is None

    def test_a_refusal_to_somebody_unknown_is_kept_for_when_they_write(self) -> None:
        contacts.stop_marketing(phone=f"+{LONG}", at=NOW)
        contact = tell(text(SHORT, ONE))
        assert (contact.marketing_stopped_at, contact.wa_id) == (NOW, SHORT)

    @pytest.mark.parametrize(
        ("name", "is_stopped"),
        [
            ("user_preferences_stop", True),
            ("user_preferences_resume", False),
            ("user_preferences_without_profile", True),
        ],
    )
    def test_the_recorded_choices_are_kept(self, name: str, *, is_stopped: bool) -> None:
        change = recorded.only(name)
        assert isinstance(change, updates.PreferenceChange)
        contact = contacts.prefer(change)
        assert (bool(contact.marketing_stopped_at), contact.user_id) == (
            is_stopped,
            recorded.USER_ID,
        )


def _wish(contact: Contact, wish: str, at: datetime) -> None:
    if wish == "out":
        contacts.opt_out(contact, at=at, source={})
    else:
        contacts.opt_in(contact, at=at, proof=PROOF)
