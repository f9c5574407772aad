import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.native_flow import monogram

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunks(png: bytes) -> dict[bytes, bytes]:
    """Take a PNG apart, checking the sum of each chunk."""
    assert png.startswith(SIGNATURE)
    found, place = {}, len(SIGNATURE)
    while place < len(png):
        (size,) = struct.unpack_from(">I", png, place)
        kind, body = png[place + 4 : place + 8], png[place + 8 : place + 8 + size]
        assert struct.unpack_from(">I", png, place + 8 + size) == (zlib.crc32(kind + body),)
        found[kind] = body
        place += 12 + size
    return found


def picture(name: str) -> bytes:
    png = monogram.png(name)
    assert png is not None
    return png


def luminance(colour: bytes) -> float:
    """Return the relative luminance of WCAG 2."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (byte / 255 for byte in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Nubank", "N"),
        ("Banco do Brasil", "BB"),
        ("Caixa Econômica Federal", "CE"),
        ("Itaú", "I"),
        ("Ágora", "A"),
        ("C6 Bank", "CB"),
        ("99Pay", "9"),
        ("99 pay", "9P"),
        ("日本", ""),
        ("…", ""),
        ("", ""),
    ],
)
def test_the_initials_are_of_the_first_two_words_that_count(name: str, expected: str) -> None:
    assert monogram.initials(name) == expected


def test_a_picture_is_a_whole_png_of_64_by_64_pixels() -> None:
    found = chunks(picture("Banco do Brasil"))
    assert list(found) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBBBBB", found[b"IHDR"]) == (64, 64, 4, 3, 0, 0, 0)
    assert len(zlib.decompress(found[b"IDAT"])) == 64 * (1 + 32)


def test_the_letters_are_white_and_the_corners_are_of_the_background() -> None:
    found = chunks(picture("Nubank"))
    pixels = zlib.decompress(found[b"IDAT"])
    assert found[b"PLTE"][-3:] == b"\xff\xff\xff"
    assert (pixels[1], pixels[-1]) == (0, 0)
    assert 0xFF in pixels


@pytest.mark.parametrize("letter", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
def test_every_letter_and_digit_has_a_shape_of_its_own(letter: str) -> None:
    shapes = {
        other: chunks(picture(f"{other}x"))[b"IDAT"]
        for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    }
    assert [other for other, shape in shapes.items() if shape == shapes[letter]] == [letter]


def test_every_background_has_enough_contrast_with_the_letters() -> None:
    backgrounds = {chunks(picture(f"Banco {n}"))[b"PLTE"][:3] for n in range(200)}
    assert len(backgrounds) == 8
    assert min(1.05 / (luminance(colour) + 0.05) for colour in backgrounds) >= 4.5


def test_a_name_without_initials_has_no_picture() -> None:
    assert monogram.png("日本") is None


@given(name=st.text(st.characters(), max_size=12))
def test_any_name_gives_a_small_picture_or_none(name: str) -> None:
    png = monogram.png(name)
    assert (png is None) == (monogram.initials(name) == "")
    assert len(png or b"") < 1024
