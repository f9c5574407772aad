"""What was told of people, kept once; and all of it that may be about the same person, read.

Whoever may be the same person is locked first: an advisory lock on each identity, in one order for
all, held until the transaction ends.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db import connection, transaction

from whatsapp import updates
from whatsapp.identities import ALWAYS, WINDOW, Kind, People, Person, one_form
from whatsapp.models import Contact, ContactFact


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something that was told of a person; "" stands for an identity that was not."""

    kind: ContactFact.Kind
    at: datetime
    number: str = ""
    user_id: str = ""
    previous_number: str = ""
    previous_user_id: str = ""
    details: dict[str, object] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        return {
            "number": self.number,
            "user_id": self.user_id,
            "previous_number": self.previous_number,
            "previous_user_id": self.previous_user_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is known of those who may be the same person; numbers are in their one form."""

    numbers: set[str]
    user_ids: set[str]
    facts: list[ContactFact]
    rows: list[Contact]


def locked(told: Told) -> Known:
    """Return all that is known of the people of what was told, whom nobody else can change now."""
    numbers = {one_form(number) for number in (told.number, told.previous_number) if number}
    user_ids = {user_id for user_id in (told.user_id, told.previous_user_id) if user_id}
    while True:
        savepoint = transaction.savepoint()
        _lock(numbers | user_ids)
        known = _known(numbers, user_ids)
        if known.numbers <= numbers and known.user_ids <= user_ids:
            transaction.savepoint_commit(savepoint)
            return known
        # Gives the locks back: whoever asked for more while holding some could wait in a circle.
        transaction.savepoint_rollback(savepoint)
        numbers, user_ids = known.numbers, known.user_ids


def _lock(names: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(name, 3)) FROM unnest(%s::text[]) name",
            [sorted(names)],
        )


def _known(numbers: set[str], user_ids: set[str]) -> Known:
    """Read all facts and contacts that lead, from one to the next, from these identities."""
    while True:
        forms = _forms(numbers)
        facts = list(ContactFact.objects.naming(numbers=forms, user_ids=list(user_ids)))
        rows = list(Contact.objects.known_as(numbers=forms, user_ids=list(user_ids)))
        named = [(row.number, row.user_id) for row in rows]
        named += [(fact.number, fact.user_id) for fact in facts]
        named += [(fact.previous_number, fact.previous_user_id) for fact in facts]
        all_numbers = numbers | {one_form(number) for number, _ in named if number}
        all_user_ids = user_ids | {user_id for _, user_id in named if user_id}
        if (all_numbers, all_user_ids) == (numbers, user_ids):
            return Known(numbers=numbers, user_ids=user_ids, facts=facts, rows=rows)
        numbers, user_ids = all_numbers, all_user_ids


def _forms(numbers: Iterable[str]) -> list[str]:
    return [form for number in numbers for form in updates.variants(number)]


def adopt(known: Known) -> People:
    """Make facts of what a row says and no fact explains, as it was written by other means.

    Return what all facts come to.
    """
    people = People(known.facts)
    for row in known.rows:
        for told in _unexplained(row, people):
            keep(known.facts, told)
    return People(known.facts)


def _unexplained(row: Contact, people: People) -> Iterator[Told]:
    number, user_id = row.number or "", row.user_id or ""
    tell = partial(Told, number=number, user_id=user_id)
    person = people.find(number=number, user_id=user_id)
    if person is None:
        person = Person()
        yield tell(kind=Kind.NAMED if row.wa_id else Kind.ASSUMED, at=ALWAYS)
    if row.window_ends_at and row.window_ends_at > (person.window_ends_at or ALWAYS):
        yield tell(kind=Kind.ASSUMED, at=row.window_ends_at - WINDOW)
    for kind, at, explained, details in (
        (Kind.REFUSED, row.marketing_stopped_at, person.marketing_stopped_at, {}),
        (Kind.OPTED_IN, row.opted_in_at, person.opted_in_at, row.opt_in_proof),
        (Kind.OPTED_OUT, row.opted_out_at, person.opted_out_at, {}),
    ):
        if at and at != explained:
            yield tell(kind=kind, at=at, details=details)


def keep(facts: list[ContactFact], told: Told) -> None:
    """Write what was told, unless it is between what is known already."""
    fact = next((fact for fact in facts if _is_of(fact, told)), None)
    if fact is None:
        fact = ContactFact(kind=told.kind, first_at=told.at, last_at=told.at, **told.names)
        fact.details = told.details
        facts.append(fact)
    elif fact.first_at <= told.at <= fact.last_at:
        return
    elif told.at > fact.last_at:
        fact.last_at, fact.details = told.at, told.details
    else:
        fact.first_at = told.at
    fact.save()


def _is_of(fact: ContactFact, told: Told) -> bool:
    names = told.names.items()
    return fact.kind == told.kind and all(getattr(fact, name) == value for name, value in names)
