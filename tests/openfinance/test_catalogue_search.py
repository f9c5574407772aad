import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from openfinance import catalogue
from openfinance.models import Bank

FINDS = {
    "itau": "Itaú",
    "ITAÚ": "Itaú",
    "  itaú   unibanco s.a. ": "Itaú",
    "itua": "Itaú",
    "personnalite": "Itaú",
    "341": "Itaú",
    "código 341": "Itaú",
    "bb": "Banco do Brasil",
    "BB!": "Banco do Brasil",
    "1": "Banco do Brasil",
    "001": "Banco do Brasil",
    "00000000": "Banco do Brasil",
    "brasil": "Banco do Brasil",
    "bancodobrasil": "Banco do Brasil",
    "banco do brazil": "Banco do Brasil",
    "nu": "Nubank",
    "nubanc": "Nubank",
    "nu bank": "Nubank",
    "nunbank": "Nubank",
    "nuabnk": "Nubank",
    "roxinho": "Nubank",
    "💜 nubank 💜": "Nubank",
    "𝓷𝓾𝓫𝓪𝓷𝓴": "Nubank",
    "18.236.120/0001-58": "Nubank",
    "bradesko": "Bradesco",
    "next": "Bradesco",
    "santader": "Santander",
    "quero conectar minha conta do santader, por favor": "Santander",
    "santander van gogh": "Santander",
    "33": "Santander",
    "caixa economica": "Caixa Econômica Federal",
    "kaixa": "Caixa Econômica Federal",
    "cef": "Caixa Econômica Federal",
    "104": "Caixa Econômica Federal",
    "economica": "Caixa Econômica Federal",
    "banco inter": "Inter",
    "bancointer": "Inter",
    "77": "Inter",
    "c6": "C6 Bank",
    "c6bank": "C6 Bank",
    "merkado pago": "Mercado Pago",
    "mercadopgo": "Mercado Pago",
    "mp": "Mercado Pago",
    "pagseguro": "PagBank",
    "infinite pay": "InfinitePay",
    "cloudwalk": "InfinitePay",
    "pic pay": "PicPay",
    "79": "PicPay",
    "09516419": "PicPay",
    "votorantim": "Banco BV",
    "413": "Banco BV",
    "bv": "Banco BV",
    "208": "BTG Pactual",
    "00000208": "BRB",
    "pactual": "BTG Pactual",
    "magalu": "MagaluPay",
    "bitcoin": "Mercado Bitcoin",
    "amazonia": "Banco da Amazônia",
    "99": "99Pay",
    "banrisu": "Banrisul",
}

FINDS_NOTHING = [
    "",
    "   ",
    "!!!",
    "🏦🏦🏦",
    "\0",
    "asdfgh",
    "qwerty",
    "banco",
    "minha conta, por favor",
    "oi, tudo bem?",
    "não sei",
    "casa",
    "ajuda",
    "bvv",
    "xq",
    "0",
    "10",
    "1040",
    "99999999",
    "lorem ipsum dolor sit amet",
    "nubank " * 1000,
    "daycoval",
    "will bank",
]


@pytest.fixture
def banks(db: None) -> dict[str, Bank]:
    catalogue.sync()
    return {bank.slug: bank for bank in Bank.objects.all()}


@pytest.mark.parametrize(("query", "name"), FINDS.items())
def test_what_people_type_finds_the_bank_they_mean_first(
    banks: dict[str, Bank], query: str, name: str
) -> None:
    assert [bank.name for bank in catalogue.search(query)][:1] == [name]


@pytest.mark.parametrize("query", FINDS_NOTHING)
def test_what_names_no_active_bank_finds_nothing(banks: dict[str, Bank], query: str) -> None:
    assert catalogue.search(query) == []


@pytest.mark.parametrize("query", ["bb", "bv", "341", "roxinho", "santader"])
def test_a_clear_query_brings_no_other_bank(banks: dict[str, Bank], query: str) -> None:
    assert len(catalogue.search(query)) == 1


def test_every_active_bank_is_found_by_its_name_its_nicknames_and_its_codes(
    banks: dict[str, Bank],
) -> None:
    active = [bank for bank in banks.values() if not bank.unavailable_reason]
    missed = [
        (bank.name, query)
        for bank in active
        for query in (bank.name, *bank.aliases, bank.compe, bank.ispb, bank.cnpj)
        if query and catalogue.rank(query, active)[:1] != [bank]
    ]
    assert missed == []


def test_a_name_comes_before_a_nickname_and_the_staffs_order_settles_the_rest(
    banks: dict[str, Bank],
) -> None:
    found = [bank.name for bank in catalogue.search("n", limit=4)]
    assert found == ["Nubank", "Banco do Nordeste", "Neon", "Bradesco"]


def test_two_banks_in_one_text_are_both_found(banks: dict[str, Bank]) -> None:
    found = [bank.name for bank in catalogue.search("o inter e o itau")]
    assert found == ["Itaú", "Inter"]


def test_the_limit_holds(banks: dict[str, Bank]) -> None:
    assert len(catalogue.search("b", limit=3)) == 3


def test_what_staff_change_counts_in_the_next_search(banks: dict[str, Bank]) -> None:
    Bank.objects.filter(slug="cora").update(aliases=["rosinha"])
    Bank.objects.filter(slug="neon").update(deactivated_at=timezone.now())
    assert [bank.slug for bank in catalogue.search("rosinha")] == ["cora"]
    assert "neon" not in [bank.slug for bank in catalogue.search("neon")]


def test_a_search_costs_one_query(
    banks: dict[str, Bank], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        catalogue.search("santader")


def test_odd_names_given_by_staff_break_nothing(banks: dict[str, Bank]) -> None:
    Bank.objects.filter(slug="cora").update(name="Banco", aliases=["!!!", "", "de", "0"])
    assert [bank.slug for bank in catalogue.search("banco")] == ["cora"]
    assert [bank.slug for bank in catalogue.search("nubanc")] == ["nubank"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.text() | st.text(alphabet="aábcç019 .-", max_size=30) | st.sampled_from(list(FINDS)),
    limit=st.integers(0, 12),
)
def test_any_text_gives_at_most_the_limit_of_active_banks_and_always_the_same(
    banks: dict[str, Bank], query: str, limit: int
) -> None:
    found = catalogue.search(query, limit=limit)
    assert len(found) <= limit
    assert all(not bank.unavailable_reason for bank in found)
    assert found == catalogue.rank(query, reversed(Bank.objects.active()))[:limit]


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_letter_left_out_of_a_long_name_still_finds_the_bank(
    banks: dict[str, Bank], data: st.DataObject
) -> None:
    active = [bank for bank in banks.values() if not bank.unavailable_reason]
    bank = data.draw(st.sampled_from([bank for bank in active if len(bank.name) >= 6]))
    place = data.draw(st.integers(1, len(bank.name) - 1))
    assert bank in catalogue.rank(bank.name[:place] + bank.name[place + 1 :], active)
