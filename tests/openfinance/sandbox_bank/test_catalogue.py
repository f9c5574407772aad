"""The bank of tests plays the favourites, unless staff gave them to somebody else."""

from io import StringIO

import pytest
from django.core.management import call_command

from openfinance import catalogue
from openfinance.models import Bank
from openfinance.sandbox_bank.brands import BRANDS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _banks(db: None) -> None:
    catalogue.sync()


def _use() -> str:
    told = StringIO()
    call_command("use_sandbox_banks", stdout=told)
    return told.getvalue()


def test_it_plays_every_favourite_under_its_name() -> None:
    _use()
    for bank in catalogue.favourites():
        assert bank.provider == Bank.Provider.SANDBOX
        assert BRANDS[bank.provider_reference["brand"]].name == bank.name


def test_it_leaves_what_staff_chose() -> None:
    Bank.objects.filter(slug="nubank").update(provider="pluggy", provider_reference={"id": 612})
    Bank.objects.filter(slug="itau").update(provider_reference={"brand": "itau"})
    _use()
    assert Bank.objects.get(slug="nubank").provider == "pluggy"
    assert Bank.objects.get(slug="itau").provider == ""


def test_a_second_time_changes_nothing() -> None:
    assert "nubank" in _use()
    assert _use() == ""
