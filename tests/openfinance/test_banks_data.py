"""The shipped data file, and what a file may not hold."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openfinance import matching, registry
from openfinance.models import Bank

GOOD: dict[str, Any] = {
    "slug": "neon",
    "name": "Neon",
    "legal_name": "Neon Pagamentos S.A.",
    "cnpj": "20855875000182",
    "ispb": "20855875",
    "compe": "536",
    "aliases": ["banco neon"],
    "position": 10,
    "is_favourite": False,
    "unavailable_reason": "",
}
OTHER = GOOD | {"slug": "x", "name": "X", "cnpj": "", "ispb": "", "compe": ""}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[object], list[Bank]]:
    def read(content: object) -> list[Bank]:
        path = tmp_path / "banks.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return registry.read(path)

    return read


def test_the_seven_banks_of_the_contract_come_first_in_its_order() -> None:
    first = sorted(registry.read(), key=lambda bank: bank.position)[:7]
    assert [bank.name for bank in first] == [
        "Nubank",
        "Itaú",
        "Bradesco",
        "Banco do Brasil",
        "Santander",
        "Caixa Econômica Federal",
        "Inter",
    ]


def test_every_name_fits_a_row_of_a_whatsapp_list() -> None:
    assert [bank.name for bank in registry.read() if not 1 <= len(bank.name) <= 24] == []


def test_every_bank_has_a_place_of_its_own() -> None:
    positions = [bank.position for bank in registry.read()]
    assert len(set(positions)) == len(positions) == 59


def test_no_name_nickname_or_code_belongs_to_two_banks() -> None:
    called = [
        (term, bank.slug)
        for bank in registry.read()
        for term in {
            matching.phrase(text).full
            for text in (bank.name, *bank.aliases, bank.compe, bank.ispb)
            if text
        }
    ]
    counts = Counter(term for term, _ in called)
    assert [pair for pair in called if counts[pair[0]] > 1] == []


def test_a_cnpj_starts_with_the_ispb_and_has_right_check_digits() -> None:
    wrong = [
        bank.slug
        for bank in registry.read()
        if bank.cnpj[:8] != bank.ispb or not _has_right_check_digits(bank.cnpj)
    ]
    assert wrong == []


def _has_right_check_digits(cnpj: str) -> bool:
    for length in (12, 13):
        weights = [2 + (length - 1 - place) % 8 for place in range(length)]
        rest = sum(int(digit) * weight for digit, weight in zip(cnpj, weights, strict=False)) % 11
        if int(cnpj[length]) != (0 if rest < 2 else 11 - rest):
            return False
    return True


def test_banks_outside_the_directory_are_there_with_the_reason() -> None:
    reasons = {bank.slug: bank.unavailable_reason for bank in registry.read()}
    out = {slug for slug, reason in reasons.items() if reason}
    assert out == {
        *("abc", "bs2", "daycoval", "modal", "original", "stark", "superdigital", "will")
    }
    assert reasons["will"] == "Em liquidação extrajudicial"


def test_a_good_file_is_read_as_unsaved_banks(read: Callable[[object], list[Bank]]) -> None:
    (bank,) = read([GOOD])
    assert bank._state.adding
    assert (bank.slug, bank.aliases) == ("neon", ["banco neon"])


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (OTHER | {"slug": "neon"}, "slug neon is already that of neon"),
        (OTHER | {"name": "Neon"}, "name Neon is already that of neon"),
        (OTHER | {"compe": "536"}, "compe 536 is already that of neon"),
        (OTHER | {"name": "N" * 25}, "name:"),
        (OTHER | {"name": ""}, "name:"),
        (OTHER | {"name": None}, "name: unexpected null"),
        (OTHER | {"slug": "not a slug"}, "slug:"),
        (OTHER | {"logo": "x.svg"}, "unknown logo"),
        (OTHER | {"pk": 1}, "unknown pk"),
        ({key: OTHER[key] for key in OTHER if key != "ispb"}, "missing ispb"),
        (OTHER | {"aliases": "roxinho"}, 'aliases: unexpected "roxinho"'),
        (OTHER | {"aliases": ["a" * 61]}, "aliases:"),
        (OTHER | {"position": True}, "position: unexpected true"),
        (OTHER | {"position": -1}, "position:"),
        (OTHER | {"is_favourite": "no"}, 'is_favourite: unexpected "no"'),
        (OTHER | {"compe": "1"}, "compe: expected 3 digits or none"),
        (OTHER | {"cnpj": "20.855.875/0001-82"}, "cnpj: expected 14 digits or none"),
        (["neon"], "expected an object"),
    ],
)
def test_a_bad_row_is_refused_by_its_number_and_reason(
    read: Callable[[object], list[Bank]], row: object, complaint: str
) -> None:
    with pytest.raises(registry.InvalidRegistry) as caught:
        read([GOOD, row])
    assert str(caught.value).startswith("row 2")
    assert complaint in str(caught.value)


@pytest.mark.parametrize("content", ["", "[", "{}", "null"])
def test_a_file_that_is_no_list_of_banks_is_refused(
    read: Callable[[object], list[Bank]], content: str
) -> None:
    with pytest.raises(registry.InvalidRegistry, match=r"banks\.json"):
        read(content)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(registry.InvalidRegistry, match="nowhere"):
        registry.read(tmp_path / "nowhere.json")
