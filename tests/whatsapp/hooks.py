"""Webhooks as Meta sends them: signed bodies of any updates (reference §5)."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from django.test import Client
from django.utils import timezone

from tests.whatsapp.updates.recorded import ACCOUNT, NUMBER

PATH = "/webhooks/whatsapp"

Json = dict[str, Any]


def signature(body: bytes, *, secret: str = "test-app-secret") -> str:
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def post(client: Client, body: bytes, *, signed: str | None = None, **headers: str) -> Any:
    """Post a body as Meta does; `signed` is the header, by default the right one."""
    headers["X-Hub-Signature-256"] = signature(body) if signed is None else signed
    return client.post(PATH, data=body, content_type="application/json", headers=headers)


def body(*changes: Json, time: int | None = None) -> bytes:
    """Return a POST with these changes, as `messages` and `account` make them."""
    entry: Json = {"id": ACCOUNT, "changes": list(changes)}
    if time is not None:
        entry["time"] = time
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def messages(number: str = NUMBER, **lists: Sequence[Json]) -> Json:
    """Return a change of the field `messages`: lists of `statuses` and `messages`."""
    metadata = {"display_phone_number": "15550783881", "phone_number_id": number}
    return {"field": "messages", "value": {"metadata": metadata, **lists}}


def statuses(*told: Json) -> bytes:
    """Return a POST with these statuses."""
    return body(messages(statuses=told))


def status(word: str, *, of: object = "", at: int | None = None, **more: Any) -> Json:
    """Return a status of the message with our id `of`, told at a second of the clock."""
    return {
        "id": f"wamid.{of}",
        "status": word,
        "timestamp": str(int(timezone.now().timestamp()) if at is None else at),
        "recipient_id": "5511987654321",
        "biz_opaque_callback_data": str(of),
        **more,
    }


def failed(code: int, *, of: object = "", at: int | None = None, **more: Any) -> Json:
    """Return a status `failed` with one of Graph's codes."""
    error = {"code": code, "title": "refused", "error_data": {"details": "because of the test"}}
    return status("failed", of=of, at=at, errors=[error], **more)


def text(words: str, *, key: str = "wamid.text") -> Json:
    """Return a text that a person typed now."""
    return {
        "from": "5511987654321",
        "id": key,
        "timestamp": str(int(timezone.now().timestamp())),
        "type": "text",
        "text": {"body": words},
    }


def account(event: str, **more: Any) -> Json:
    """Return a change of the account."""
    return {"field": "account_update", "value": {"event": event, **more}}
