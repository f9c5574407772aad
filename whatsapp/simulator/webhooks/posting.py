"""One signed POST to the business (reference §5.1)."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from typing import Any

import requests
from django.conf import settings

from whatsapp.simulator.models import SimulatedWebhook

Json = dict[str, Any]

OK = "200"
TIMEOUT = 10.0
LONGEST = 2_500_000

# The rest are of the account, and come with a time.
_CONVERSATION = ("messages", "user_preferences")
_LISTS = ("contacts", "messages", "statuses", "user_preferences")


def body(rows: Sequence[SimulatedWebhook]) -> bytes:
    """Return what tells of these updates, in their order."""
    account_id = settings.SIMULATOR["BUSINESS_ACCOUNT_ID"]
    conversation = _changes(row for row in rows if row.field in _CONVERSATION)
    entries: list[Json] = [{"id": account_id, "changes": conversation}] if conversation else []
    entries += [
        {"id": account_id, "time": int(row.at.timestamp()), "changes": [_change(row)]}
        for row in rows
        if row.field not in _CONVERSATION
    ]
    told = {"object": "whatsapp_business_account", "entry": entries}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def post(content: bytes) -> str:
    """Send it; return the status of the answer, or the name of what came in its place."""
    secret = settings.SIMULATOR["APP_SECRET"].encode()
    signature = hmac.new(secret, content, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "facebookexternalua",
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(
                settings.SIMULATOR["WEBHOOK_URL"],
                data=content,
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return type(error).__name__
    return str(answer.status_code)


def _changes(rows: Iterable[SimulatedWebhook]) -> list[Json]:
    """Return the changes, those alike that follow each other as one, as Meta groups them."""
    changes: list[Json] = []
    for row in rows:
        if changes and _are_alike(changes[-1], row):
            _merge(changes[-1]["value"], row.value)
        else:
            changes.append(_change(row))
    return changes


def _change(row: SimulatedWebhook) -> Json:
    lists = {name: list(row.value[name]) for name in _LISTS if name in row.value}
    return {"field": row.field, "value": {**row.value, **lists}}


def _are_alike(change: Json, row: SimulatedWebhook) -> bool:
    # One that names no contact stays apart from those that do: nobody could tell whose it is.
    return bool(change["field"] == row.field and change["value"].keys() == row.value.keys())


def _merge(value: Json, other: Json) -> None:
    for name in _LISTS:
        if name in other:
            known = value[name] if name == "contacts" else ()
            value[name] += [item for item in other[name] if item not in known]
