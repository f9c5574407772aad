"""The adapter and the bank as two programs: sockets between them, and a clock that goes on."""

import time
from datetime import UTC, datetime

import pytest
from pytest_django.live_server_helper import LiveServer

from openfinance.providers.sandbox import Sandbox
from tests.openfinance.providers import suite
from tests.openfinance.sandbox.world import SandboxWorld
from tests.openfinance.sandbox_bank.receiver import Receiver


@pytest.fixture
def world(transactional_db: None, live_server: LiveServer) -> SandboxWorld:
    provider = Sandbox(
        base_url=f"{live_server.url}/sandbox-bank",
        client_id="pierre",
        client_secret="development-only",
        redirect_uri="https://connect.example/conectar/retorno",
    )
    return SandboxWorld(provider=provider, receiver=Receiver())


def test_a_token_of_a_second_is_over_after_a_second_and_is_renewed(world: SandboxWorld) -> None:
    world.receiver.tell("brands", brand="nubank", token_seconds=1)
    granted = suite.connect(world)
    assert granted.tokens
    time.sleep(max((granted.tokens.expires_at - datetime.now(UTC)).total_seconds(), 0) + 0.1)
    assert world.receiver.accounts(granted.tokens.access_token).status_code == 401
    world.receiver.tell("brands", brand="nubank", token_seconds=300)
    renewed = suite.refresh(world, granted)
    assert world.receiver.accounts(renewed.access_token).status_code == 200
