from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
import responses
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from tests.whatsapp.simulator import server
from tests.whatsapp.simulator.bodies import PUBLISHED_FLOW, TEMPLATE, TOKEN, URL, message
from tests.whatsapp.simulator.business import Business
from whatsapp.simulator.models import SimulatedFlow, SimulatedPhone, SimulatedTemplate

Send = Callable[..., Any]


@pytest.fixture
def phone(db: None) -> SimulatedPhone:
    """Register Alice's phone, from which she has just written."""
    soon = timezone.now() + timedelta(hours=24)
    return SimulatedPhone.objects.create(number="+5511987654321", name="Alice", window_ends_at=soon)


@pytest.fixture
def account(db: None) -> None:
    """Give the business an approved template and a published Flow."""
    SimulatedTemplate.objects.create(**TEMPLATE)
    SimulatedFlow.objects.create(**PUBLISHED_FLOW)


@pytest.fixture
def business() -> Iterator[Business]:
    """Hear what is told to the business, at the HTTP edge."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Business(mock=mock)


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
    """Serve the simulator, with nothing in it of earlier tests but their phones.

    Alice's may be written anything.
    """
    gunicorn.tell("reset").raise_for_status()
    gunicorn.tell("phones", number=message()["to"], name="Alice")
    gunicorn.tell("acts", phone=message()["to"], act="window", is_open=True).raise_for_status()
    return gunicorn
