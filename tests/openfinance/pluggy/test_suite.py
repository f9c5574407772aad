"""Pluggy does what every provider has to do."""

from tests.openfinance.providers import suite


class TestPluggy(suite.ProviderSuite):
    pass
