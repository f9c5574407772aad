"""People on WhatsApp: who they are, and what they and WhatsApp's rules allow us.

What each function is told becomes a fact, and the contacts are what all facts come to, so that
updates may come late, twice and in any order.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from whatsapp import contact_facts, contact_rows, owners, updates
from whatsapp.contact_facts import Told
from whatsapp.identities import Kind, People
from whatsapp.models import Contact

# How far Meta's clock may be ahead of ours; what claims to be later is taken to be of now.
CLOCK_SLACK = timedelta(minutes=1)

_MARKETING = "marketing_messages"


def heard(message: updates.Message) -> Contact:
    """Return who wrote, locked until the transaction ends, with the window that they opened.

    It ends 24 hours after the message's own time, so that an old message opens none.
    """
    sender = message.sender
    return _record(
        Told(
            kind=Kind.HEARD,
            at=message.at,
            number=sender.wa_id or "",
            user_id=sender.user_id or "",
        )
    )


def follow(change: updates.SystemChange) -> Contact:
    """Return who has a new number or user id, under it. It opens no window.

    The number that they had is no longer theirs: nothing goes there for a user until it is verified
    again.
    """
    return _record(
        Told(
            kind=Kind.MOVED,
            at=change.at,
            number=change.wa_id or "",
            user_id=change.user_id or "",
            previous_number=change.previous_wa_id or "",
            previous_user_id=change.previous_user_id or "",
        )
    )


def prefer(change: updates.PreferenceChange) -> Contact:
    """Return who stopped or resumed marketing in WhatsApp's own settings, with the latest choice.

    A category other than marketing changes nothing.
    """
    kind = Kind.NAMED
    if change.category == _MARKETING:
        match change.preference:
            case updates.Preference.STOP:
                kind = Kind.STOPPED
            case updates.Preference.RESUME:
                kind = Kind.RESUMED
            case _:
                assert_never(change.preference)
    return _record(
        Told(kind=kind, at=change.at, number=change.wa_id or "", user_id=change.user_id or "")
    )


def stop_marketing(*, phone: str, at: datetime | None = None) -> Contact:
    """Remember that WhatsApp refused marketing to an address, as the person had stopped it.

    `phone` is an address as `outbox.queue` takes it; `at` is when it was refused, None for now.
    """
    return _record_at(phone, Kind.REFUSED, at=at or timezone.now())


def opt_out(contact: Contact, *, at: datetime, source: dict[str, object]) -> Contact:
    """Let nothing be sent to a person from a moment on, unless they opted in later.

    `source` says how they asked, or which staff did and why. Return the contact as it is now.
    """
    return _record_at(contact.user_id or contact.address, Kind.OPTED_OUT, at=at, details=source)


def opt_in(contact: Contact, *, at: datetime, proof: dict[str, object]) -> Contact:
    """Let messages be sent to a person from a moment on, unless they opted out then or later.

    `proof` is kept: text, channel, message id and time. Return the contact as it is now.
    """
    return _record_at(contact.user_id or contact.address, Kind.OPTED_IN, at=at, details=proof)


def close_window(*, phone: str) -> None:
    """Remember that WhatsApp takes only templates for this address until the person writes again.

    `phone` is an address as `outbox.queue` takes it.
    """
    _record_at(phone, Kind.CLOSED, at=timezone.now())


def user_of(contact: Contact) -> User | None:
    """Return the one active user whose verified phone is this contact's number, in either form.

    None for a stranger, when two users have it, and when it passed to the contact from another
    person after the user verified it.
    """
    number, since = contact.number, contact.took_number_at
    if number is None:
        return None
    users = [user for user in owners.of([number]) if owners.owns(user, number=number, since=since)]
    return users[0] if len(users) == 1 else None


def _record_at(
    address: str, kind: Kind, *, at: datetime, details: dict[str, object] | None = None
) -> Contact:
    is_number = address.startswith("+")
    return _record(
        Told(
            kind=kind,
            at=at,
            number=address.removeprefix("+") if is_number else "",
            user_id="" if is_number else address,
            details=details or {},
        )
    )


def _record(told: Told) -> Contact:
    """Add a fact, which changes nothing when it is known; return whose it is, locked."""
    told = replace(told, at=min(told.at, timezone.now() + CLOCK_SLACK))
    with transaction.atomic():
        known = contact_facts.locked(told)
        before = contact_facts.adopt(known)
        if told.kind in (Kind.OPTED_IN, Kind.OPTED_OUT):
            told = _as_then(told, before)
        contact_facts.keep(known.facts, told)
        after = People(known.facts)
        keys = contact_rows.agree(known.rows, before=before, after=after)
        person = after.find(number=told.number, user_id=told.user_id, at=told.at)
        return Contact.objects.select_for_update().get(pk=keys[person])


def _as_then(told: Told, people: People) -> Told:
    """Say what was told under an identity of that time: the person may have moved since."""
    person = people.find(number=told.number, user_id=told.user_id)
    if person is None:
        return told
    number, user_id = people.known_then(person, told.at)
    return replace(told, number=number, user_id=user_id)
