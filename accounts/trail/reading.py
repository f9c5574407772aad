"""Verify the audit in the database, in a memory that does not grow with it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain as one_after_the_other
from pathlib import Path
from typing import Generic, TypeVar

from django.db import connection, transaction
from django.db.models import Model, QuerySet

from accounts.models import AuditChain, AuditEvent, AuditSealedHead
from accounts.trail import chain, seal_verification, verification
from accounts.trail.problems import Counts, Problem

R = TypeVar("R")
M = TypeVar("M", bound=Model)

_AT_A_TIME = 2000


def verify(
    *, counts: Counts, owner: int | None = None, seals_file: Path | None = None
) -> Iterator[Problem]:
    """Yield all that is wrong, of one user's chain or of all, at one moment of the database.

    `owner` is a user's primary key, and `seals_file` the seals that were kept elsewhere. Raises
    encryption.UnusableKeys and seal_files.UnreadableFile.
    """
    keys = chain.keys()
    with _one_moment():
        heads = _ByOwner(_heads(owner), lambda head: head.owner)
        sealed = _ByOwner(_sealed(owner), lambda head: head.owner)
        events = _ByOwner(_events(owner), lambda event: event.user_id or chain.NOBODY)
        while known := [r.owner for r in (heads, sealed, events) if r.owner is not None]:
            whose = min(known)
            yield from verification.of_chain(
                owner=whose,
                events=events.of(whose),
                head=next(iter(list(heads.of(whose))), None),
                sealed=list(sealed.of(whose)),
                keys=keys,
                counts=counts,
            )
        yield from seal_verification.of_seals(keys=keys, counts=counts)
        if seals_file:
            yield from seal_verification.of_file(seals_file, owner=owner)


class _ByOwner(Generic[R]):
    """Rows in the order of their owners, given one owner's at a time; `owner` is the next one's."""

    def __init__(self, rows: Iterable[R], owner_of: Callable[[R], int]) -> None:
        self._rows = iter(rows)
        self._owner_of = owner_of
        self._advance()

    def of(self, owner: int) -> Iterator[R]:
        while self._next is not None and self.owner == owner:
            row = self._next
            self._advance()
            yield row

    def _advance(self) -> None:
        self._next = next(self._rows, None)
        self.owner = None if self._next is None else self._owner_of(self._next)


def _heads(owner: int | None) -> Iterator[AuditChain]:
    rows = AuditChain.objects.order_by("owner")
    return _only(rows, owner=owner).iterator(_AT_A_TIME)


def _sealed(owner: int | None) -> Iterator[AuditSealedHead]:
    rows = AuditSealedHead.objects.order_by("owner", "seal")
    return _only(rows, owner=owner).iterator(_AT_A_TIME)


def _events(owner: int | None) -> Iterator[AuditEvent]:
    rows = AuditEvent.objects.select_related("place")
    nobodys = rows.filter(user=None).order_by("sequence", "pk")
    others = rows.exclude(user=None).order_by("user_id", "sequence", "pk")
    return one_after_the_other(
        nobodys.iterator(_AT_A_TIME) if owner in (None, chain.NOBODY) else (),
        _only(others, user_id=owner).iterator(_AT_A_TIME),
    )


def _only(rows: "QuerySet[M]", **which: int | None) -> "QuerySet[M]":
    return rows.filter(**{name: value for name, value in which.items() if value is not None})


@contextmanager
def _one_moment() -> Iterator[None]:
    """Let all be read as it is at one moment; a transaction that is open has its own."""
    is_first = not connection.in_atomic_block
    with transaction.atomic():
        if is_first:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
