"""Who wrote: matched by user id, then by number in either form, and never taken for another."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from openfinance.models import Conversation
from tests.whatsapp.people import NOW, ago, moved, rows, tell, text
from whatsapp import contacts
from whatsapp.models import Contact, IncomingUpdate

LONG, SHORT = "5511987654321", "551187654321"
OTHER = "5521912345678"
ONE, TWO = "BR.13491208655302741918", "BR.20000000000000000001"
DAY = timedelta(hours=24)

pytestmark = pytest.mark.django_db


def test_who_writes_for_the_first_time_is_kept_under_what_whatsapp_told() -> None:
    contact = tell(text(LONG, ONE, NOW))
    assert (contact.wa_id, contact.user_id, contact.phone) == (LONG, ONE, None)
    assert contact.window_ends_at == NOW + DAY


@pytest.mark.parametrize("known", [(LONG, None), (SHORT, None), (None, ONE), (SHORT, ONE)])
@pytest.mark.parametrize("told", [(LONG, None), (None, ONE), (LONG, ONE)])
def test_a_person_is_one_whatever_is_known_and_whatever_is_told(
    known: tuple[str | None, str | None], told: tuple[str | None, str | None]
) -> None:
    first = tell(text(*known, ago(hours=2)))
    second = tell(text(*told, ago(hours=1)))
    shares = (known[0] and told[0]) or (known[1] and told[1])
    assert Contact.objects.count() == (1 if shares else 2)
    assert (first.pk == second.pk) == bool(shares)


@pytest.mark.parametrize("wa_id", [LONG, SHORT])
def test_a_users_contact_is_theirs_in_either_form(alice: User, wa_id: str) -> None:
    contact = tell(text(wa_id, ONE))
    assert (contact.phone, contact.wa_id, contact.user_id) == (alice.phone, wa_id, ONE)
    assert Contact.objects.count() == 1


def test_a_landline_has_one_form_and_a_mobile_beside_it_is_another_person() -> None:
    tell(text("551132654321"), text("5511932654321"))
    assert Contact.objects.count() == 2


def test_the_form_that_whatsapp_told_last_is_kept() -> None:
    tell(text(LONG, ONE, ago(hours=1)), text(SHORT, ONE, NOW), text(LONG, ONE, ago(hours=2)))
    assert Contact.objects.get().wa_id == SHORT


def test_somebody_known_by_id_alone_later_shows_their_number() -> None:
    hidden = tell(text(None, ONE, ago(hours=1)))
    shown = tell(text(SHORT, ONE))
    assert (shown.pk, shown.wa_id) == (hidden.pk, SHORT)


def test_somebody_who_hides_their_number_again_keeps_it_here() -> None:
    tell(text(LONG, ONE, ago(hours=1)), text(None, ONE))
    assert Contact.objects.get().wa_id == LONG


class TestWindow:
    @pytest.mark.parametrize(
        ("at", "is_open"),
        [
            (ago(seconds=1), True),
            (ago(hours=22), True),
            (ago(hours=24, seconds=1), False),
            (ago(days=3), False),
        ],
    )
    def test_it_is_open_for_a_day_from_the_messages_own_time(
        self, at: datetime, *, is_open: bool
    ) -> None:
        contact = tell(text(LONG, ONE, at))
        assert contact.window_ends_at == at + DAY
        assert Contact.objects.in_window().exists() == is_open

    def test_an_older_message_does_not_shorten_it(self) -> None:
        contact = tell(text(LONG, ONE, NOW), text(LONG, ONE, ago(hours=5)))
        assert contact.window_ends_at == NOW + DAY

    def test_an_old_message_does_not_shorten_what_we_knew_otherwise(self, alice: User) -> None:
        before = Contact.objects.get().window_ends_at
        tell(text(LONG, ONE, ago(days=3)))
        assert Contact.objects.get().window_ends_at == before

    def test_a_message_from_the_future_opens_it_for_a_day_from_now(self) -> None:
        contact = tell(text(LONG, ONE, NOW + timedelta(days=300)))
        latest = timezone.now() + contacts.CLOCK_SLACK + DAY
        assert contact.window_ends_at
        assert NOW + DAY <= contact.window_ends_at <= latest

    def test_what_whatsapp_says_is_closed_stays_closed_until_they_write_again(self) -> None:
        tell(text(LONG, ONE, ago(hours=1)))
        contacts.close_window(phone=f"+{SHORT}")
        tell(text(LONG, ONE, ago(minutes=30)))
        assert not Contact.objects.in_window().exists()
        tell(text(LONG, ONE, timezone.now()))
        assert Contact.objects.in_window().exists()

    def test_it_is_closed_for_somebody_known_by_id_alone(self) -> None:
        tell(text(None, ONE, ago(hours=1)))
        contacts.close_window(phone=ONE)
        assert not Contact.objects.in_window().exists()

    def test_nobody_elses_is_closed_with_it(self) -> None:
        tell(text(LONG, ONE), text(OTHER, TWO))
        contacts.close_window(phone=f"+{OTHER}")
        assert Contact.objects.in_window().get().user_id == ONE


class TestOnePersonKnownAsTwo:
    """One was known by id, one by number, and then they write under both."""

    def test_they_become_the_older_row_with_the_later_window(self) -> None:
        by_id = tell(text(None, ONE, ago(hours=3)))
        tell(text(SHORT, None, ago(hours=1)))
        contact = tell(text(LONG, ONE, ago(hours=2)))
        assert (contact.pk, Contact.objects.count()) == (by_id.pk, 1)
        assert contact.window_ends_at == ago(hours=1) + DAY

    @pytest.mark.parametrize(("out", "is_out"), [(4, True), (5, True), (6, False)])
    def test_the_later_wish_and_the_proof_survive(self, out: int, *, is_out: bool) -> None:
        tell(text(None, ONE, ago(hours=5), "voltar"), text(LONG, None, ago(hours=out), "parar"))
        contact = tell(text(LONG, ONE))
        assert contact.opted_out_at == (ago(hours=out) if is_out else None)
        assert contact.opt_in_proof == {"text": "voltar"}

    def test_an_opt_out_of_either_is_one_of_the_person(self) -> None:
        tell(text(None, ONE, ago(hours=5)), text(LONG, None, ago(hours=4), "parar"))
        assert tell(text(LONG, ONE)).opted_out_at == ago(hours=4)

    def test_what_referred_to_either_refers_to_the_one(self) -> None:
        by_id = tell(text(None, ONE, ago(hours=2)))
        by_number = tell(text(LONG, None, ago(hours=2)))
        Conversation.objects.create(contact=by_number, helped_at=NOW)
        IncomingUpdate.objects.create(key="a", content={}, contact=by_number)
        tell(text(LONG, ONE))
        assert Conversation.objects.get().contact_id == by_id.pk
        assert IncomingUpdate.objects.get().contact_id == by_id.pk

    def test_of_two_conversations_the_older_persons_stays(self) -> None:
        by_id = tell(text(None, ONE, ago(hours=2)))
        by_number = tell(text(LONG, None, ago(hours=2)))
        kept = Conversation.objects.create(contact=by_id, helped_at=NOW)
        Conversation.objects.create(contact=by_number)
        tell(text(LONG, ONE))
        assert Conversation.objects.get() == kept

    def test_rows_written_by_other_means_are_merged_too(self) -> None:
        Contact.objects.create(phone=f"+{LONG}", opted_out_at=ago(hours=1))
        Contact.objects.create(user_id=ONE, window_ends_at=NOW + timedelta(hours=9))
        contact = tell(text(SHORT, ONE, ago(days=2)))
        assert (Contact.objects.count(), contact.opted_out_at) == (1, ago(hours=1))
        assert contact.window_ends_at == NOW + timedelta(hours=9)


class TestNumberThatPassedOn:
    """Somebody else writes from a number that was a person's."""

    def test_it_is_the_new_persons_and_the_old_one_keeps_their_id(self) -> None:
        old = tell(text(LONG, ONE, ago(days=200)))
        new = tell(text(SHORT, TWO))
        old.refresh_from_db()
        assert (old.user_id, old.wa_id, old.phone) == (ONE, None, None)
        assert (new.user_id, new.wa_id) == (TWO, SHORT)

    def test_neither_the_window_nor_the_wishes_pass_on_with_it(self) -> None:
        old = contacts.opt_out(tell(text(LONG, ONE, ago(hours=2))), at=ago(hours=1), source={})
        new = tell(text(LONG, TWO, ago(days=1, hours=1)), text(LONG, TWO))
        old.refresh_from_db()
        assert (old.opted_out_at, old.window_ends_at) == (ago(hours=1), None)
        assert (new.opted_out_at, new.window_ends_at) == (None, NOW + DAY)

    def test_its_user_is_not_the_new_person(self, alice: User) -> None:
        User.objects.update(phone_verified_at=ago(days=90))
        assert contacts.user_of(tell(text(LONG, ONE, ago(days=1)))) == alice
        new = tell(text(LONG, TWO))
        assert (contacts.user_of(new), new.phone, new.took_number_at) == (None, None, NOW)

    def test_whoever_verifies_it_after_that_is(self, alice: User) -> None:
        User.objects.update(phone_verified_at=ago(days=90))
        new = tell(text(LONG, ONE, ago(days=1)), text(LONG, TWO))
        User.objects.update(phone_verified_at=timezone.now())
        assert contacts.user_of(new) == alice

    def test_a_late_message_of_the_old_person_takes_nothing_back(self) -> None:
        tell(text(LONG, TWO), text(LONG, ONE, ago(days=2)))
        assert Contact.objects.get(user_id=TWO).wa_id == LONG
        assert Contact.objects.get(user_id=ONE).wa_id is None

    def test_a_new_id_told_late_makes_them_one_person_after_all(self, alice: User) -> None:
        User.objects.update(phone_verified_at=ago(days=90))
        tell(text(LONG, ONE, ago(days=1)), text(LONG, TWO))
        contact = tell(moved(user_id=TWO, previous_user_id=ONE, at=ago(hours=1)))
        assert (Contact.objects.count(), contacts.user_of(contact)) == (1, alice)
        assert (contact.phone, contact.took_number_at) == (alice.phone, None)


class TestUserOf:
    def test_a_stranger_is_no_user(self, alice: User) -> None:
        assert contacts.user_of(tell(text(OTHER, TWO))) is None

    def test_somebody_who_hides_their_number_is_no_user(self, alice: User) -> None:
        assert contacts.user_of(tell(text(None, ONE))) is None

    @pytest.mark.parametrize("wa_id", [LONG, SHORT])
    def test_a_user_is_found_by_either_form(self, alice: User, wa_id: str) -> None:
        assert contacts.user_of(tell(text(wa_id, None))) == alice

    @pytest.mark.parametrize("change", [{"phone_verified_at": None}, {"is_active": False}])
    def test_only_an_active_user_with_a_verified_phone_counts(
        self, alice: User, change: dict[str, object]
    ) -> None:
        User.objects.update(**change)
        contact = tell(text(LONG, ONE))
        assert (contacts.user_of(contact), contact.phone) == (None, None)

    def test_two_users_of_one_number_are_none(self, alice: User, bruno: User) -> None:
        User.objects.filter(pk=bruno.pk).update(phone=f"+{SHORT}")
        contact = tell(text(LONG, ONE))
        assert (contacts.user_of(contact), contact.phone) == (None, alice.phone)


def test_a_message_costs_a_fixed_number_of_statements(
    alice: User, django_assert_max_num_queries: object
) -> None:
    tell(text(LONG, ONE, ago(hours=1)))
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        tell(text(LONG, ONE))


def test_telling_the_same_again_changes_no_row() -> None:
    tell(text(LONG, ONE), text(SHORT, None, ago(hours=1)))
    before = rows()
    tell(text(SHORT, None, ago(hours=1)), text(LONG, ONE))
    assert rows() == before
