"""What a verification of the audit finds."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was done to the rows; RECHAINED was done with the key."""

    ALTERED = "altered"
    DELETED = "deleted"
    INSERTED = "inserted"
    TRUNCATED = "truncated"
    RECHAINED = "re-chained"
    KEY_MISSING = "key missing"


class What(StrEnum):
    """What kind of row it was done to."""

    EVENT = "event"
    PLACE = "place"
    HEAD = "head"
    SEAL = "seal"
    FILE = "seal in the file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, with its first row.

    `owner` is the user's primary key, 0 for nobody's chain and None for a seal; `number` is the
    event's in its chain or the seal's, and `pk` the row's, None when it is gone. `count` is how
    many rows in a run, 0 when that cannot be known.
    """

    kind: Kind
    what: What = What.EVENT
    owner: int | None = None
    number: int
    pk: int | None = None
    count: int = 1
    note: str = ""

    def __str__(self) -> str:
        told = [f"{self.kind}: {self.what} {self.number}"]
        if self.owner is not None:
            told.append(f"of user {self.owner}" if self.owner else "of nobody")
        if self.pk is not None:
            told.append(f"(row {self.pk})")
        if self.count != 1:
            told.append(f"and {self.count - 1} more" if self.count else "and all after it")
        return " ".join(told) + (f": {self.note}" if self.note else "")


@dataclass(slots=True, kw_only=True)
class Counts:
    """What was read; `unplaced` are the events whose address was deleted, as it may be."""

    chains: int = 0
    events: int = 0
    unplaced: int = 0
    seals: int = 0
