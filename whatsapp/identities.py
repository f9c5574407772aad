"""Who is who on WhatsApp: facts in the order in which they happened, replayed into people. Pure.

Webhooks come late, twice and out of order, so no contact is worked out from the update that has
just come: `People` takes all facts that name a person, and any order of arrival ends the same.
What holds at one moment is what a careful clerk would do at that moment:

- a user id belongs to one person forever, and a person who gets a new one keeps the old as former;
- a number belongs to one person at a time. Whoever writes from it under another user id is another
  person, to whom it passed; whoever changed their number left it to nobody that we know;
- a number and a user id that are first seen together are one person if neither had the other;
- what a former user id says moves nobody: the person went on under the new one;
- the window is the address's: it ends with the number that they wrote from.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from whatsapp import updates
from whatsapp.models import ContactFact

Kind = ContactFact.Kind

WINDOW = timedelta(hours=24)
# When what we have always known is taken to have begun.
ALWAYS = datetime.fromtimestamp(0, UTC)

_ORDER = {kind: place for place, kind in enumerate(Kind)}
_OURS = {Kind.ASSUMED, Kind.CLOSED, Kind.REFUSED, Kind.OPTED_IN, Kind.OPTED_OUT}


def one_form(number: str) -> str:
    """Return the form under which a number is compared, for digits that may have two."""
    return min(updates.variants(number))


@dataclass(slots=True, kw_only=True, eq=False)
class Person:
    """A person as far as the facts go. `number` is in its one form, `wa_id` as WhatsApp has it.

    `digits` is the number as it was last told, by us or by WhatsApp; `former_user_id` the last one
    that they had while their new one is yet to be told.
    """

    number: str | None = None
    digits: str | None = None
    wa_id: str | None = None
    user_id: str | None = None
    former_user_id: str | None = None
    heard_at: datetime | None = None
    took_number_at: datetime | None = None
    took_it_from: "Person | None" = None
    opted_in_at: datetime | None = None
    opt_in_proof: dict[str, object] = field(default_factory=dict)
    last_opted_out_at: datetime | None = None
    stopped_at: datetime | None = None
    resumed_at: datetime | None = None
    same_as: "Person | None" = None

    @property
    def itself(self) -> "Person":
        """Return the person this one turned out to be."""
        return self.same_as.itself if self.same_as else self

    @property
    def is_known(self) -> bool:
        """Tell whether anything still leads to them: somebody else may have got their number."""
        return bool(self.number or self.user_id or self.former_user_id)

    @property
    def window_ends_at(self) -> datetime | None:
        return self.heard_at + WINDOW if self.heard_at else None

    @property
    def opted_out_at(self) -> datetime | None:
        return _unless_undone(self.last_opted_out_at, by=self.opted_in_at)

    @property
    def marketing_stopped_at(self) -> datetime | None:
        return _unless_undone(self.stopped_at, by=self.resumed_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """A number or a user id that a person got."""

    since: datetime
    person: Person
    number: str = ""
    user_id: str = ""


def _in_order(moment: tuple[datetime, ContactFact]) -> tuple[object, ...]:
    at, fact = moment
    names = (fact.number, fact.user_id, fact.previous_number, fact.previous_user_id)
    return at, _ORDER[Kind(fact.kind)], names


class People:
    """Everybody whom some facts name."""

    def __init__(self, facts: Iterable[ContactFact]) -> None:
        self._by_number: dict[str, Person] = {}
        self._by_user_id: dict[str, Person] = {}
        self._holders: dict[str, list[tuple[datetime, Person]]] = {}
        self._named: list[_Name] = []
        moments = [(at, fact) for fact in facts for at in fact.moments()]
        for at, fact in sorted(moments, key=_in_order):
            self._replay(fact, at)

    def everybody(self) -> list[Person]:
        """Return each person who can still be told by a number or a user id."""
        people = [*self._by_number.values(), *self._by_user_id.values()]
        return list({id(person.itself): person.itself for person in people}.values())

    def find(self, *, number: str, user_id: str, at: datetime | None = None) -> Person | None:
        """Return who has the user id, else who had the number at a moment, or has it now.

        "" stands for an identity that is not known. None when nobody has them.
        """
        if user_id:
            person = self._by_user_id.get(user_id)
            return person.itself if person else None
        then = self.holder_at(number, at) if at else None
        return then or self._by_number.get(one_form(number))

    def holder_at(self, number: str, at: datetime) -> Person | None:
        """Return who had the number at a moment, or was the first to have it after that.

        None when that is nobody, or somebody to whom nothing leads any more.
        """
        holders = self._holders.get(one_form(number))
        if not holders:
            return None
        place = bisect_right(holders, at, key=lambda holder: holder[0])
        person = holders[max(place - 1, 0)][1].itself
        return person if person.is_known else None

    def known_then(self, person: Person, at: datetime) -> tuple[str, str]:
        """Return the number and the user id of a person at a moment, or the first ones after it.

        One of them is "": the user id is enough, and only without one does the number count.
        """
        theirs = [name for name in self._named if name.person.itself is person]
        names = [name for name in theirs if name.user_id] or theirs
        earlier = [name for name in names if name.since <= at]
        name = earlier[-1] if earlier else names[0]
        return name.number, name.user_id

    def names(self, person: Person) -> tuple[set[str], set[str]]:
        """Return all numbers, each in its one form, and all user ids that a person ever had."""
        theirs = [name for name in self._named if name.person.itself is person]
        numbers = {name.number for name in theirs if name.number}
        return numbers, {name.user_id for name in theirs if name.user_id}

    def since(self, number: str) -> datetime:
        """Return when the number came to whoever has it now."""
        holders = self._holders.get(one_form(number))
        return holders[-1][0] if holders else ALWAYS

    def _replay(self, fact: ContactFact, at: datetime) -> None:
        person = self._sighted(fact, at)
        is_former = bool(fact.user_id) and person.user_id != fact.user_id
        match fact.kind:
            case Kind.HEARD if not is_former:
                person.heard_at = at
            case Kind.ASSUMED if at > ALWAYS and not is_former:
                person.heard_at = at
            case Kind.CLOSED:
                person.heard_at = None
            case Kind.STOPPED | Kind.REFUSED:
                person.stopped_at = at
            case Kind.RESUMED:
                person.resumed_at = at
            case Kind.OPTED_OUT:
                person.last_opted_out_at = at
            case Kind.OPTED_IN:
                person.opted_in_at, person.opt_in_proof = at, fact.details

    def _sighted(self, fact: ContactFact, at: datetime) -> Person:
        """Return the person of a fact, with what its identities say of them."""
        if fact.kind == Kind.MOVED:
            person = self._moved(fact, at)
        else:
            person = self._seen(fact.number, fact.user_id, at)
        if fact.number and person.number == one_form(fact.number):
            person.wa_id = person.wa_id if fact.kind in _OURS else fact.number
        return person

    def _seen(self, number: str, user_id: str, at: datetime) -> Person:
        """Return who has a number and a user id that were told together, or one of them alone."""
        person = self._by_user_id.get(user_id)
        holder = self._by_number.get(one_form(number)) if number else None
        if person and person.user_id != user_id:
            return person
        if person is None and not user_id:
            person = holder
        elif person is None:
            person = holder if holder and holder.user_id is None else Person()
            self._identify(person, user_id, at)
        elif holder and holder.user_id is None and person.number is None:
            self._merge(holder, into=person, at=at)
        person = person or Person()
        if number:
            self._give(number, person, at)
        return person

    def _moved(self, fact: ContactFact, at: datetime) -> Person:
        """Return who changed their number, their user id, or both."""
        if not (fact.previous_number or fact.previous_user_id):
            return self._seen(fact.number, fact.user_id, at)
        before = self._seen(fact.previous_number, fact.previous_user_id, at)
        known = self._by_user_id.get(fact.user_id)
        if known and known.user_id != fact.user_id:
            self._merge(before, into=known, at=at)
            return known
        has_new_number = bool(fact.number) and before.number != one_form(fact.number)
        if has_new_number:
            self._leave_number(before, at)
            before.heard_at = None
        after = known or before
        self._merge(before, into=after, at=at)
        if fact.user_id:
            self._identify(after, fact.user_id, at)
        elif has_new_number:
            after.user_id, after.former_user_id = None, after.user_id
        if fact.number:
            self._give(fact.number, after, at)
        return after

    def _identify(self, person: Person, user_id: str, at: datetime) -> None:
        person.user_id, person.former_user_id = user_id, None
        self._by_user_id[user_id] = person
        self._named.append(_Name(since=at, person=person, user_id=user_id))

    def _give(self, number: str, person: Person, at: datetime) -> None:
        """Let a person have a number, which nobody else has from then on."""
        form = one_form(number)
        holder = self._by_number.get(form)
        if holder is not person:
            self._leave_number(person, at)
            person.took_number_at, person.took_it_from = (at, holder) if holder else (None, None)
            if holder:
                self._without_number(holder)
            self._hold(form, person, at)
        person.digits = number

    def _leave_number(self, person: Person, at: datetime) -> None:
        """Leave a person's number to whoever is next, of whom nothing is known yet."""
        if person.number is None:
            return
        next_one = Person(
            digits=person.digits, wa_id=person.wa_id, took_number_at=at, took_it_from=person
        )
        number = person.number
        self._without_number(person)
        self._hold(number, next_one, at)

    def _without_number(self, person: Person) -> None:
        person.number = person.digits = person.wa_id = person.heard_at = None
        person.took_number_at = person.took_it_from = None

    def _hold(self, number: str, person: Person, at: datetime) -> None:
        person.number = number
        self._by_number[number] = person
        self._holders.setdefault(number, []).append((at, person))
        self._named.append(_Name(since=at, person=person, number=number))

    def _merge(self, person: Person, *, into: Person, at: datetime) -> None:
        """Make two people one, with the later of the two in everything."""
        if person is into:
            return
        if person.number and into.number:
            self._leave_number(person, at)
        person.same_as = into
        for user_id, known in self._by_user_id.items():
            if known is person:
                self._by_user_id[user_id] = into
        if person.number:
            self._by_number[person.number] = into
            into.number, into.digits, into.wa_id = person.number, person.digits, person.wa_id
        if person.number or (into.took_it_from and into.took_it_from.itself is into):
            into.took_number_at, into.took_it_from = person.took_number_at, person.took_it_from
        if (person.opted_in_at or ALWAYS) > (into.opted_in_at or ALWAYS):
            into.opted_in_at, into.opt_in_proof = person.opted_in_at, person.opt_in_proof
        into.heard_at = _later(into.heard_at, person.heard_at)
        into.last_opted_out_at = _later(into.last_opted_out_at, person.last_opted_out_at)
        into.stopped_at = _later(into.stopped_at, person.stopped_at)
        into.resumed_at = _later(into.resumed_at, person.resumed_at)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other


def _unless_undone(at: datetime | None, *, by: datetime | None) -> datetime | None:
    # At one moment the stricter of two wishes counts.
    return None if at and by and by > at else at
