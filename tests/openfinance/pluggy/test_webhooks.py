"""Pluggy's webhooks are hints: they say which item to read, and nothing else of them is used."""

import json
from typing import Any

import pytest

from openfinance.providers import Hears, Notice, ProviderError, Reason
from tests.openfinance.pluggy import person, recordings
from tests.openfinance.pluggy.person import PluggyWorld
from tests.openfinance.pluggy.server import Pluggy

EVENT_ID = "5b3f1a3e-4a52-4d9b-9f0b-2f1d6c0a7e01"


@pytest.mark.parametrize(
    "event",
    [
        "item_created",
        "item_updated",
        "item_error",
        "item_deleted",
        "item_waiting_user_input",
        "item_waiting_user_action",
        "item_login_succeeded",
    ],
)
def test_an_event_of_an_item_says_which_to_read(world: PluggyWorld, event: str) -> None:
    assert isinstance(world.provider, Hears)
    notices = world.provider.parse(headers={}, body=recordings.body(event))
    assert notices == (Notice(event_id=EVENT_ID, consent_id=recordings.ITEM_ID),)
    assert world.pluggy.calls == []


@pytest.mark.parametrize("event", ["transactions_created", "connector_status_updated"])
def test_other_events_need_no_reaction(world: PluggyWorld, event: str) -> None:
    assert world.provider.parse(headers={}, body=recordings.body(event)) == ()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"event": ["item/updated"]}'],
    ids=["empty", "broken", "list", "null", "binary", "deep", "nested"],
)
def test_what_is_no_event_says_nothing(world: PluggyWorld, body: bytes) -> None:
    assert world.provider.parse(headers={}, body=body) == ()


@pytest.mark.parametrize(
    "spoilt",
    [
        {"eventId": None},
        {"eventId": ""},
        {"eventId": "x" * 101},
        {"eventId": 7},
        {"itemId": None, "id": None},
        {"itemId": "../items"},
        {"itemId": 7},
    ],
)
def test_an_event_without_its_ids_says_nothing(world: PluggyWorld, spoilt: dict[str, Any]) -> None:
    event = {**recordings.load("item_updated"), **spoilt}
    assert world.provider.parse(headers={}, body=json.dumps(event).encode()) == ()


@pytest.mark.parametrize("header", ["X-Webhook-Secret", "x-webhook-secret"])
def test_a_webhook_with_the_secret_is_heard(pluggy: Pluggy, header: str) -> None:
    provider = person.provider(pluggy, webhook_secret="a secret")
    body = recordings.body("item_updated")
    assert len(provider.parse(headers={header: "a secret"}, body=body)) == 1
    assert "a secret" not in repr(provider)


@pytest.mark.parametrize(
    "headers", [{}, {"X-Webhook-Secret": ""}, {"X-Webhook-Secret": "ç"}, {"X-Other": "a secret"}]
)
def test_a_webhook_without_the_secret_is_refused(pluggy: Pluggy, headers: dict[str, str]) -> None:
    provider = person.provider(pluggy, webhook_secret="a secret")
    with pytest.raises(ProviderError) as caught:
        provider.parse(headers=headers, body=recordings.body("item_updated"))
    assert caught.value.reason is Reason.WRONG_SIGNATURE
