"""What a typed text asks for: a table of words and phrases, in vocabulary.json. Pure.

Each word is taken for the word it is a form of ("pare" is "parar"), then phrases are looked for in
each clause: `alone` is all that a clause says beside courtesies, `within` is anywhere in it, and
`unless` takes a meaning away. A "*" stands for up to three words. What comes after a negation is
not meant.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypedDict, cast

from rapidfuzz.distance import OSA

from openfinance import matching


class Consent(StrEnum):
    """Whether a person wants our messages: heeded from anybody, whatever else they are."""

    STOP = "stop"
    RESUME = "resume"


class Request(StrEnum):
    """What a person wants of the chat."""

    DISCONNECT = "disconnect"
    STATUS = "status"
    CONNECTIONS = "connections"  # the page that lists them
    RENEW = "renew"
    OTHER_BANK = "other_bank"
    CONNECT = "connect"
    HELP = "help"
    CLOSING = "closing"  # thanks, or a no: it needs no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a text means, None when nothing we know; `rest` are the words that may name a bank."""

    meaning: Consent | Request | None
    rest: str


class _Phrases(TypedDict, total=False):
    alone: list[str]
    within: list[str]
    unless: list[str]


class _Vocabulary(TypedDict):
    courtesies: list[str]
    closings: list[str]
    negations: str
    forms: dict[str, str]
    meanings: dict[str, _Phrases]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    written: str
    lemma: str

    @property
    def is_polite(self) -> bool:
        return self.written in _POLITE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meaning:
    meaning: Consent | Request
    alone: frozenset[str]
    within: re.Pattern[str]
    unless: re.Pattern[str]


# A longer text tells a story; what it asks for comes first.
_LONGEST = 1000
# A shorter word is too easily another one: "pagar" is no slip of "parar".
_SHORTEST_WITH_SLIPS = 6
_SHORTEST_WITH_TWO_SLIPS = 9

_CLAUSES = re.compile(r"[.,;:!?…()\n]+")
_STRETCHED = re.compile(r"(\w)\1{2,}")
_GAP = r"(?: \w+){0,3}"
_NOTHING = re.compile(r"(?!)")


def read(text: str) -> Said:
    """Return what a text means; of several meanings, the one that is listed first."""
    text = _STRETCHED.sub(r"\1", text[:_LONGEST])
    clauses = [
        tuple(_Word(written=word, lemma=_lemma(word)) for word in words)
        for part in _CLAUSES.split(text)
        if (words := matching.words_of(part))
    ]
    every = [word for words in clauses for word in words]
    rest = (word.written for word in every if not word.is_polite and word.lemma not in _FORMS)
    return Said(meaning=_meaning(clauses) or _closing(every), rest=" ".join(rest))


def _meaning(clauses: list[tuple[_Word, ...]]) -> Consent | Request | None:
    held = (each.meaning for each in _MEANINGS if any(_holds(each, words) for words in clauses))
    return next(held, None)


def _closing(words: list[_Word]) -> Request | None:
    """Tell a text of nothing but courtesies that thanks or says goodbye."""
    is_closing = any(word.written in _CLOSINGS for word in words)
    return Request.CLOSING if is_closing and all(word.is_polite for word in words) else None


def _holds(each: _Meaning, words: tuple[_Word, ...]) -> bool:
    lemmas = [word.lemma for word in words]
    clause = f" {' '.join(lemmas)} "
    if each.unless.search(clause):
        return False
    telling = [word.lemma for word in words if not word.is_polite]
    if " ".join(telling or lemmas) in each.alone:
        return True
    starts = (found.start() for found in each.within.finditer(clause))
    return any(_NEGATIONS.isdisjoint(clause[:start].split()) for start in starts)


def _lemma(word: str) -> str:
    """Return the word of the table that this one is a form or a slip of; else itself."""
    if word in _POLITE or word in _LEMMAS:
        return _LEMMAS.get(word, word)
    if len(word) < _SHORTEST_WITH_SLIPS:
        return word
    most = 2 if len(word) >= _SHORTEST_WITH_TWO_SLIPS else 1
    slips = [(OSA.distance(word, form, score_cutoff=most), form) for form in _LONG_FORMS]
    distance, nearest = min(slips)
    return _LEMMAS[nearest] if distance <= most else word


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    alternatives = ["".join(_parts(phrase)) for phrase in phrases]
    return re.compile(f"(?:{'|'.join(alternatives)})(?= )") if alternatives else _NOTHING


def _parts(phrase: str) -> Iterator[str]:
    for word in phrase.split():
        yield _GAP if word == "*" else f" {word}"


def _load() -> _Vocabulary:
    text = Path(__file__).with_name("vocabulary.json").read_text("utf-8")
    return cast("_Vocabulary", json.loads(text))


_TABLE = _load()
_CLOSINGS = frozenset(" ".join(_TABLE["closings"]).split())
_POLITE = _CLOSINGS.union(" ".join(_TABLE["courtesies"]).split())
_NEGATIONS = frozenset(_TABLE["negations"].split())
_FORMS = _TABLE["forms"].keys()
_LEMMAS = {form: word for word, forms in _TABLE["forms"].items() for form in forms.split()}
_LONG_FORMS = [form for form in _LEMMAS if len(form) >= _SHORTEST_WITH_SLIPS]
_MEANINGS = [
    _Meaning(
        meaning=meaning,
        alone=frozenset(_TABLE["meanings"][meaning].get("alone", [])),
        within=_pattern(_TABLE["meanings"][meaning].get("within", [])),
        unless=_pattern(_TABLE["meanings"][meaning].get("unless", [])),
    )
    for meaning in (*Consent, *Request)
]
