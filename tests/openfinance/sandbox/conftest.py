from collections.abc import Iterator

import pytest
import responses

from openfinance.providers.sandbox import Sandbox
from tests.openfinance.sandbox.world import BASE, SandboxWorld, bridge
from tests.openfinance.sandbox_bank.receiver import Receiver


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    """Carry what the adapter sends over HTTP to the bank, which runs in this process."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        bridge(mock)
        yield mock


@pytest.fixture
def world(db: None, http: responses.RequestsMock) -> SandboxWorld:
    provider = Sandbox(
        base_url=BASE,
        client_id="pierre",
        client_secret="development-only",
        redirect_uri="https://connect.example/conectar/retorno",
    )
    return SandboxWorld(provider=provider, receiver=Receiver())
