import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from openfinance import catalogue
from openfinance.models import Bank

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _banks(db: None) -> None:
    catalogue.sync()


def slugs() -> list[str]:
    return [bank.slug for bank in catalogue.favourites()]


def names() -> list[str]:
    return [bank.name for bank in Bank.objects.all()]


def test_the_favourites_start_as_the_contracts_seven_and_two_more() -> None:
    contract = ["nubank", "itau", "bradesco", "banco-do-brasil", "santander", "caixa", "inter"]
    assert slugs() == [*contract, "c6", "mercado-pago"]


def test_the_favourites_follow_the_order_that_staff_give() -> None:
    Bank.objects.filter(slug="inter").update(position=1)
    assert slugs()[:2] == ["inter", "nubank"]


def test_a_tenth_favourite_stays_out() -> None:
    Bank.objects.filter(slug="neon").update(is_favourite=True)
    assert len(slugs()) == 9
    assert "neon" not in slugs()


@pytest.mark.parametrize(
    "change",
    [{"deactivated_at": timezone.now()}, {"unavailable_reason": "Fora"}, {"is_favourite": False}],
    ids=["deactivated", "unavailable", "no favourite"],
)
def test_a_bank_that_cannot_be_chosen_leaves_the_list(change: dict[str, object]) -> None:
    Bank.objects.filter(slug="itau").update(**change)
    assert "itau" not in slugs()


def test_the_favourites_cost_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(1):
        catalogue.favourites()


def test_moving_up_passes_the_bank_before() -> None:
    catalogue.move(Bank.objects.filter(slug="itau"), down=False)
    assert names()[:3] == ["Itaú", "Nubank", "Bradesco"]


def test_moving_down_passes_the_bank_after() -> None:
    catalogue.move(Bank.objects.filter(slug="itau"), down=True)
    assert names()[:3] == ["Nubank", "Bradesco", "Itaú"]


@pytest.mark.parametrize(("down", "first"), [(False, "Nubank"), (True, "Bradesco")])
def test_banks_moved_together_keep_their_order(*, down: bool, first: str) -> None:
    catalogue.move(Bank.objects.filter(slug__in=["nubank", "itau"]), down=down)
    assert names()[0] == first
    assert names().index("Nubank") < names().index("Itaú")


def test_moving_parts_banks_that_had_the_same_position() -> None:
    Bank.objects.filter(slug__in=["inter", "neon"]).update(position=5)
    catalogue.move(Bank.objects.filter(slug="neon"), down=False)
    assert names()[:2] == ["Neon", "Inter"]
