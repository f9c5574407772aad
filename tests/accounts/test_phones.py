import pytest
from django.core.exceptions import ValidationError

from accounts import phones

# As people write them, and which error says what is wrong.
REFUSED = [
    ("", phones.InvalidPhone),
    ("abc", phones.InvalidPhone),
    ("+000", phones.InvalidPhone),
    ("1" * 40, phones.InvalidPhone),
    ("(11) 3071-0000", phones.LandlinePhone),
    ("11 2222-2222", phones.LandlinePhone),
    ("11 4004-1234", phones.LandlinePhone),
    ("+55 11 5876-5432", phones.LandlinePhone),
    ("(61) 3312-0000", phones.LandlinePhone),
    ("0 21 11 3071-0000", phones.LandlinePhone),
    ("98765-4321", phones.MissingAreaCode),
    ("8765-4321", phones.MissingAreaCode),
    ("3071-0000", phones.MissingAreaCode),
    ("+55 98765-4321", phones.MissingAreaCode),
    ("(20) 98765-4321", phones.UnknownAreaCode),
    ("(23) 98765-4321", phones.UnknownAreaCode),
    ("(52) 3071-0000", phones.UnknownAreaCode),
    ("+55 (76) 98765-4321", phones.UnknownAreaCode),
    ("(11) 8765-4321", phones.TooShortPhone),
    ("(11) 98765-432", phones.TooShortPhone),
    ("(11) 7999-1234", phones.TooShortPhone),
    ("+55 11 9765-4321", phones.TooShortPhone),
    ("190", phones.ServicePhone),
    ("136", phones.ServicePhone),
    ("0800 123 4567", phones.ServicePhone),
    ("0300 789 1234", phones.ServicePhone),
    ("0900 123 4567", phones.ServicePhone),
    ("4004-1234", phones.ServicePhone),
    ("3003 1234", phones.ServicePhone),
    ("+5511", phones.ImpossiblePhone),
    ("(11) 58765-4321", phones.ImpossiblePhone),
    ("(11) 98765-43210", phones.ImpossiblePhone),
    ("00 11 98765-4321", phones.ImpossiblePhone),
    ("+1 415 555 26", phones.ImpossiblePhone),
    ("+1 111 111 1111", phones.ImpossiblePhone),
]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("11 98765-4321", "+5511987654321"),
        ("(11) 98765-4321", "+5511987654321"),
        ("11987654321", "+5511987654321"),
        ("011 98765-4321", "+5511987654321"),
        ("0 15 11 98765-4321", "+5511987654321"),
        ("+55 11 98765 4321", "+5511987654321"),
        ("5511987654321", "+5511987654321"),
        ("tel:+55-11-98765-4321", "+5511987654321"),
        ("１１ ９８７６５‑４３２１", "+5511987654321"),
        ("(91) 98111-2233", "+5591981112233"),
        ("(55) 99911-2233", "+5555999112233"),
        ("+1 415 555 2671", "+14155552671"),
        ("+351 912 345 678", "+351912345678"),
        ("+54 9 11 2345-6789", "+5491123456789"),
        # What is a landline elsewhere is not ours to know.
        ("+351 21 123 4567", "+351211234567"),
    ],
)
def test_a_number_is_stored_in_e164(typed: str, stored: str) -> None:
    assert phones.normalise(typed) == stored
    assert phones.is_usable(stored)


@pytest.mark.parametrize(("typed", "error"), REFUSED)
def test_what_no_person_reads_whatsapp_at_is_refused(
    typed: str, error: type[phones.InvalidPhone]
) -> None:
    with pytest.raises(phones.InvalidPhone) as raised:
        phones.normalise(typed)
    assert type(raised.value) is error
    assert not phones.is_usable(typed)


def test_each_refusal_has_a_code_and_words_of_its_own() -> None:
    kinds = [phones.InvalidPhone, *phones.InvalidPhone.__subclasses__()]
    assert sorted(kind.code for kind in kinds) == sorted(phones.Reason.values)
    assert {kind().reason for kind in kinds} == set(phones.Reason.labels)


def test_no_refusal_quotes_the_number() -> None:
    with pytest.raises(phones.LandlinePhone) as raised:
        phones.normalise("(11) 3071-0000")
    assert "3071" not in f"{raised.value} {raised.value.reason}"


def test_a_landline_that_was_stored_before_is_not_usable() -> None:
    assert not phones.is_usable("+551130710000")
    with pytest.raises(ValidationError, match="telefone fixo"):
        phones.validate("+551130710000")


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
