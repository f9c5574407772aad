"""What the audit knows of a request: from where it comes, and by which way."""

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts import origins
from accounts.models import User
from accounts.origins import ActorKind, Origin
from pierre.middleware import OriginMiddleware

PHONE = "Mozilla/5.0 (iPhone)"


def told(address: str = "192.0.2.1", path: str = "/healthz", **headers: str) -> Origin:
    """Return what is known while a request is answered."""
    found: list[Origin] = []

    def answer(request: HttpRequest) -> HttpResponse:
        found.append(origins.current.get())
        return HttpResponse()

    request = RequestFactory().get(path, REMOTE_ADDR=address, headers=headers)
    OriginMiddleware(answer)(request)
    return found[0]


@pytest.mark.parametrize(
    ("path", "channel"),
    [
        ("/tools/api/get-open-finance-connections", "api"),
        ("/tools/api/get-open-finance-connections?s=s", "mcp"),
        ("/conectar/token", "page"),
        ("/conexoes/token", "page"),
        ("/webhooks/pluggy", "webhook"),
        ("/healthz", ""),
        ("/?s=s", ""),
    ],
)
def test_the_path_says_by_which_way_it_came(path: str, channel: str) -> None:
    assert told(path=path).channel == channel


def test_until_somebody_is_known_a_request_says_from_where_it_comes() -> None:
    origin = told("2001:db8::7", **{"User-Agent": PHONE})
    assert (origin.kind, origin.actor) == (ActorKind.UNKNOWN, "")
    # An audit needs the whole address, and not the network by which callers are counted.
    assert (origin.address, origin.user_agent) == ("2001:db8::7", PHONE)


def test_behind_a_proxy_the_address_is_the_callers(settings: Settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    assert told(**{"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}).address == "203.0.113.7"


def test_after_the_answer_nothing_of_it_is_left() -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        origins.identify(kind=ActorKind.INTEGRATOR, actor="7")
        return HttpResponse()

    before = origins.current.get()
    OriginMiddleware(answer)(RequestFactory().get("/tools/api/x"))
    assert origins.current.get() == before


@pytest.mark.django_db
def test_outside_the_admin_no_session_is_read(client: Client) -> None:
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    with CaptureQueriesContext(connection) as captured:
        client.get("/healthz")
    assert not captured.captured_queries
