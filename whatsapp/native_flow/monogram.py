"""A picture of a name's initials, for a list whose options have no picture of their own.

Strokes with round ends on a coloured square, drawn here because that is all the drawing there is.
"""

import re
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from math import hypot

_SIDE = 64
_SHADES = 16
_STROKE = 2.6
_MINOR_WORDS = {"DE", "DO", "DA", "DOS", "DAS", "E"}
# Dark enough for white letters: contrast of 4.5 to 1 or more.
_COLOURS = (
    *((0x1F, 0x5F, 0xA8), (0x0F, 0x76, 0x6E), (0x9A, 0x34, 0x12), (0x6B, 0x3F, 0xA0)),
    *((0x1E, 0x6B, 0x34), (0xA3, 0x1D, 0x4C), (0x37, 0x4B, 0x5E), (0x7A, 0x4F, 0x0A)),
)
# Lines through points of a grid of 4 by 6, x before y, from the upper left corner.
_GLYPHS = {
    "A": "06 20 46/13 33",
    "B": "06 00 30 41 42 33 03/33 44 45 36 06",
    "C": "41 30 10 01 05 16 36 45",
    "D": "06 00 20 42 44 26 06",
    "E": "40 00 06 46/03 33",
    "F": "40 00 06/03 33",
    "G": "41 30 10 01 05 16 36 45 43 23",
    "H": "00 06/40 46/03 43",
    "I": "10 30/20 26/16 36",
    "J": "20 40 45 36 16 05 04",
    "K": "00 06/40 03 46",
    "L": "00 06 46",
    "M": "06 00 23 40 46",
    "N": "06 00 46 40",
    "O": "10 30 41 45 36 16 05 01 10",
    "P": "06 00 30 41 42 33 03",
    "Q": "10 30 41 45 36 16 05 01 10/24 46",
    "R": "06 00 30 41 42 33 03/23 46",
    "S": "41 30 10 01 02 13 33 44 45 36 16 05",
    "T": "00 40/20 26",
    "U": "00 05 16 36 45 40",
    "V": "00 26 40",
    "W": "00 16 23 36 40",
    "X": "00 46/40 06",
    "Y": "00 23 40/23 26",
    "Z": "00 40 06 46",
    "0": "10 30 41 45 36 16 05 01 10/41 05",
    "1": "11 20 26/16 36",
    "2": "01 10 30 41 42 06 46",
    "3": "01 10 30 41 42 33 23/33 44 45 36 16 05",
    "4": "36 30 04 44",
    "5": "40 00 03 33 44 45 36 06",
    "6": "40 10 01 05 16 36 45 44 33 03",
    "7": "00 40 16",
    "8": "13 02 01 10 30 41 42 33 13 04 05 16 36 45 44 33",
    "9": "06 36 45 41 30 10 01 02 13 43",
}
Line = tuple[float, float, float, float]


@lru_cache(maxsize=1024)
def png(name: str) -> bytes | None:
    """Return a PNG of 64 by 64 pixels with one or two initials; None for a name without any."""
    letters = initials(name)
    if not letters:
        return None
    shades = bytearray(_SIDE * _SIDE)
    for line in _lines(letters):
        _draw(line, shades)
    return _encode(shades, _COLOURS[zlib.crc32(name.encode("utf-8", "replace")) % len(_COLOURS)])


def initials(name: str) -> str:
    """Return up to two letters or digits in A-Z and 0-9; empty when the name has none."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    words = [word for word in re.findall(r"[A-Z0-9]+", plain) if word not in _MINOR_WORDS]
    return "".join(word[0] for word in words[:2])


def _lines(letters: str) -> Iterator[Line]:
    unit = _SIDE / (14.0 if len(letters) > 1 else 11.0)
    left = (_SIDE - unit * (6 * len(letters) - 2)) / 2
    top = (_SIDE - unit * 6) / 2
    for place, letter in enumerate(letters):
        for path in _GLYPHS[letter].split("/"):
            points = [_point(point, left + unit * 6 * place, top, unit) for point in path.split()]
            for start, end in pairwise(points):
                yield (*start, *end)


def _point(point: str, left: float, top: float, unit: float) -> tuple[float, float]:
    return left + unit * int(point[0]), top + unit * int(point[1])


def _draw(line: Line, shades: bytearray) -> None:
    """Paint the pixels near a line, softly at its edge."""
    x1, y1, x2, y2 = line
    reach = int(_STROKE) + 1
    for y in range(int(min(y1, y2)) - reach, int(max(y1, y2)) + reach + 1):
        for x in range(int(min(x1, x2)) - reach, int(max(x1, x2)) + reach + 1):
            cover = _STROKE + 0.5 - _distance(x + 0.5, y + 0.5, line)
            shade = round(min(max(cover, 0.0), 1.0) * (_SHADES - 1))
            place = y * _SIDE + x
            shades[place] = max(shades[place], shade)


def _distance(x: float, y: float, line: Line) -> float:
    x1, y1, x2, y2 = line
    dx, dy = x2 - x1, y2 - y1
    along = ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)
    along = min(max(along, 0.0), 1.0)
    return hypot(x - x1 - along * dx, y - y1 - along * dy)


def _encode(shades: bytearray, colour: tuple[int, int, int]) -> bytes:
    """Write a PNG of 16 colours, from the background to white, two pixels a byte (ISO 15948)."""
    palette = bytes(
        round(base + (255 - base) * shade / (_SHADES - 1))
        for shade in range(_SHADES)
        for base in colour
    )
    half = _SIDE // 2
    packed = bytes(high << 4 | low for high, low in zip(shades[::2], shades[1::2], strict=True))
    rows = b"".join(b"\0" + packed[row * half : (row + 1) * half] for row in range(_SIDE))
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 4, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
