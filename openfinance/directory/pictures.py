"""Turn the picture that a bank names as its logo into a small square PNG of our own making.

Whatever it was, it is drawn anew by a process of its own with little memory and time: what breaks
the drawing library breaks that process, and nothing of the original is kept.
"""

import base64
import binascii
import re
import struct
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

from openfinance.directory import vector_pictures
from openfinance.directory.vector_pictures import SVG, UnsafePicture

# A list of twenty in a WhatsApp Flow leaves each no more.
MOST_BYTES: Final = 30 * 1024
# At the last of these a PNG is small enough whatever it shows.
_SIDES: Final = (192, 128, 96, 64)
_MOST_PIXELS: Final = 4_000_000
_SECONDS: Final = 20.0
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_DRAW: Final = Path(__file__).with_name("drawing.py")
_SIZE: Final = re.compile(r"^<svg[^>]*?>")


def png(content: bytes) -> bytes:
    """Draw an SVG, PNG or JPEG into a square PNG of at most 30 KB; raise UnsafePicture."""
    if content.startswith((_PNG, b"\xff\xd8\xff")):
        picture = _embedded(content)
    else:
        picture = _framed(vector_pictures.rebuilt(content, check_embedded=_check_embedded))
    for side in _SIDES:
        drawn = _draw(_square(picture, side), side)
        if drawn == _blank(side):
            raise UnsafePicture("it shows nothing")
        if len(drawn) <= MOST_BYTES:
            return drawn
    raise UnsafePicture("too large even when small")


@cache
def _blank(side: int) -> bytes:
    return _draw(_square("", side), side)


def _square(picture: str, side: int) -> str:
    return (
        f'<svg xmlns="{SVG}" xmlns:xlink="http://www.w3.org/1999/xlink" width="{side}"'
        f' height="{side}" viewBox="0 0 100 100">{picture}</svg>'
    )


def _embedded(content: bytes) -> str:
    _check_pixels(content)
    kind = "png" if content.startswith(_PNG) else "jpeg"
    data = base64.b64encode(content).decode()
    return f'<image width="100" height="100" xlink:href="data:image/{kind};base64,{data}"/>'


def _framed(picture: str) -> str:
    """Put the drawing into the whole square, whatever size it gives itself."""
    opening = _SIZE.match(picture)
    if opening is None:
        raise UnsafePicture("not an SVG")
    tag = opening.group()
    if " viewBox=" not in tag:
        width, height = (_length(tag, name) for name in ("width", "height"))
        tag = f'{tag[:-1]} viewBox="0 0 {width:g} {height:g}">'
    for name in ("x", "y", "width", "height", "preserveAspectRatio"):
        tag = re.sub(rf' {name}="[^"]*"', "", tag)
    return f'{tag[:-1]} width="100" height="100">{picture[opening.end() :]}'


def _length(tag: str, name: str) -> float:
    found = re.search(rf' {name}="\s*([0-9]{{1,6}}(?:\.[0-9]{{1,6}})?)\s*(?:px|pt|mm)?\s*"', tag)
    if not found or not (length := float(found.group(1))):
        raise UnsafePicture("it has no size")
    return length


def _check_embedded(data: str) -> None:
    try:
        _check_pixels(base64.b64decode(data))
    except binascii.Error:
        raise UnsafePicture("not base64") from None


def _check_pixels(content: bytes) -> None:
    """Refuse a PNG or JPEG of more pixels than a logo has, before anything unpacks it."""
    try:
        width, height = _png_size(content) if content.startswith(_PNG) else _jpeg_size(content)
    except (struct.error, IndexError):
        raise UnsafePicture("it is cut short") from None
    if not 0 < width * height <= _MOST_PIXELS:
        raise UnsafePicture(f"{width} by {height} pixels")


def _png_size(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", content, 16)
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Read the frame header (ITU-T T.81 B.2.2) after the segments before it."""
    place = 2
    while content[place] == 0xFF:  # noqa: PLR2004
        marker, length = struct.unpack_from(">BH", content, place + 1)
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:  # noqa: PLR2004
            height, width = struct.unpack_from(">HH", content, place + 5)
            return width, height
        place += 2 + length
    raise UnsafePicture("not a JPEG")


def _draw(svg: str, side: int) -> bytes:
    try:
        process = subprocess.run(  # noqa: S603  our own program, and no shell
            [sys.executable, "-I", str(_DRAW)],
            input=svg.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
            env={},
        )
    except subprocess.TimeoutExpired:
        raise UnsafePicture("it takes too long to draw") from None
    size = struct.pack(">II", side, side)
    drawn = process.stdout
    if process.returncode or not drawn.startswith(_PNG) or drawn[16:24] != size:
        raise UnsafePicture("it cannot be drawn")
    return drawn
