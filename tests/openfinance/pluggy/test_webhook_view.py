"""`POST /webhooks/pluggy`: kept once, followed by reading the item, and never believed."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from openfinance import provider_events, provider_webhooks, serving
from openfinance.models import Attempt, Consent, ProviderEvent
from tests import jobs
from tests.openfinance import rows
from tests.openfinance.pluggy import recordings, server
from tests.openfinance.pluggy.server import Pluggy

PATH = "/webhooks/pluggy"
SECRET = "the-webhook-secret"


@pytest.fixture(autouse=True)
def _configured(live_db: None, pluggy: Pluggy, settings: Settings) -> Iterator[None]:
    options = {
        "client_id": server.CLIENT_ID,
        "client_secret": server.CLIENT_SECRET,
        "webhook_secret": SECRET,
        "api_url": pluggy.url,
        "allow_loopback": True,
    }
    settings.OPEN_FINANCE_PROVIDERS = {
        "pluggy": {"BACKEND": "openfinance.provider_keys.pluggy", "OPTIONS": options}
    }
    serving._made.cache_clear()
    yield
    serving._made.cache_clear()


def post(client: Client, body: bytes, secret: str = SECRET, **headers: str) -> HttpResponse:
    sent = {"X-Webhook-Secret": secret, **headers}
    answer: object = client.post(PATH, body, content_type="application/json", headers=sent)
    assert isinstance(answer, HttpResponse)
    return answer


def told(client: Client, name: str = "item_updated", **changes: Any) -> HttpResponse:
    return post(client, json.dumps({**recordings.load(name), **changes}).encode())


@pytest.fixture
def hers(alice: User, pluggy: Pluggy) -> Consent:
    """Alice's connection by Pluggy, whose item is that of the recordings."""
    consent = rows.consent(
        alice, provider="pluggy", bank_consent_id=recordings.ITEM_ID, check_due_at=timezone.now()
    )
    pluggy.add_item(user=str(consent.connection_id), id=recordings.ITEM_ID)
    pluggy.agree(recordings.ITEM_ID)
    return consent


def status(consent: Consent) -> str:
    return Consent.objects.get(pk=consent.pk).status


def test_an_item_that_is_gone_ends_the_consent(
    client: Client, hers: Consent, pluggy: Pluggy
) -> None:
    pluggy.items.clear()
    answer = told(client, "item_deleted")
    assert (answer.status_code, status(hers), pluggy.calls) == (200, "authorised", [])
    jobs.run_all()
    assert status(hers) == "ended"


def test_an_item_that_stands_is_only_looked_at(
    client: Client, hers: Consent, pluggy: Pluggy
) -> None:
    told(client, "item_deleted")
    jobs.run_all()
    event = ProviderEvent.objects.get()
    assert (status(hers), event.consent) == ("authorised", hers)
    assert (event.handled_at is not None, len(pluggy.made("GET /items"))) == (True, 1)


def test_the_same_event_twice_is_followed_once(
    client: Client, hers: Consent, pluggy: Pluggy
) -> None:
    assert [told(client).status_code, told(client).status_code] == [200, 200]
    assert jobs.run_all() == ["openfinance.tasks.hear"]
    provider_events.follow(ProviderEvent.objects.get().pk)
    assert len(pluggy.made("GET /items")) == 1


def test_an_item_that_nobody_has_is_ignored(client: Client, pluggy: Pluggy) -> None:
    assert told(client).status_code == 200
    jobs.run_all()
    event = ProviderEvent.objects.get()
    assert (event.consent, event.handled_at is not None, pluggy.calls) == (None, True, [])


def test_nobody_is_overtaken_on_the_way_back(client: Client, hers: Consent, pluggy: Pluggy) -> None:
    Consent.objects.update(status="awaiting", authorised_at=None)
    later = timezone.now() + timedelta(minutes=5)
    Attempt.objects.create(consent=hers, state_digest="a" * 64, expires_at=later)
    told(client)
    jobs.run_all()
    assert (status(hers), pluggy.calls) == ("awaiting", [])


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x"])
def test_a_wrong_secret_gets_always_the_same_refusal(client: Client, secret: str) -> None:
    answer = post(client, recordings.body("item_updated"), secret)
    assert (answer.status_code, answer.content) == (403, b"Forbidden")
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"null", b'{"event": "transactions/created"}'])
def test_what_is_no_event_of_an_item_is_answered_and_forgotten(client: Client, body: bytes) -> None:
    assert post(client, body).status_code == 200
    assert not ProviderEvent.objects.exists()


def test_a_body_that_is_too_long_is_not_read_to_its_end(client: Client) -> None:
    body = b" " * (provider_webhooks.LONGEST_BODY + 1)
    assert post(client, body).status_code == 413


def test_a_compressed_body_is_not_opened(client: Client) -> None:
    assert post(client, b"x", **{"Content-Encoding": "gzip"}).status_code == 415


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_another_verb_is_405(client: Client, method: str) -> None:
    assert getattr(client, method)(PATH).status_code == 405


def test_without_pluggy_there_is_nothing_here(client: Client, settings: Settings) -> None:
    settings.OPEN_FINANCE_PROVIDERS = {}
    assert post(client, recordings.body("item_updated")).status_code == 404


def test_what_came_long_ago_is_deleted() -> None:
    now = timezone.now()
    for days, name in ((31, "old"), (29, "new")):
        at = now - timedelta(days=days)
        ProviderEvent.objects.create(
            provider="pluggy", event_id=name, bank_consent_id="x", received_at=at
        )
    assert provider_events.forget() == 1
    assert ProviderEvent.objects.get().event_id == "new"
