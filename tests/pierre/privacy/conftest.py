from collections.abc import Iterator

import pytest
import responses
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from openfinance import catalogue, serving
from openfinance.models import Bank
from tests.openfinance.pages.steps import served_bank
from tests.openfinance.sandbox import world
from tests.pierre.privacy import whole_lives
from tests.pierre.privacy.whole_lives import Life

# From where they come.
STAFF = "198.51.100.7"


@pytest.fixture
def outside(live_db: None, settings: Settings) -> Iterator[responses.RequestsMock]:
    """Carry what goes to the bank of tests to where it runs; Graph is for the test to add."""
    settings.OPEN_FINANCE_PROVIDERS = {
        "sandbox": {
            "BACKEND": "openfinance.providers.sandbox.Sandbox",
            "OPTIONS": {
                "base_url": world.BASE,
                "client_id": "pierre",
                "client_secret": "development-only",
                "redirect_uri": "https://connect.example/conectar/retorno",
            },
        }
    }
    serving._made.cache_clear()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        world.bridge(mock)
        yield mock
    serving._made.cache_clear()


@pytest.fixture
def nubank(outside: responses.RequestsMock) -> Bank:
    catalogue.sync()
    return served_bank()


@pytest.fixture
def staff(db: None) -> Client:
    client = Client(REMOTE_ADDR=STAFF)
    client.force_login(User.objects.create_superuser("staff@pierre.example", "x", name="Estela"))
    return client


@pytest.fixture
def life(nubank: Bank, alice: User, outside: responses.RequestsMock, staff: Client) -> Life:
    return whole_lives.live(alice, nubank, outside, staff)
