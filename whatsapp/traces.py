"""What the channel knows of one person, found by their number: to hand it over, or to forget it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from whatsapp import contact_facts, pacing, updates
from whatsapp.contact_facts import Told
from whatsapp.identities import Kind, Person, one_form
from whatsapp.models import Contact, ContactFact, IncomingUpdate, WebhookEvent

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """Under which numbers (digits, in all forms) and user ids a person is known, and in which rows.

    A number that they had once and that is another person's by now is not among them.
    """

    numbers: frozenset[str] = frozenset()
    user_ids: frozenset[str] = frozenset()
    contacts: frozenset[int] = frozenset()
    facts: frozenset[int] = frozenset()

    def __or__(self, other: "Traces") -> "Traces":
        """Return both together."""
        return Traces(
            numbers=self.numbers | other.numbers,
            user_ids=self.user_ids | other.user_ids,
            contacts=self.contacts | other.contacts,
            facts=self.facts | other.facts,
        )

    @property
    def addresses(self) -> list[str]:
        """Where messages to them went, as `outbox.queue` takes it."""
        return [*(f"+{number}" for number in self.numbers), *self.user_ids]


@transaction.atomic
def of(*, phone: str = "", user_id: str = "", at: datetime | None = None) -> Traces:
    """Return the traces of whoever has an id, or had a number (E.164) at a moment, None for now.

    "" stands for what is not known; with neither there are none.
    """
    if not (phone or user_id):
        return Traces()
    digits = phone.removeprefix("+")
    told = Told(kind=Kind.NAMED, at=timezone.now(), number=digits, user_id=user_id)
    known = contact_facts.locked(told)
    people = contact_facts.adopt(known)
    if at and not user_id:
        person = people.holder_at(digits, at)
    else:
        person = people.find(number=digits, user_id=user_id)
    numbers, user_ids = people.names(person) if person else ({one_form(digits)}, set[str]())
    others = [one for one in people.everybody() if one is not person and _is_somebody(one)]
    numbers -= {other.number for other in others if other.number}
    foreign = {user_id for one in others for user_id in people.names(one)[1]}
    return Traces(
        numbers=frozenset(form for number in numbers for form in updates.variants(number)),
        user_ids=frozenset(user_ids),
        contacts=frozenset(
            row.pk
            for row in known.rows
            if _is_about([row.number or ""], [row.user_id or ""], numbers, user_ids, foreign)
        ),
        facts=frozenset(
            fact.pk
            for fact in known.facts
            if _is_about(
                [fact.number, fact.previous_number],
                [fact.user_id, fact.previous_user_id],
                numbers,
                user_ids,
                foreign,
            )
        ),
    )


def forget_updates(traces: Traces, *, message_ids: frozenset[str]) -> int:
    """Delete what Meta told of a person, and the POSTs that held it; return how many updates.

    `message_ids` are ours and WhatsApp's of the messages to them, which statuses name. All updates
    are read, as what identifies a person in them is found by no index.
    """
    told: list[int] = []
    posts: set[int] = set()
    rows = IncomingUpdate.objects.values_list("pk", "event_id", "contact_id", "content")
    for pk, event_id, contact_id, content in rows.iterator(chunk_size=_AT_ONCE):
        if contact_id in traces.contacts or _tells_of(content, traces, message_ids):
            told.append(pk)
            posts |= {event_id} - {None}
    # What it was split into is in rows of its own, so nobody else's is lost with it.
    bodies = WebhookEvent.objects.filter(split_at__isnull=False).values_list("pk", "body")
    names = [name.encode() for name in (*traces.numbers, *traces.user_ids)]
    for pk, body in bodies.iterator(chunk_size=_AT_ONCE):
        if any(name in bytes(body) for name in names):
            posts.add(pk)
    WebhookEvent.objects.filter(pk__in=posts, split_at__isnull=False).delete()
    for start in range(0, len(told), _AT_ONCE):
        IncomingUpdate.objects.filter(pk__in=told[start : start + _AT_ONCE]).delete()
    return len(told)


@transaction.atomic
def forget_contacts(traces: Traces) -> None:
    """Delete who a person is on WhatsApp, and all that was told of it.

    A wish to receive nothing goes too: whoever's number nobody has gets nothing.
    """
    Contact.objects.filter(pk__in=traces.contacts).delete()
    ContactFact.objects.filter(pk__in=traces.facts).delete()
    for address in traces.addresses:
        pacing.forget_person(to=address)


def _is_somebody(person: Person) -> bool:
    """Leave out whoever only stands for the next holder of a number that somebody left."""
    signs = (person.user_id, person.heard_at, person.last_opted_out_at, person.opted_in_at)
    return any(signs) or bool(person.stopped_at or person.resumed_at)


def _is_about(
    numbers: Iterable[str],
    user_ids: Iterable[str],
    own_numbers: set[str],
    own_ids: set[str],
    foreign_ids: set[str],
) -> bool:
    """Tell whether a row is theirs: an id decides, and without one a number."""
    ids = set(user_ids) - {""}
    if ids & own_ids:
        return True
    has_number = any(number and one_form(number) in own_numbers for number in numbers)
    return has_number and not ids & foreign_ids


def _tells_of(content: dict[str, object], traces: Traces, message_ids: frozenset[str]) -> bool:
    update = content.get("update")
    if isinstance(update, dict):
        ids = {update.get("id"), update.get("biz_opaque_callback_data")}
        if any(isinstance(one, str) and one in message_ids for one in ids):
            return True
    text = json.dumps(content, ensure_ascii=False)
    return any(name in text for name in (*traces.numbers, *traces.user_ids))
