"""Pluggy's connectors, and which of our banks each one leads to.

A connector has no registration number, so that only what is known of it beforehand, or a name that
is ours to the letter, decides. What neither decides is left for staff.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Self

from openfinance.providers.pluggy import answers
from openfinance.providers.pluggy.answers import Json


class Audience(StrEnum):
    """Whose accounts; the values are those of our bank rows."""

    PEOPLE = "PF"
    BUSINESSES = "PJ"


_AUDIENCES: Final[Mapping[str, Audience]] = MappingProxyType(
    {"PERSONAL_BANK": Audience.PEOPLE, "BUSINESS_BANK": Audience.BUSINESSES}
)
# Connectors whose bank is known, by its CNPJ (reference: Itaú is 601).
KNOWN: Final[Mapping[int, str]] = MappingProxyType({601: "60701190000104"})

# Words that say for whom a connector is, or what it is, and nothing of which bank's.
_ENDINGS: Final = (
    "pessoa fisica",
    "pessoa juridica",
    "pessoal",
    "personal",
    "business",
    "empresarial",
    "empresas",
    "pf",
    "pj",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """A way to one institution; `audience` is None for what is no bank account, as investments."""

    id: int
    name: str
    audience: Audience | None
    is_sandbox: bool = False

    @classmethod
    def read(cls, content: Json) -> Self:
        """Return a connector of an answer. Raises ProviderError with BAD_ANSWER."""
        number, name = content.get("id"), content.get("name")
        if not isinstance(number, int) or not isinstance(name, str) or not name:
            raise answers.bad("a malformed connector")
        return cls(
            id=number,
            name=name,
            audience=_AUDIENCES.get(str(content.get("type"))),
            is_sandbox=content.get("isSandbox") is True,
        )

    def reference(self) -> dict[str, Any]:
        """Return what a bank's row has to hold for this connector to serve it."""
        return {"connector_id": self.id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One of our banks: a brand, for one audience. `names` are its name and its aliases."""

    slug: str
    cnpj: str
    names: tuple[str, ...]
    audience: Audience


class Rule(StrEnum):
    """Why a connector is a bank's."""

    TABLE = "table"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A connector that leads to one of our banks."""

    slug: str
    connector: Connector
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """Every connector, once: with its bank, or left for staff.

    `rivals` are those of which several are one bank's, or that fit several banks.
    """

    matches: tuple[Match, ...]
    rivals: tuple[Connector, ...]
    unmatched: tuple[Connector, ...]


def match(
    connectors: Sequence[Connector],
    candidates: Sequence[Candidate],
    *,
    known: Mapping[int, str] = KNOWN,
) -> Mapped:
    """Return which connector leads to which bank, by the table of CNPJs and then by equal names.

    A name counts when it is a bank's own name or alias but for case, accents, and words that say
    for whom it is; and only when it is no other bank's, and no other connector is that bank's.
    """
    found = {one.id: _fitting(one, candidates, known) for one in connectors}
    claims: dict[str, list[int]] = defaultdict(list)
    for number, (slugs, _) in found.items():
        if len(slugs) == 1:
            claims[slugs[0]].append(number)
    winners = {
        number: slug for slug, numbers in claims.items() for number in _winner(numbers, found)
    }
    return Mapped(
        matches=tuple(
            Match(slug=winners[one.id], connector=one, rule=found[one.id][1])
            for one in connectors
            if one.id in winners
        ),
        rivals=tuple(one for one in connectors if found[one.id][0] and one.id not in winners),
        unmatched=tuple(one for one in connectors if not found[one.id][0]),
    )


def _fitting(
    connector: Connector, candidates: Iterable[Candidate], known: Mapping[int, str]
) -> tuple[list[str], Rule]:
    fitting = [one for one in candidates if one.audience == connector.audience]
    if connector.id in known:
        cnpj = known[connector.id]
        return [one.slug for one in fitting if one.cnpj == cnpj], Rule.TABLE
    name = _bare(connector.name)
    return [one.slug for one in fitting if name in map(_bare, one.names)], Rule.NAME


def _winner(numbers: Sequence[int], found: Mapping[int, tuple[list[str], Rule]]) -> Sequence[int]:
    """Return the one connector of a bank, the table's before those with its name, or none."""
    by_table = [number for number in numbers if found[number][1] is Rule.TABLE]
    left = by_table or numbers
    return left if len(left) == 1 else ()


def _bare(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = " ".join(re.findall(r"[a-z0-9]+", plain))
    for ending in _ENDINGS:
        words = words.removesuffix(f" {ending}")
    return words
