"""Logos as banks and as enemies make them."""

import base64
import struct
import time
import zlib

import pytest

from openfinance.directory import pictures, vector_pictures
from openfinance.directory.vector_pictures import UnsafePicture

SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SQUARE = '<rect width="9" height="9" fill="#f60"/>'
# One pixel, red.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsL"
    "EBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU"
    "FBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAABAAEDASIAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAACP/EABQQAQAA"
    "AAAAAAAAAAAAAAAAAAD/xAAUAQEAAAAAAAAAAAAAAAAAAAAA/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMR"
    "AD8AVN//2Q=="
)


def svg(inside: str, attributes: str = 'width="9" height="9"') -> bytes:
    return f"<svg {SVG} {attributes}>{inside}</svg>".encode()


def png(width: int, height: int, *, noise: bool = False) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)

    rows = bytearray()
    state = 1
    for _ in range(height):
        rows.append(0)
        for _ in range(width * 3):
            state = state * 1103515245 + 12345 & 0x7FFFFFFF
            rows.append(state >> 16 & 0xFF if noise else 0xF0)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def size(picture: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", picture, 16)
    return width, height


def embedded(picture: bytes, kind: str = "png") -> str:
    data = base64.b64encode(picture).decode()
    return f'<image width="9" height="9" xlink:href="data:image/{kind};base64,{data}"/>'


def drawn(inside: str, attributes: str = 'width="9" height="9"') -> bytes:
    return pictures.png(svg(inside, attributes))


@pytest.mark.parametrize(
    "content",
    [
        svg(SQUARE),
        b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">' + svg(SQUARE),
        svg(SQUARE, 'viewBox="0 0 9 9"'),
        svg(SQUARE, 'width="90mm" height="10mm" x="5" preserveAspectRatio="none"'),
        svg('<rect width="90000" height="90000"/>', 'width="100000" height="99999"'),
        svg(f'<defs><g id="a">{SQUARE}</g></defs><use href="#a"/>'),
        svg('<style>.a{fill:red}</style><rect class="a" width="9" height="9"/>'),
        svg('<linearGradient id="g"><stop stop-color="red"/></linearGradient>'
            '<rect fill="url(#g)" width="9" height="9"/>'),
        svg('<sodipodi:namedview xmlns:sodipodi="http://x.example"><a/></sodipodi:namedview>'
            + SQUARE),
        svg(embedded(png(20, 5))),
        png(300, 40),
        JPEG,
    ],
)  # fmt: skip
def test_a_logo_becomes_a_small_square_png(content: bytes) -> None:
    picture = pictures.png(content)
    assert size(picture) == (192, 192)
    assert len(picture) <= pictures.MOST_BYTES


def test_a_picture_that_is_large_as_a_png_is_drawn_smaller() -> None:
    picture = pictures.png(png(400, 400, noise=True))
    assert size(picture)[0] < 192
    assert len(picture) <= pictures.MOST_BYTES


def test_what_only_acts_is_left_out() -> None:
    acting = f'<script>alert(1)</script><g onclick="alert(1)">{SQUARE}</g><title>x</title>'
    assert drawn(acting, 'width="9" height="9" onload="alert(1)"') == drawn(SQUARE)
    rebuilt = vector_pictures.rebuilt(svg(acting), check_embedded=lambda _: None)
    assert "alert" not in rebuilt


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ('<image href="/etc/hostname" width="9" height="9"/>', "elsewhere"),
        ('<image xlink:href="file:///etc/hostname" width="9" height="9"/>', "elsewhere"),
        ('<image href="https://evil.example/x.png" width="9" height="9"/>', "elsewhere"),
        ('<image href="data:image/svg+xml;base64,PHN2Zy8+" width="9" height="9"/>', "elsewhere"),
        ('<use href="https://evil.example/x.svg#a"/>', "elsewhere"),
        ('<rect fill="url(https://evil.example/x)" width="9" height="9"/>', "elsewhere"),
        ('<rect style="fill:url( \'x.svg#a\')" width="9" height="9"/>', "elsewhere"),
        ('<rect style="fill:u\\72l(x)" width="9" height="9"/>', "elsewhere"),
        ("<style>@import 'https://evil.example/x.css';</style>", "elsewhere"),
        ("<style>rect{fill:url(x)}</style>", "elsewhere"),
        ("<style>rect{fill:u</style><style>rl(x)}</style>", "elsewhere"),
        ('<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>', "<foreig"),
        ("<text>Banco</text>", "<text> is not drawn"),
        ('<filter id="f"><feImage href="/etc/hostname"/></filter>', "<feImage> is not drawn"),
        ("<g>" * 61 + SQUARE + "</g>" * 61, "too much in it"),
        ("<title>" * 61 + "</title>" * 61, "too much in it"),
        ("<g/>" * 20_001, "too much in it"),
        (embedded(png(2, 2)[:18]), "cut short"),
        (embedded(struct.pack(">8sII", b"\x89PNG\r\n\x1a\n", 13, 0x49484452)
                  + struct.pack(">II", 60_000, 60_000)), "60000 by 60000 pixels"),
    ],
)  # fmt: skip
def test_what_would_reach_out_or_weigh_too_much_is_refused(inside: str, reason: str) -> None:
    with pytest.raises(UnsafePicture, match=reason):
        drawn(inside)


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY x SYSTEM "file:///etc/hostname">',
        '<!ENTITY x "<rect/>">',
        '<!ENTITY % x SYSTEM "https://evil.example/x.dtd"> %x;',
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">',
    ],
)
def test_no_entity_is_declared(declaration: str) -> None:
    with pytest.raises(UnsafePicture, match="declares entities"):
        pictures.png(f"<!DOCTYPE svg [{declaration}]>".encode() + svg(SQUARE))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<html><body>404</body></html>",
        b"<rect/>",
        b"\x1f\x8b\x08svgz",
        svg(SQUARE)[:-9],
        svg(""),
        svg('<rect x="50" width="9" height="9"/>'),
        svg(SQUARE, 'width="0" height="9"'),
        svg(SQUARE, 'width="1e9" height="9"'),
        svg(SQUARE, ""),
        b'<?xml version="1.0" encoding="x-nothing"?>' + svg(SQUARE),
        b"<svg>" + SQUARE.encode() + b"</svg>",
        b"\x89PNG\r\n\x1a\n",
        png(8, 8)[:60],
        png(2001, 2000),
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\x00\x04ab\x00",
        JPEG[:40],
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(UnsafePicture):
        pictures.png(content)


def test_a_drawing_that_multiplies_itself_ends_by_its_own_limits() -> None:
    groups = "".join(
        f'<g id="a{level}">' + f'<use href="#a{level - 1}"/>' * 10 + "</g>" for level in range(1, 9)
    )
    began = time.monotonic()
    with pytest.raises(UnsafePicture, match=r"cannot be drawn|too long"):
        drawn(f'<defs><g id="a0">{SQUARE}</g>{groups}</defs><use href="#a8"/>')
    assert time.monotonic() - began < 25


@pytest.mark.parametrize(
    "harmful",
    [
        '<image href="{path}" width="9" height="9"/>',
        '<g opacity=".5">' * 5000 + "</g>" * 5000,
    ],
)
def test_the_process_that_draws_opens_no_file_and_breaks_alone(
    harmful: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("secret") / "secret.png"
    path.write_bytes(png(5, 5))
    content = f"<svg {SVG} width='9' height='9'>{harmful.replace('{path}', str(path))}</svg>"
    try:
        picture = pictures._draw(content, 9)
    except UnsafePicture:
        return
    assert picture == pictures._draw(f"<svg {SVG} width='9' height='9'/>", 9)
