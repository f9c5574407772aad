"""What only a browser shows of a person's trail: it fits, and it can be read."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts import audit, origins
from accounts.models import User
from accounts.origins import ActorKind, Origin
from tests.openfinance.pages import accessibility

pytestmark = [pytest.mark.browser, pytest.mark.node]

WAYS = [
    (ActorKind.USER, "1", "page"),
    (ActorKind.INTEGRATOR, "12", "api"),
    (ActorKind.JOB, "openfinance.tasks.look", "job"),
    (ActorKind.STAFF, "3", "admin"),
]


@pytest.fixture
def page(live_db: None, new_page: Page, alice: User, client: Client) -> Iterator[Page]:
    """Open the trail of somebody to whom every act there is was done."""
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    for number, act in enumerate(audit.Act):
        kind, actor, channel = WAYS[number % len(WAYS)]
        origin = Origin(kind=kind, actor=actor, channel=channel, request_id="3f2a" * 8)
        with origins.acting(origin):
            audit.record(user=alice, act=act, target=alice, result="authorised", bank="nubank")
    # The fixture of pytest-django would empty the tables after our rows of before are back.
    server = LiveServer("localhost")
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": server.url}
    new_page.context.add_cookies([cookie])  # type: ignore[list-item]
    new_page.goto(server.url + reverse("admin:accounts_user_trail", args=[alice.pk]))
    yield new_page
    server.stop()


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_every_width(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_it_can_be_read_by_everybody(page: Page) -> None:
    assert accessibility.violations(page) == []
