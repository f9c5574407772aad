from collections.abc import Callable, Iterator

import pytest
import responses
from pytest_django import Settings

from accounts.models import User
from openfinance import catalogue, choices, serving
from openfinance.models import Bank, ConnectionLink
from tests.openfinance.pages.steps import Journey, served_bank
from tests.openfinance.sandbox.world import BASE, bridge

Script = Callable[..., None]


@pytest.fixture
def http(live_db: None, settings: Settings) -> Iterator[responses.RequestsMock]:
    """Carry what goes to the bank of tests over HTTP to where it runs, in this process."""
    settings.OPEN_FINANCE_PROVIDERS = {
        "sandbox": {
            "BACKEND": "openfinance.providers.sandbox.Sandbox",
            "OPTIONS": {
                "base_url": BASE,
                "client_id": "pierre",
                "client_secret": "development-only",
                "redirect_uri": "https://connect.example/conectar/retorno",
            },
        }
    }
    serving._made.cache_clear()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        bridge(mock)
        yield mock
    serving._made.cache_clear()


@pytest.fixture
def nubank(http: responses.RequestsMock) -> Bank:
    catalogue.sync()
    return served_bank()


@pytest.fixture
def link(alice: User, nubank: Bank) -> ConnectionLink:
    via = ConnectionLink.Via.LIST
    return choices.choose(user=alice, bank=nubank, via=via, to=alice.phone, flow=None)


@pytest.fixture
def journey(link: ConnectionLink) -> Journey:
    return Journey(link)


@pytest.fixture
def script(link: ConnectionLink, settings: Settings) -> Script:
    """Return what makes the bank's provider do as it is told from now on."""

    def tell(**options: str) -> None:
        backend = "tests.openfinance.pages.scripted.Scripted"
        settings.OPEN_FINANCE_PROVIDERS = {"pluggy": {"BACKEND": backend, "OPTIONS": options}}
        Bank.objects.filter(pk=link.bank_id).update(
            provider=Bank.Provider.PLUGGY, provider_reference={"connector_id": 601}
        )
        serving._made.cache_clear()

    return tell
