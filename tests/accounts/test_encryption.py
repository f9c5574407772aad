import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts import encryption
from accounts.encryption import Box, Unreadable, UnusableKeys

OLD = "2025:" + base64.b64encode(b"o" * 32).decode()
NEW = "2026:" + base64.b64encode(b"n" * 32).decode()
ROW = "openfinance_access:1:access_token"


@given(text=st.text(), context=st.text())
def test_what_is_sealed_opens_again(text: str, context: str) -> None:
    box = Box.of([NEW])
    try:
        text.encode(), context.encode()
    except UnicodeEncodeError:
        return
    assert box.open(box.seal(text, context=context), context=context) == text


def test_the_same_text_is_never_sealed_the_same_way() -> None:
    box = Box.of([NEW])
    assert box.seal("token", context=ROW) != box.seal("token", context=ROW)


def test_a_value_opens_for_no_other_row_or_column() -> None:
    box = Box.of([NEW])
    blob = box.seal("token", context=ROW)
    for other in ("openfinance_access:2:access_token", "openfinance_access:1:refresh_token", ""):
        with pytest.raises(Unreadable):
            box.open(blob, context=other)


@given(place=st.integers(min_value=0), change=st.integers(min_value=1, max_value=255))
def test_a_changed_byte_anywhere_is_noticed(place: int, change: int) -> None:
    box = Box.of([NEW, OLD])
    blob = bytearray(box.seal("token", context=ROW))
    blob[place % len(blob)] ^= change
    with pytest.raises(Unreadable):
        box.open(bytes(blob), context=ROW)


@pytest.mark.parametrize("length", range(0, 30, 3))
def test_a_value_that_was_cut_does_not_open(length: int) -> None:
    box = Box.of([NEW])
    with pytest.raises(Unreadable):
        box.open(box.seal("", context=ROW)[:length], context=ROW)


def test_an_older_key_opens_and_the_current_one_seals() -> None:
    blob = Box.of([OLD]).seal("token", context=ROW)
    rotated = Box.of([NEW, OLD])
    assert rotated.open(blob, context=ROW) == "token"
    assert encryption.key_id(rotated.seal("token", context=ROW)) == "2026"


def test_without_its_key_a_value_does_not_open() -> None:
    blob = Box.of([OLD]).seal("token", context=ROW)
    with pytest.raises(Unreadable):
        Box.of([NEW]).open(blob, context=ROW)


def test_another_key_under_the_same_id_does_not_open_it() -> None:
    blob = Box.of([OLD]).seal("token", context=ROW)
    impostor = "2025:" + base64.b64encode(b"x" * 32).decode()
    with pytest.raises(Unreadable):
        Box.of([impostor]).open(blob, context=ROW)


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["no-colon"],
        [":" + base64.b64encode(b"k" * 32).decode()],
        ["a b:" + base64.b64encode(b"k" * 32).decode()],
        ["k:not base64!"],
        ["k:" + base64.b64encode(b"k" * 16).decode()],
        [OLD, OLD],
    ],
)
def test_keys_that_cannot_be_used_are_refused_and_not_quoted(texts: list[str]) -> None:
    with pytest.raises(UnusableKeys) as refused:
        Box.of(texts)
    assert base64.b64encode(b"k" * 32).decode() not in str(refused.value)


def test_the_repr_of_a_box_tells_no_key() -> None:
    assert "nnnn" not in repr(Box.of([NEW]))


def test_an_index_is_equal_for_equal_texts_of_one_purpose_only() -> None:
    cpf = encryption.index("76109277673", purpose="cpf")
    assert cpf == encryption.index("76109277673", purpose="cpf")
    assert cpf != encryption.index("76109277673", purpose="phone")


def test_there_is_no_index_without_a_key(settings: Settings) -> None:
    settings.INDEX_KEY = ""
    with pytest.raises(UnusableKeys):
        encryption.index("76109277673", purpose="cpf")
