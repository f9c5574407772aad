"""Tell how well what a person typed matches what a bank is called; pure, knows no database."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import OSA

# Longer texts are not the name of a bank, and an essay must not cost more than a name.
LONGEST_QUERY = 100
# Up to here a query is too short to tell a slip from another word: "bb" is not "bv".
SHORT = 3
# One slip in four letters; a swap of neighbours counts as one.
LEAST_SIMILARITY = 0.75

EXACT = 5.0
PREFIX = 4.0
WHOLE_WORDS = 3.0
WORD_START = 2.0
# Of two banks that match alike, the one so named comes before the one so nicknamed.
OWN_NAME = 0.01

# What people write around a bank's name, as a phrase spells it. A text of nothing else keeps it.
_FILLERS = frozenset((Path(__file__).parent / "data" / "fillers.txt").read_text("utf-8").split())
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A text without accents, case and punctuation.

    Spaces say little ("pag bank" is PagBank), so texts are compared squashed.
    """

    words: tuple[str, ...]
    squashed: str
    # With the filler words, for who writes "bancodobrasil".
    full: str
    # With a space at each end, so that `in` finds whole words.
    spaced: str
    is_filler: bool


def phrase(text: str) -> Phrase:
    """Reduce a text to the words that may name a bank; one too long has none."""
    every = words_of(text if len(text) <= LONGEST_QUERY else "")
    telling = tuple(word for word in every if word not in _FILLERS)
    words = telling or every
    return Phrase(
        words=words,
        squashed="".join(words),
        full="".join(every),
        spaced=f" {' '.join(words)} ",
        is_filler=not telling,
    )


def words_of(text: str) -> tuple[str, ...]:
    """Return all words of a text, without accents, case and punctuation."""
    letters = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()
    return tuple(_WORD.findall(plain))


def score(query: Phrase, *, name: str, aliases: Iterable[str], codes: Iterable[str]) -> float:
    """Score a query against all that one bank is called; 0 is no match.

    An alias made of digits counts as a code. Codes match in full, a COMPE with or without its
    leading zeros; names by their start, by whole words, or within one slip in four letters.
    """
    if not query.squashed:
        return 0.0
    nicknames = [_known(alias) for alias in aliases]
    digits = {*codes, *(nickname.squashed for nickname in nicknames)}
    if query.squashed.isdigit() and not digits.isdisjoint(
        (query.squashed, query.squashed.zfill(3))
    ):
        return EXACT
    own = _score_name(query, _known(name))
    return max(
        own + OWN_NAME if own else 0.0,
        *(_score_name(query, other) for other in nicknames if not other.squashed.isdigit()),
        0.0,
    )


# Names repeat from one search to the next, queries do not.
_known = lru_cache(maxsize=4096)(phrase)


def _score_name(query: Phrase, name: Phrase) -> float:
    spellings = {name.squashed, name.full}
    if query.squashed in spellings:
        return EXACT
    if query.is_filler or not name.words:
        return 0.0
    if any(spelling.startswith(query.squashed) for spelling in spellings):
        return PREFIX
    if name.spaced in query.spaced:
        return WHOLE_WORDS
    return _score_long(query, name) if len(query.squashed) > SHORT else 0.0


def _score_long(query: Phrase, name: Phrase) -> float:
    if query.spaced.rstrip() in name.spaced:
        return WORD_START
    spellings = {name.squashed, name.full}
    return max(_similarity(part, spelling) for part in _parts(query) for spelling in spellings)


def _parts(query: Phrase) -> set[str]:
    """List what may hold the name: all of the query or, amid other words, one long word of it."""
    return {query.squashed, *(word for word in query.words if len(word) > SHORT + 1)}


def _similarity(part: str, spelling: str) -> float:
    # One slip turns many four-letter words into each other; a first letter is seldom mistyped.
    if len(part) == SHORT + 1 and part[0] != spelling[0]:
        return 0.0
    return OSA.normalized_similarity(part, spelling, score_cutoff=LEAST_SIMILARITY)
