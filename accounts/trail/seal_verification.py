"""What is wrong with the seals, in the database and against the file that was kept elsewhere."""

from collections.abc import Iterator
from pathlib import Path

from accounts.models import AuditEvent, AuditSeal
from accounts.trail import chain, seal_files, seals
from accounts.trail.chain import Head, Keys
from accounts.trail.problems import Counts, Kind, Problem, What
from accounts.trail.seal_files import Line


def of_seals(*, keys: Keys, counts: Counts) -> Iterator[Problem]:
    """Yield what is wrong with the seals among themselves."""
    number, digest = 0, chain.GENESIS
    for seal in AuditSeal.objects.order_by("number").iterator():
        counts.seals += 1
        missing = seal.number - number - 1
        if missing:
            yield _of_seal(Kind.DELETED, number + 1, count=missing)
        elif bytes(seal.previous) != digest:
            yield _of_seal(Kind.RECHAINED, seal.number, note="it does not follow the one before")
        yield from _of_one(seal, keys)
        number, digest = seal.number, bytes(seal.digest)


def of_file(path: Path, *, owner: int | None = None) -> Iterator[Problem]:
    """Yield where the database has other seals than a file; of one owner's heads, if one is named.

    The same seal may be there twice. Raises seal_files.UnreadableFile.
    """
    number = 0
    for line in seal_files.read(path):
        if line.number > number + 1:
            missing = line.number - number - 1
            yield _of_seal(Kind.DELETED, number + 1, what=What.FILE, count=missing)
        number = max(number, line.number)
        if line.computed != line.digest:
            yield _of_seal(Kind.ALTERED, line.number, what=What.FILE)
            continue
        seal = AuditSeal.objects.filter(number=line.number).first()
        if seal is None:
            yield _of_seal(Kind.TRUNCATED, line.number, note="the file has it")
        elif bytes(seal.digest) != line.digest:
            yield _of_seal(Kind.RECHAINED, line.number, note="the file has another")
        yield from _of_heads(line, owner)


def _of_one(seal: AuditSeal, keys: Keys) -> Iterator[Problem]:
    previous, number = bytes(seal.previous), seal.number
    digest = chain.seal_digest(
        number=number, at=seal.at, previous=previous, heads=seals.heads(number)
    )
    if seal.key not in keys.by_name:
        yield _of_seal(Kind.KEY_MISSING, number, note=seal.key)
    elif bytes(seal.mac) != chain.seal_mac(
        bytes(seal.digest), name=seal.key, key=keys.by_name[seal.key]
    ):
        yield _of_seal(Kind.ALTERED, number)
    elif digest != bytes(seal.digest):
        yield _of_seal(Kind.ALTERED, number, note="its heads")


def _of_heads(line: Line, owner: int | None) -> Iterator[Problem]:
    """Yield the events that are not those that a line of the file was written over."""
    here = dict(seals.heads(line.number))
    for whose, head in line.heads.items():
        if owner in (None, whose) and here.get(whose) != head:
            yield from _of_event(whose, head, line.number)


def _of_event(owner: int, head: Head, number: int) -> Iterator[Problem]:
    rows = AuditEvent.objects.filter(user=owner or None, sequence=head.length)
    event = rows.first()
    if event is None:
        note = f"seal {number} in the file has it"
        yield Problem(kind=Kind.TRUNCATED, owner=owner, number=head.length, note=note)
    elif bytes(event.mac) != head.mac:
        yield Problem(
            kind=Kind.RECHAINED,
            owner=owner,
            number=head.length,
            pk=event.pk,
            count=0,
            note=f"seal {number} in the file has another",
        )


def _of_seal(
    kind: Kind, number: int, *, what: What = What.SEAL, count: int = 1, note: str = ""
) -> Problem:
    return Problem(kind=kind, what=what, number=number, count=count, note=note)
