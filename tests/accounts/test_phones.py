import pytest
from django.core.exceptions import ValidationError

from accounts import phones


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("11 98765-4321", "+5511987654321"),
        ("(11) 98765-4321", "+5511987654321"),
        ("011 98765-4321", "+5511987654321"),
        ("+55 11 98765 4321", "+5511987654321"),
        ("+1 415 555 2671", "+14155552671"),
        ("(11) 3071-0000", "+551130710000"),
    ],
)
def test_a_number_is_stored_in_e164(typed: str, stored: str) -> None:
    assert phones.normalise(typed) == stored
    assert phones.is_usable(stored)


@pytest.mark.parametrize("typed", ["", "abc", "123", "98765-4321", "+5511", "1" * 40, "+000"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(phones.InvalidPhone):
        phones.normalise(typed)
    assert not phones.is_usable(typed)


def test_only_the_stored_form_is_usable() -> None:
    assert not phones.is_usable("11 98765-4321")
    with pytest.raises(ValidationError):
        phones.validate("11 98765-4321")


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("+5511987654321", "+55 11 •••••-4321"),
        ("+14155552671", "+14 •••••71"),
        ("", ""),
    ],
)
def test_the_middle_of_a_number_is_masked(phone: str, masked: str) -> None:
    assert phones.mask(phone) == masked


@pytest.mark.parametrize(
    "text",
    [
        "+5511987654321",
        "+55 (11) 98765-4321",
        "5511987654321",
        "11 98765-4321",
        "011 98765 4321",
        "11 8765-4321",
        "551187654321",
        "+55 11 8765-4321",
    ],
)
def test_a_number_is_sought_in_any_form(text: str) -> None:
    assert phones.sought(text) == "+5511987654321"


@pytest.mark.parametrize("text", ["", "4321", "98765-4321", "u1187654321@example.com", "Ana", "+"])
def test_what_is_no_whole_number_is_not_sought_as_one(text: str) -> None:
    assert phones.sought(text) == ""


def test_the_middle_of_an_id_is_hidden() -> None:
    assert phones.mask_id("BR.13491208655302741918") == "BR.•••••1918"
    assert phones.mask_id("") == ""
