"""What is wrong with one chain, and which row is the first. Pure: rows in, problems out."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from accounts.models import AuditChain, AuditEvent, AuditSealedHead
from accounts.trail import chain
from accounts.trail.chain import Head, Keys
from accounts.trail.problems import Counts, Kind, Problem, What

# So many numbers are tried for a row that does not hold under its own, of each chain.
_TRIES = 10_000


def of_chain(
    *,
    owner: int,
    events: Iterable[AuditEvent],
    head: AuditChain | None,
    sealed: Iterable[AuditSealedHead],
    keys: Keys,
    counts: Counts,
) -> Iterator[Problem]:
    """Yield what is wrong with an owner's events, given in the order of their numbers.

    `sealed` are the heads that seals have of the chain, the first seal's first.
    """
    walk = _Walk(owner=owner, keys=keys, sealed=deque(sealed))
    counts.chains += 1
    for event in events:
        counts.events += 1
        counts.unplaced += bool(event.place_digest) and not hasattr(event, "place")
        yield from walk.take(event)
    yield from walk.end(head)


@dataclass(slots=True, kw_only=True)
class _Walk:
    """Where a reading has come to: after the event `last`, whose mac is `mac`.

    `shift` is what its number in the chain is above the one in its row, once rows before it were
    taken out or put in and the others numbered anew. `suspect` is the first of `suspects` events in
    a row that do not hold under the key.
    """

    owner: int
    keys: Keys
    sealed: deque[AuditSealedHead]
    last: int = 0
    last_pk: int | None = None
    mac: bytes = chain.GENESIS
    shift: int = 0
    tries: int = _TRIES
    suspect: AuditEvent | None = None
    suspects: int = 0
    is_rechained: bool = False
    missing_keys: set[str] = field(default_factory=set)

    def take(self, event: AuditEvent) -> Iterator[Problem]:
        """Yield what an event shows to be wrong with itself or before it."""
        if event.key not in self.keys.by_name:
            yield from self._unreadable(event)
            self._stand_on(event, event.sequence)
            return
        position = self._position(event)
        if position is None:
            self.suspect, self.suspects = self.suspect or event, self.suspects + 1
        elif position <= self.last:
            yield self._problem(Kind.INSERTED, event, note="it is a copy of an earlier one")
        else:
            yield from self._before(event, position)
            self._stand_on(event, position)
            yield from self._place(event)
            yield from self._sealed()

    def end(self, head: AuditChain | None) -> Iterator[Problem]:
        """Yield what the head, and the seals of what came after it, show to be wrong."""
        length = self.last
        if head is None:
            yield self._gone(Kind.DELETED, 0, what=What.HEAD)
        elif head.key not in self.keys.by_name:
            yield self._gone(Kind.KEY_MISSING, head.length, what=What.HEAD, note=head.key)
        elif not self._is_proven(head):
            yield from self._unproven(head)
        else:
            length = head.length
            yield from self._after(head)
        if self.suspect:
            yield self._problem(Kind.INSERTED, self.suspect, count=self.suspects)
        beyond = [sealed.length for sealed in self.sealed if sealed.length > length]
        if beyond:
            count = max(beyond) - length
            yield self._gone(Kind.TRUNCATED, length + 1, count=count, note="a seal has it")

    def _position(self, event: AuditEvent) -> int | None:
        """Return under which number in the chain the event holds; None when under none."""
        key = self.keys.by_name[event.key]
        claimed, mac = event.sequence, bytes(event.mac)
        for likely in (claimed + self.shift, self.last + 1):
            if chain.mac(event, key=key, sequence=likely) == mac:
                return likely
        if bytes(event.previous) == self.mac:  # it stands where it stood, so it was changed
            return None
        for likely in range(claimed + 1, claimed + 1 + self.tries):
            if chain.mac(event, key=key, sequence=likely) == mac:
                return likely
        self.tries = 0
        return None

    def _before(self, event: AuditEvent, position: int) -> Iterator[Problem]:
        """Yield what the next event that holds shows of what is between it and the last."""
        missing = position - self.last - 1
        is_renumbered = event.sequence + self.shift != position
        self.shift = position - event.sequence
        if self.suspect or missing:
            yield from self._between(missing)
        elif bytes(event.previous) != self.mac:
            yield from self._rechained()
        elif is_renumbered:
            yield self._problem(Kind.ALTERED, event, note="its number")

    def _between(self, missing: int) -> Iterator[Problem]:
        """Yield what became of so many events: suspects stand in their places, or beside them."""
        altered = min(missing, self.suspects)
        if self.suspect and altered:
            yield self._problem(Kind.ALTERED, self.suspect, count=altered)
        if self.suspect and self.suspects > altered:
            yield self._problem(Kind.INSERTED, self.suspect, count=self.suspects - altered)
        if missing > altered:
            yield self._gone(Kind.DELETED, self.last + altered + 1, count=missing - altered)
        self.suspect, self.suspects = None, 0

    def _after(self, head: AuditChain) -> Iterator[Problem]:
        missing = head.length - self.last
        if missing < 0:
            yield self._gone(Kind.ALTERED, head.length, what=What.HEAD, note="events go beyond it")
        elif missing:
            altered = min(missing, self.suspects)
            yield from self._between(altered)
            if missing > altered:
                number = self.last + altered + 1
                yield self._gone(Kind.TRUNCATED, number, count=missing - altered)
        elif bytes(head.mac) != self.mac:
            yield from self._rechained()

    def _unproven(self, head: AuditChain) -> Iterator[Problem]:
        """Yield what a head shows that was not written with the key."""
        fits = (head.length, bytes(head.mac)) == (self.last, self.mac)
        if fits and not self.suspect:
            # Nobody without the key can add what holds: it was made to fit what was left.
            note = "the head was set back without the key"
            yield self._gone(Kind.TRUNCATED, self.last + 1, count=0, note=note)
        else:
            yield self._gone(Kind.ALTERED, head.length, what=What.HEAD)

    def _is_proven(self, head: AuditChain) -> bool:
        end, key = Head(head.length, bytes(head.mac)), self.keys.by_name[head.key]
        return bytes(head.proof) == chain.proof(owner=self.owner, head=end, name=head.key, key=key)

    def _place(self, event: AuditEvent) -> Iterator[Problem]:
        if not hasattr(event, "place"):
            return
        place = event.place
        digest = chain.place_digest(
            salt=bytes(place.salt), address=place.address, user_agent=place.user_agent
        )
        if digest != bytes(event.place_digest):
            yield self._problem(Kind.ALTERED, event, what=What.PLACE)

    def _sealed(self) -> Iterator[Problem]:
        """Yield where the event that was just taken is not the one that a seal has."""
        while self.sealed and self.sealed[0].length <= self.last:
            sealed = self.sealed.popleft()
            if sealed.length == self.last and bytes(sealed.mac) != self.mac:
                yield from self._rechained(note=f"seal {sealed.seal_id} has another")

    def _rechained(self, note: str = "") -> Iterator[Problem]:
        if not self.is_rechained:
            self.is_rechained = True
            yield Problem(
                kind=Kind.RECHAINED,
                owner=self.owner,
                number=self.last,
                pk=self.last_pk,
                count=0,
                note=note,
            )

    def _unreadable(self, event: AuditEvent) -> Iterator[Problem]:
        if event.key not in self.missing_keys:
            self.missing_keys.add(event.key)
            yield self._problem(Kind.KEY_MISSING, event, count=0, note=event.key)

    def _stand_on(self, event: AuditEvent, position: int) -> None:
        self.last, self.last_pk, self.mac = position, event.pk, bytes(event.mac)

    def _problem(
        self,
        kind: Kind,
        event: AuditEvent,
        *,
        what: What = What.EVENT,
        count: int = 1,
        note: str = "",
    ) -> Problem:
        return Problem(
            kind=kind,
            what=what,
            owner=self.owner,
            number=event.sequence,
            pk=event.pk,
            count=count,
            note=note,
        )

    def _gone(
        self, kind: Kind, number: int, *, what: What = What.EVENT, count: int = 1, note: str = ""
    ) -> Problem:
        return Problem(
            kind=kind, what=what, owner=self.owner, number=number, count=count, note=note
        )
