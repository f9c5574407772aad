"""Pluggy's webhooks, which are not signed: hints to read an item, never news of it."""

import hmac
import json
from collections.abc import Mapping
from typing import Final

from openfinance.providers.errors import ProviderError, Reason
from openfinance.providers.pluggy import items
from openfinance.providers.values import Notice

_EVENTS: Final = frozenset(
    {
        "item/created",
        "item/updated",
        "item/error",
        "item/deleted",
        "item/waiting_user_input",
        "item/waiting_user_action",
        "item/login_succeeded",
    }
)
_LONGEST_ID = 100


def require_secret(headers: Mapping[str, str], *, header: str, secret: str) -> None:
    """Raise ProviderError with WRONG_SIGNATURE when the header does not hold the secret."""
    told = next((value for name, value in headers.items() if name.lower() == header.lower()), "")
    if not hmac.compare_digest(told.encode(), secret.encode()):
        raise ProviderError(reason=Reason.WRONG_SIGNATURE, details="the webhook's secret")


def parse(body: bytes) -> tuple[Notice, ...]:
    """Return what a webhook is about; nothing for what is no event of an item."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(event, dict) or str(event.get("event")) not in _EVENTS:
        return ()
    event_id, item_id = event.get("eventId"), event.get("itemId") or event.get("id")
    if not isinstance(event_id, str) or not 0 < len(event_id) <= _LONGEST_ID:
        return ()
    return (Notice(event_id=event_id, consent_id=item_id),) if items.is_id(item_id) else ()
