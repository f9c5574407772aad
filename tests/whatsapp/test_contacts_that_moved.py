"""People who change their number or their user id, as WhatsApp's system messages tell."""

from itertools import permutations

import pytest

from accounts.models import User
from tests.whatsapp.people import NOW, Told, ago, moved, rows, tell, text
from tests.whatsapp.updates import recorded
from whatsapp import contacts, updates
from whatsapp.models import Contact, ContactFact

OLD, SHORT, NEW = "5511987654321", "551187654321", "5521912345678"
ONE, TWO, THREE = "BR.1", "BR.2", "BR.3"

pytestmark = pytest.mark.django_db

BOTH = moved(wa_id=NEW, user_id=TWO, previous_wa_id=OLD, previous_user_id=ONE)
# What WhatsApp may leave out: always one of the old identities and the new number are told.
TOLD_IN_PART = [
    BOTH,
    moved(wa_id=NEW, user_id=TWO, previous_user_id=ONE),
    moved(wa_id=NEW, user_id=TWO, previous_wa_id=SHORT),
    moved(wa_id=NEW, previous_wa_id=OLD, previous_user_id=ONE),
    moved(wa_id=NEW, previous_user_id=ONE),
    moved(wa_id=NEW, previous_wa_id=OLD),
]


@pytest.mark.parametrize("change", TOLD_IN_PART)
def test_the_contact_has_the_new_number_and_no_open_window(change: updates.SystemChange) -> None:
    old = tell(text(OLD, ONE, ago(hours=2)))
    new = tell(change)
    assert (new.pk, new.wa_id, new.window_ends_at) == (old.pk, NEW, None)
    assert new.user_id == change.user_id


@pytest.mark.parametrize("change", TOLD_IN_PART)
def test_who_writes_from_the_new_number_is_the_same_person(change: updates.SystemChange) -> None:
    old = tell(text(OLD, ONE, ago(hours=2)), change)
    new = tell(text(NEW, TWO))
    assert (new.pk, new.user_id) == (old.pk, TWO)


@pytest.mark.parametrize("change", TOLD_IN_PART)
def test_the_old_number_is_no_longer_theirs(change: updates.SystemChange) -> None:
    tell(text(OLD, ONE, ago(hours=2)), change)
    left = Contact.objects.get(wa_id=OLD)
    assert (left.user_id, left.window_ends_at, left.took_number_at) == (None, None, NOW)


def test_a_wish_goes_where_the_person_goes_and_not_where_the_number_goes() -> None:
    contacts.opt_out(tell(text(OLD, ONE, ago(hours=3))), at=ago(hours=2), source={})
    assert tell(BOTH).opted_out_at == ago(hours=2)
    assert tell(text(OLD, THREE)).opted_out_at is None


def test_the_user_of_the_old_number_is_neither_person(alice: User) -> None:
    User.objects.update(phone_verified_at=ago(days=9))
    tell(text(OLD, ONE, ago(hours=2)))
    moved_on, next_one = tell(BOTH), tell(text(SHORT, THREE))
    assert (contacts.user_of(moved_on), contacts.user_of(next_one)) == (None, None)
    alice.refresh_from_db()
    assert (alice.phone, moved_on.phone, next_one.phone) == (f"+{OLD}", None, None)


def test_once_their_user_verifies_the_new_number_they_are_found_again(alice: User) -> None:
    contact = tell(text(OLD, ONE, ago(hours=2)), BOTH)
    User.objects.update(phone=f"+{NEW}", phone_verified_at=NOW)
    assert contacts.user_of(contact) == alice
    assert tell(text(NEW, TWO)).phone == f"+{NEW}"


def test_a_new_id_alone_leaves_number_and_window() -> None:
    old = tell(text(OLD, ONE, ago(hours=2)))
    new = tell(moved(user_id=TWO, previous_user_id=ONE))
    assert (new.pk, new.wa_id, new.user_id) == (old.pk, OLD, TWO)
    assert new.window_ends_at == old.window_ends_at


def test_what_a_former_id_says_late_moves_nobody() -> None:
    contact = tell(text(OLD, ONE, ago(hours=2)), BOTH, text(OLD, ONE, ago(hours=1)))
    assert (contact.wa_id, contact.user_id, contact.window_ends_at) == (NEW, TWO, None)


def test_a_change_of_somebody_we_never_heard_of_is_kept_for_when_they_write() -> None:
    contact = tell(BOTH)
    assert tell(text(NEW, TWO)) == contact
    assert tell(text(None, ONE, ago(hours=1))) == contact


def test_a_person_moves_on_more_than_once() -> None:
    first = tell(text(OLD, ONE, ago(hours=3)))
    tell(moved(user_id=THREE, previous_user_id=TWO, at=NOW))
    last = tell(moved(wa_id=NEW, user_id=TWO, previous_user_id=ONE, at=ago(hours=1)))
    assert (last.pk, last.wa_id, last.user_id) == (first.pk, NEW, THREE)


def test_a_number_that_comes_back_must_be_verified_again(alice: User) -> None:
    User.objects.update(phone_verified_at=ago(days=9))
    back = moved(wa_id=OLD, user_id=THREE, previous_wa_id=NEW, previous_user_id=TWO)
    contact = tell(
        text(OLD, ONE, ago(hours=3)),
        moved(wa_id=NEW, user_id=TWO, previous_wa_id=OLD, previous_user_id=ONE, at=ago(hours=2)),
        back,
    )
    assert (contact.wa_id, contacts.user_of(contact)) == (OLD, None)


@pytest.mark.parametrize("name", ["system_user_changed_number", "system_user_changed_user_id"])
def test_the_recorded_changes_are_followed(name: str) -> None:
    change = recorded.only(name)
    assert isinstance(change, updates.SystemChange)
    old = tell(text(recorded.WA_ID, recorded.USER_ID, recorded.at(1_750_000_000)))
    assert tell(change) == old
    assert (tell(change).user_id, tell(change).pk) == ("BR.20000000000000000001", old.pk)


STORIES: dict[str, list[Told]] = {
    "moved": [text(OLD, ONE, ago(hours=3)), BOTH, text(NEW, TWO)],
    "moved, and another got the number": [
        text(SHORT, ONE, ago(hours=3)),
        moved(wa_id=NEW, user_id=TWO, previous_wa_id=OLD, previous_user_id=ONE, at=ago(hours=2)),
        text(OLD, THREE, ago(hours=1)),
        text(NEW, TWO),
    ],
    "opted in just before": [
        text(OLD, ONE, ago(hours=3), "parar"),
        text(OLD, ONE, ago(hours=2), "voltar"),
        moved(wa_id=NEW, user_id=TWO, previous_user_id=ONE, at=ago(hours=1)),
        text(NEW, TWO),
    ],
    "numbers only": [
        text(OLD, None, ago(hours=3)),
        moved(wa_id=NEW, previous_wa_id=OLD, at=ago(hours=2)),
        text(OLD, None, ago(hours=1)),
        text(NEW, None),
    ],
    "opted out just before": [
        text(OLD, None, ago(hours=3)),
        text(OLD, None, ago(hours=2), "parar"),
        moved(wa_id=NEW, previous_wa_id=OLD, at=ago(hours=1)),
        text(NEW, None),
    ],
    "a new id": [
        text(OLD, ONE, ago(hours=3)),
        moved(user_id=TWO, previous_user_id=ONE, at=ago(hours=2)),
        text(SHORT, TWO, ago(hours=1)),
    ],
    "two people who swapped": [
        text(OLD, ONE, ago(hours=4)),
        text(NEW, TWO, ago(hours=4)),
        text(OLD, TWO, ago(hours=1)),
        text(NEW, ONE, ago(hours=1)),
    ],
}


@pytest.mark.parametrize("story", STORIES)
def test_a_story_ends_the_same_in_whatever_order_it_is_told(story: str) -> None:
    tell(*STORIES[story])
    expected = rows()
    for order in permutations(STORIES[story]):
        Contact.objects.all().delete()
        ContactFact.objects.all().delete()
        tell(*order)
        assert rows() == expected
