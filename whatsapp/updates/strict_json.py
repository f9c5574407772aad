"""JSON that a stranger wrote, read only when PostgreSQL could keep it."""

import json
import math
import re
from itertools import accumulate
from typing import Never, TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
JsonObject: TypeAlias = dict[str, "Json"]

_DEEPEST = 64
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in _STEP)

# PostgreSQL's jsonb takes neither NUL nor half of a surrogate pair, and strict JSON can only spell
# them as escapes. Most bodies have none: then nothing needs to be walked through.
_REFUSED = re.compile("[\x00\ud800-\udfff]")
_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class Unreadable(ValueError):
    """A body is not what Meta sends; the argument says why and quotes nothing of it."""


def parse(body: bytes) -> JsonObject:
    """Return the JSON object that is the body, with U+FFFD for NUL and lone surrogates.

    Raises Unreadable, and nothing else, for bytes that are not UTF-8, anything but one JSON object,
    more than 64 levels, NaN, and numbers that Python or PostgreSQL cannot hold.
    """
    if _depth(body) > _DEEPEST:
        raise Unreadable("nested too deeply")
    try:
        content: Json = _DECODER.decode(body.decode())
    except ValueError:
        raise Unreadable("not JSON in UTF-8") from None  # the cause holds the whole body
    if _ESCAPED.search(body):
        content = _clean(content)
    if not isinstance(content, dict):
        raise Unreadable("not a JSON object")
    return content


def canonical(content: Json) -> bytes:
    """Return the same bytes for equal contents, whatever the order of their keys."""
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _depth(body: bytes) -> int:
    """Return the deepest level, in a few linear passes that run in C.

    Python's parser recurses, so this comes before it. Without escaped quotes, what is outside the
    strings is every other part between quotes.
    """
    unescaped = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = b"".join(unescaped.split(b'"')[::2]).translate(None, _NOT_BRACKETS)
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0)


def _clean(content: Json) -> Json:
    match content:
        case str():
            return _REFUSED.sub(_REPLACEMENT, content)
        case dict():
            return {
                _REFUSED.sub(_REPLACEMENT, name): _clean(value) for name, value in content.items()
            }
        case list():
            return [_clean(value) for value in content]
        case _:
            return content


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _refuse(text: str) -> Never:
    raise ValueError(text)


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse)
