"""What the channel knows of one person, and how it forgets them and nobody else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from tests.whatsapp import people
from whatsapp import contacts, traces
from whatsapp.models import Contact, ContactFact, IncomingUpdate, WebhookEvent

pytestmark = pytest.mark.django_db

NUMBER, NINTHLESS, PHONE = "5511987654321", "551187654321", "+5511987654321"


def test_both_forms_of_a_number_and_all_ids_are_theirs() -> None:
    contact = contacts.heard(people.text(NINTHLESS, "BR.1"))
    known = traces.of(phone=PHONE)
    assert known.numbers == {NUMBER, NINTHLESS}
    assert known.user_ids == {"BR.1"}
    assert known.contacts == {contact.pk}
    assert known.facts == set(ContactFact.objects.values_list("pk", flat=True))


def test_a_person_who_moved_is_known_by_all_numbers_they_had() -> None:
    contacts.heard(people.text(NUMBER, "BR.1", at=people.ago(days=9)))
    contacts.follow(
        people.moved(wa_id="5521911112222", previous_wa_id=NUMBER, at=people.ago(days=1))
    )
    known = traces.of(phone=PHONE, at=people.ago(days=5))
    assert {NUMBER, "5521911112222"} <= known.numbers
    traces.forget_contacts(known)
    assert not Contact.objects.exists()
    assert not ContactFact.objects.exists()


def test_whoever_got_the_number_since_keeps_it_and_what_they_said() -> None:
    contacts.heard(people.text(NUMBER, "BR.1", at=people.ago(days=9)))
    newcomer = contacts.heard(people.text(NUMBER, "BR.2", at=people.ago(days=1)))
    known = traces.of(phone=PHONE, at=people.ago(days=5))
    assert not known.numbers
    assert known.user_ids == {"BR.1"}
    traces.forget_contacts(known)
    assert Contact.objects.get() == newcomer
    assert set(ContactFact.objects.values_list("user_id", flat=True)) == {"BR.2"}


def test_whoever_got_the_number_of_somebody_unknown_is_not_taken_for_them() -> None:
    contacts.heard(people.text(NUMBER, at=people.ago(days=9)))
    contacts.heard(people.text("5521911112222", "BR.2", at=people.ago(days=8)))
    newcomer = contacts.heard(people.text(NUMBER, "BR.2", at=people.ago(days=1)))
    known = traces.of(phone=PHONE, at=people.ago(days=5))
    assert (known.numbers, known.user_ids) == (frozenset(), frozenset())
    assert newcomer.pk not in known.contacts


def test_nobody_is_known_by_no_number(alice: User) -> None:
    assert traces.of() == traces.Traces()
    assert traces.of(phone="+5571911112222").contacts == set()


def told(key: str, content: dict[str, object], **facts: object) -> IncomingUpdate:
    return IncomingUpdate.objects.create(
        key=key, content=content, processed_at=timezone.now(), **facts
    )


def test_what_was_told_of_a_person_goes_and_what_was_told_of_others_stays() -> None:
    contact = contacts.heard(people.text(NUMBER, "BR.1"))
    known = traces.of(phone=PHONE)
    told("a", {"kind": "message", "update": {"id": "wamid.1"}}, contact=contact)
    told("b", {"kind": "status", "update": {"id": "wamid.2", "recipient_id": NINTHLESS}})
    told("c", {"kind": "status", "update": {"id": "wamid.3"}})
    other = told("d", {"kind": "status", "update": {"id": "wamid.4", "recipient_id": "5521999"}})
    assert traces.forget_updates(known, message_ids=frozenset({"wamid.3"})) == 3
    assert IncomingUpdate.objects.get() == other


def test_posts_go_with_what_they_held_once_they_were_taken_apart() -> None:
    contacts.heard(people.text(NUMBER, "BR.1"))
    now = timezone.now()
    post = WebhookEvent.objects.create(body=b"of hers", split_at=now)
    WebhookEvent.objects.create(body=NUMBER.encode(), split_at=now)
    waiting = WebhookEvent.objects.create(body=NUMBER.encode())
    others = WebhookEvent.objects.create(body=b"{}", split_at=now - timedelta(days=1))
    told("a", {"update": {"from_user_id": "BR.1"}}, event=post)
    traces.forget_updates(traces.of(phone=PHONE), message_ids=frozenset())
    assert set(WebhookEvent.objects.all()) == {waiting, others}
