"""Users who have proved that a number is theirs, until another one does or it changes hands."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.models import PhoneVerification, User
from whatsapp import outbox, turns, updates
from whatsapp.identities import one_form
from whatsapp.models import Contact, OutgoingMessage

# Why a message to a number that somebody lost is not sent.
LOST = "the number is no longer its user's"


class Loss(StrEnum):
    """Why a number is no longer a user's."""

    PROVED_BY_ANOTHER = "proved_by_another"
    MOVED = "moved"  # WhatsApp told that another person has it
    CHANGED = "changed"  # they have another one, or none


def forms(phone: str) -> list[str]:
    """Return the forms in which a number, in E.164, may be stored, the given one first."""
    return [f"+{form}" for form in updates.variants(phone.removeprefix("+"))]


def turn(phone: str) -> str:
    """Return the name under which the number, all forms of which are one, takes its turn."""
    return f"number:{one_form(phone.removeprefix('+'))}"


def of(numbers: Iterable[str]) -> list[User]:
    """Return the active users who verified any of these numbers (digits), in either form."""
    phones = [form for number in numbers for form in forms(number)]
    if not phones:
        return []
    return list(
        User.objects.filter(phone__in=phones, phone_verified_at__isnull=False, is_active=True)
    )


def owns(user: User, *, number: str, since: datetime | None) -> bool:
    """Tell whether a verified user has this number, and verified it when it was already theirs.

    `since` is when the number passed to its present holder from another person, None if from none.
    """
    is_same = user.phone.removeprefix("+") in updates.variants(number)
    verified_at = user.phone_verified_at
    return is_same and verified_at is not None and (since is None or verified_at >= since)


def holder(phone: str) -> User | None:
    """Return the active user whose number (E.164) this is now; None when it is nobody's."""
    number = phone.removeprefix("+")
    since = _taken_at(known_as(phone))
    users = [user for user in of([number]) if owns(user, number=number, since=since)]
    return users[0] if len(users) == 1 else None


def known_as(address: str) -> list[Contact]:
    """Return the contacts known by an address, given as `outbox.queue` takes it."""
    numbers = list(updates.variants(address.removeprefix("+"))) if address.startswith("+") else []
    return list(Contact.objects.known_as(numbers=numbers, user_ids=[address]))


def reaches(user: User, *, address: str, contacts: Iterable[Contact] | None = None) -> bool:
    """Tell whether what goes to an address still comes to the user.

    `address` is one as `outbox.queue` takes it, and `contacts` all who are known by it, if the
    caller has them.
    """
    known = list(known_as(address) if contacts is None else contacts)
    if address.startswith("+"):
        return owns(user, number=address.removeprefix("+"), since=_taken_at(known))
    return any(
        contact.number and owns(user, number=contact.number, since=contact.took_number_at)
        for contact in known
    )


def prove(*, user: User, phone: str) -> User:
    """Make a number the user's, who has just proved to have it; return them as they are now.

    Whoever had verified it loses it: they no longer have it. Needs a transaction.
    """
    turns.take([turn(phone)])
    theirs = Q(phone__in=forms(phone), phone_verified_at__isnull=False)
    # All in one order, so that two who swap numbers never wait for each other in a circle.
    rows = User.objects.filter(theirs | Q(pk=user.pk)).order_by("pk").select_for_update(no_key=True)
    people = {row.pk: row for row in rows}
    user = people.pop(user.pk)
    for other in people.values():
        lose(other, why=Loss.PROVED_BY_ANOTHER)
    before, user.phone, user.phone_verified_at = user.phone, phone, timezone.now()
    user.save(update_fields=["phone", "phone_verified_at"])
    if before != phone:
        record_change(user)
    audit.record(user=user, act=audit.Act.PHONE_VERIFIED, target=user)
    return user


def lose(user: User, *, why: Loss) -> None:
    """End the verification of a user's number, and what is on its way there.

    Needs the transaction in which the user's row is locked.
    """
    user.phone_verified_at = None
    user.save(update_fields=["phone_verified_at"])
    _withdraw(user)
    audit.record(user=user, act=audit.Act.PHONE_LOST, target=user, result=why)


def record_change(user: User) -> None:
    """Record that a user has another number, or none, and end what is on its way to the old one."""
    _withdraw(user)
    audit.record(user=user, act=audit.Act.PHONE_CHANGED, target=user)


def end_moved(contact_id: int) -> None:
    """End the verifications of a contact's number that are older than their having it."""
    contact = Contact.objects.filter(pk=contact_id).first()
    number = contact.number if contact else None
    if contact is None or number is None:
        return
    with transaction.atomic():
        turns.take([turn(number)])
        verified = User.objects.filter(phone__in=forms(number), phone_verified_at__isnull=False)
        for user in verified.order_by("pk").select_for_update(no_key=True):
            if not owns(user, number=number, since=contact.took_number_at):
                lose(user, why=Loss.MOVED)


def _withdraw(user: User) -> None:
    """Let nothing more go out that was queued for a user's number; a code goes to a new one."""
    codes = PhoneVerification.objects.filter(user=user).values("pk")
    for message in OutgoingMessage.objects.queued().filter(user=user).exclude(pk__in=codes):
        outbox.withdraw(message, reason=LOST)


def _taken_at(contacts: Iterable[Contact]) -> datetime | None:
    times = (contact.took_number_at for contact in contacts)
    return max((at for at in times if at), default=None)
