from collections.abc import Iterator

import pytest

from tests.openfinance.pluggy import person, server
from tests.openfinance.pluggy.person import PluggyWorld
from tests.openfinance.pluggy.server import Pluggy


@pytest.fixture
def pluggy() -> Iterator[Pluggy]:
    """Pluggy's API, on this machine."""
    with server.running() as running:
        yield running


@pytest.fixture
def world(pluggy: Pluggy) -> Iterator[PluggyWorld]:
    made = person.provider(pluggy)
    yield PluggyWorld(pluggy, made)
    made.close()
