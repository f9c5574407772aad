"""Alice and the bank of tests, in real transactions."""

from collections.abc import Iterator

import pytest
import responses
from pytest_django import Settings

from accounts.models import User
from openfinance import catalogue, serving
from openfinance.models import Bank as BankRow
from tests.openfinance.connections import late
from tests.openfinance.connections.bank import RETURN, Bank
from tests.openfinance.connections.people import Trip
from tests.openfinance.sandbox import world


@pytest.fixture
def bank(settings: Settings, live_db: None) -> Iterator[Bank]:
    """Lead to the bank as two providers; "pluggy" learns of a consent only on return."""
    options = {
        "base_url": world.BASE,
        "client_id": "pierre",
        "client_secret": "development-only",
        "redirect_uri": RETURN,
    }
    settings.OPEN_FINANCE_PROVIDERS = {
        "sandbox": {"BACKEND": "openfinance.providers.sandbox.Sandbox", "OPTIONS": options},
        "pluggy": {"BACKEND": "tests.openfinance.connections.late.Late", "OPTIONS": options},
    }
    serving._made.cache_clear()
    catalogue.sync()
    for row in BankRow.objects.filter(slug__in=["nubank", "inter"]):
        row.provider, row.provider_reference = "sandbox", {"brand": row.slug}
        row.save()
    bank = Bank()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        bank.open(mock)
        yield bank
    late.kept_ids.clear()
    serving._made.cache_clear()


@pytest.fixture
def hers(bank: Bank, alice: User) -> Trip:
    """Alice with Nubank."""
    return Trip(user=alice, bank=bank, row=BankRow.objects.get(slug="nubank"))
