from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.whatsapp.simulator import server
from tests.whatsapp.simulator.bodies import TOKEN, URL
from whatsapp.simulator.models import SimulatedPhone

Send = Callable[..., Any]


@pytest.fixture
def phone(db: None) -> SimulatedPhone:
    return SimulatedPhone.objects.create(number="+5511987654321", name="Alice")


@pytest.fixture
def send(db: None, client: Client) -> Send:
    def post(body: Any, *, url: str = URL, token: str = TOKEN) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return client.post(url, body, content_type="application/json", headers=headers)

    return post


@pytest.fixture(scope="session")
def gunicorn(
    django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[server.Meta]:
    log = tmp_path_factory.mktemp("simulator") / "gunicorn.log"
    with ExitStack() as cleanup:
        with django_db_blocker.unblock():
            meta = cleanup.enter_context(server.running(log))
        yield meta
        with django_db_blocker.unblock():
            cleanup.close()


@pytest.fixture
def meta(gunicorn: server.Meta) -> server.Meta:
    """Serve the simulator, with nothing in it of earlier tests but their phones."""
    gunicorn.tell("reset").raise_for_status()
    return gunicorn
