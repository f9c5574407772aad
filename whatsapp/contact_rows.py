"""The rows of contacts, made to say what the facts come to: one row a person."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from accounts.models import User
from whatsapp import jobs, owners
from whatsapp.identities import People, Person
from whatsapp.models import Contact

# What is told late may show that a number passed to nobody else. Until then nothing goes there.
_SETTLES_AFTER = timedelta(minutes=1)

# Those of None are of nobody: a number that somebody left, and that they did not have after all.
Rows = dict[Person | None, list[Contact]]


def agree(
    contacts: Iterable[Contact], *, before: People, after: People
) -> dict[Person | None, int]:
    """Make the rows of these people say what the facts come to after one was added.

    `before` is what they came to until then. Return each person's primary key. Two rows that are
    one person become the older one, with all that refers to the other.
    """
    rows = _rows_of_people(contacts, before, after)
    for contact in rows.pop(None, []):
        contact.delete()
    people = after.everybody()
    users = owners.of(person.number for person in people if person.number)
    kept: dict[Person | None, Contact] = {}
    changed: list[Contact] = []
    taken: list[Contact] = []
    for person in people:
        mine = rows.get(person, [])
        contact = kept[person] = mine[0] if mine else Contact()
        had_since = contact.took_number_at
        if _fill(contact, _values(person, users)):
            changed.append(contact)
        if contact.took_number_at != had_since and _has_been_anothers(person, users):
            taken.append(contact)
    for first, *others in rows.values():
        for other in others:
            _merge(other, into=first)
    _write(changed)
    for contact in taken:
        jobs.enqueue(
            "whatsapp.tasks.end_moved",
            queue=jobs.Queue.INBOX,
            after=_SETTLES_AFTER,
            contact_id=contact.pk,
        )
    return {person: contact.pk for person, contact in kept.items()}


def _rows_of_people(contacts: Iterable[Contact], before: People, after: People) -> Rows:
    """Return which rows are whose, the oldest first."""
    rows: Rows = {}
    for contact in sorted(contacts, key=lambda contact: contact.pk):
        number = contact.number or ""
        # A row without a user id is whoever had the number so far, though they may have left it.
        at = None if contact.user_id else before.since(number)
        person = after.find(number=number, user_id=contact.user_id or "", at=at)
        rows.setdefault(person, []).append(contact)
    return rows


def _values(person: Person, users: list[User]) -> dict[str, Any]:
    number, since = person.number or "", person.took_number_at
    theirs = (user.phone for user in users if owners.owns(user, number=number, since=since))
    phone = max(theirs, default=None)
    return {
        "phone": phone,
        "wa_id": person.wa_id or (None if phone else person.digits),
        "user_id": person.user_id or (None if number else person.former_user_id),
        "took_number_at": since,
        "window_ends_at": person.window_ends_at,
        "opted_in_at": person.opted_in_at,
        "opt_in_proof": person.opt_in_proof,
        "opted_out_at": person.opted_out_at,
        "marketing_stopped_at": person.marketing_stopped_at,
    }


def _has_been_anothers(person: Person, users: list[User]) -> bool:
    """Tell whether a user verified the person's number before it came to that person."""
    number = person.number or ""
    return any(
        owners.owns(user, number=number, since=None)
        and not owners.owns(user, number=number, since=person.took_number_at)
        for user in users
    )


def _fill(contact: Contact, values: dict[str, Any]) -> bool:
    """Give a row its values; False when it had them all."""
    if contact.pk and all(getattr(contact, name) == value for name, value in values.items()):
        return False
    for name, value in values.items():
        setattr(contact, name, value)
    return True


def _merge(contact: Contact, *, into: Contact) -> None:
    """Let whatever refers to a row refer to another one, and delete it.

    Where only one thing may refer to a row, the other row's own stays.
    """
    for relation in Contact._meta.related_objects:
        referring = relation.related_model._base_manager.all()
        name = relation.field.name
        if relation.one_to_one and referring.filter(**{name: into}).exists():
            continue
        referring.filter(**{name: contact}).update(**{name: into})
    contact.delete()


def _write(contacts: list[Contact]) -> None:
    """Save the rows, of which one may get what another one loses."""
    keys = [contact.pk for contact in contacts if contact.pk]
    if len(contacts) > 1:
        for key in keys:
            Contact.objects.filter(pk=key).update(phone=None, wa_id=None, user_id=f"moving:{key}")
    for contact in contacts:
        contact.save()
