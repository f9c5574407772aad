"""What the endpoint sends for each screen: as the published Flow declares it, within its limits."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openfinance import native_flow, registry
from openfinance.native_flow import BankOption, Screen
from whatsapp.native_flow import definition, monogram

NUBANK = BankOption(id="nubank", title="Nubank", description="Nu Pagamentos S.A.")
MEGABYTE = 1024 * 1024

texts = st.text(st.characters(codec="utf-8"), max_size=400)
titles = texts.filter(lambda text: bool(text.strip()))
options = st.builds(
    BankOption,
    id=st.text(min_size=1, max_size=20),
    title=titles,
    description=texts.filter(lambda text: not text or bool(text.strip())),
    logo_png=st.none() | st.binary(max_size=200),
)


def problems_of(screen: Screen) -> list[str]:
    """Check the published Flow with what is sent in the place of its examples."""
    flow: Any = native_flow.definition(privacy_url="https://pierre.example/")
    (declared,) = [each["data"] for each in flow["screens"] if each["id"] == screen["screen"]]
    assert declared.keys() == screen["data"].keys()
    for name, value in screen["data"].items():
        declared[name]["__example__"] = value
    return definition.check(flow)


def listed(screen: Screen) -> list[dict[str, str]]:
    banks: Any = screen["data"]["banks"]
    return list(banks)


def notes(screen: Screen) -> set[str]:
    return {name for name, value in screen["data"].items() if value is True}


@given(
    banks=st.lists(options, min_size=1, max_size=22, unique_by=lambda bank: bank.id),
    query=texts,
    total=st.integers(0, 300),
)
@settings(max_examples=60, deadline=None)
def test_any_banks_make_a_list_that_the_flow_can_show(
    banks: list[BankOption], query: str, total: int
) -> None:
    screen = native_flow.banks_screen(banks, query, total)
    assert problems_of(screen) == []
    assert [option["id"] for option in listed(screen)] == [bank.id for bank in banks[:20]]


@given(bank=options)
@settings(max_examples=40, deadline=None)
def test_any_bank_makes_the_two_screens_after_it(bank: BankOption) -> None:
    for screen in (native_flow.steps_screen(bank), native_flow.done_screen(bank)):
        assert problems_of(screen) == []
        assert screen["data"]["bank_id"] == bank.id


def test_a_bank_is_listed_with_its_logo() -> None:
    bank = BankOption(id="inter", title="Inter", logo_png=b"\x89PNG inter")
    assert listed(native_flow.banks_screen([bank], "", 1)) == [
        {
            "id": "inter",
            "title": "Inter",
            "image": base64.b64encode(b"\x89PNG inter").decode(),
            "alt-text": "Inter",
        }
    ]


@pytest.mark.parametrize("logo", [None, b"", b"x" * (30 * 1024 + 1)])
def test_a_bank_without_a_usable_logo_gets_its_initials(logo: bytes | None) -> None:
    bank = BankOption(id="inter", title="Inter", logo_png=logo)
    (option,) = listed(native_flow.banks_screen([bank], "", 1))
    assert base64.b64decode(option["image"]) == monogram.png("Inter")


def test_a_bank_without_logo_or_initials_has_no_picture() -> None:
    (option,) = listed(native_flow.banks_screen([BankOption(id="x", title="日本")], "", 1))
    assert option == {"id": "x", "title": "日本"}


def test_twenty_of_the_largest_banks_fit_one_answer() -> None:
    bank = {"title": "T" * 30, "description": "ç" * 300, "logo_png": b"x" * 30 * 1024}
    banks = [BankOption(id=f"bank-{number}", **bank) for number in range(20)]  # type: ignore[arg-type]
    assert len(json.dumps(native_flow.banks_screen(banks, "", 20))) < MEGABYTE


def test_every_shipped_bank_can_be_listed() -> None:
    banks = [
        BankOption(id=bank.slug, title=bank.name, description=bank.legal_name)
        for bank in registry.read()
    ]
    for start in range(0, len(banks), native_flow.LISTED):
        page = banks[start : start + native_flow.LISTED]
        screen = native_flow.banks_screen(page, "", len(banks))
        assert problems_of(screen) == []
        assert [option["title"] for option in listed(screen)] == [bank.title for bank in page]


def test_long_names_are_cut_with_an_ellipsis() -> None:
    bank = BankOption(id="x", title="😀" * 20, description="d" * 301)
    (option,) = listed(native_flow.banks_screen([bank], "", 1))
    assert option["title"] == "😀" * 14 + "…"
    assert option["description"] == "d" * 299 + "…"


@pytest.mark.parametrize(
    ("query", "total", "expected"),
    [
        ("", 1, set()),
        ("nu", 1, set()),
        ("", 59, {"more_than_shown"}),
        ("banco", 21, {"more_than_shown"}),
        ("xyz", 0, {"nothing_found"}),
        ("", 0, set()),
        ("  ", 0, set()),
    ],
)
def test_a_note_says_when_there_are_more_banks_or_none(
    query: str, total: int, expected: set[str]
) -> None:
    assert notes(native_flow.banks_screen([NUBANK], query, total)) == expected


def test_going_on_without_a_bank_is_told() -> None:
    screen = native_flow.banks_screen([NUBANK], "", 1, nothing_chosen=True)
    assert notes(screen) == {"nothing_chosen"}


def test_an_empty_list_is_refused_because_whatsapp_shows_none() -> None:
    with pytest.raises(ValueError, match="at least one"):
        native_flow.banks_screen([], "xyz", 0)
