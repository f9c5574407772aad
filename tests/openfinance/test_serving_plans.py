import pytest
from django.db import IntegrityError

from openfinance import catalogue, serving_plans
from openfinance.models import Bank
from openfinance.serving_plans import Change, Plan

pytestmark = pytest.mark.django_db

SERVED = Change(slug="nubank", field="provider", old="", new="brasil")
FIELDS = {"slug": "novo", "name": "Novo", "legal_name": "Novo S.A."}


def test_a_plan_is_carried_out() -> None:
    catalogue.sync()
    plan = Plan(created=(FIELDS,), changes=(SERVED,))
    serving_plans.carry_out(lambda _: plan, shown=plan)
    assert Bank.objects.filter(slug="novo").exists()
    assert Bank.objects.get(slug="nubank").provider == "brasil"


def test_a_plan_of_which_one_part_cannot_be_done_is_not_done_at_all(
    transactional_db: None,
) -> None:
    catalogue.sync()
    before = list(Bank.objects.order_by("pk").values())
    doubled = Change(slug="itau", field="name", old="Itaú", new="Inter")
    plan = Plan(created=(FIELDS,), changes=(SERVED, doubled))
    with pytest.raises(IntegrityError):
        serving_plans.carry_out(lambda _: plan, shown=plan)
    assert list(Bank.objects.order_by("pk").values()) == before


def test_a_plan_that_would_be_another_one_by_now_is_not_carried_out() -> None:
    catalogue.sync()
    with pytest.raises(serving_plans.BanksChanged):
        serving_plans.carry_out(lambda _: Plan(), shown=Plan(changes=(SERVED,)))
    assert Bank.objects.get(slug="nubank").provider == ""


@pytest.mark.parametrize(("gone", "is_shrunken"), [(1, False), (2, False), (3, True)])
def test_a_fifth_of_the_banks_may_go(gone: int, *, is_shrunken: bool) -> None:
    slugs = tuple(map(str, range(gone)))
    assert Plan(gone=slugs, served_before=10).is_shrunken is is_shrunken
