"""Meta's webhooks, as anybody on the internet could post them, and as Meta does."""

import gzip
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

import requests

from tests.security.conftest import Person, Service

PATH = "/webhooks/whatsapp"
SECRET = "test-app-secret"  # tests/environment.py gives it to every process
NUMBER = "106540352242922"
ACCOUNT = "102290129340398"

Json = dict[str, Any]


def signature(body: bytes, *, secret: str = SECRET) -> str:
    """Return `X-Hub-Signature-256` of a body."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def post(service: Service, body: bytes, *, signed: str | None = None, **headers: str) -> Any:
    """Post a body with a signature, by default the right one; "" sends none."""
    given = signature(body) if signed is None else signed
    if given:
        headers["X-Hub-Signature-256"] = given
    headers.setdefault("Content-Type", "application/json")
    return requests.post(service.url + PATH, data=body, headers=headers, timeout=30)


def body(*messages: Json, number: str = NUMBER) -> bytes:
    """Return what Meta posts when these messages came in."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": number},
        "messages": list(messages),
    }
    change = {"field": "messages", "value": value}
    entry = [{"id": ACCOUNT, "changes": [change]}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


def text(person: Person, words: str, *, key: str = "") -> Json:
    """Return a text that a person typed now."""
    return _message(person, key) | {"type": "text", "text": {"body": words}}


def row(person: Person, *, wamid: str, row_id: str) -> Json:
    """Return a person's choice of a row of the list in a message, be it theirs or not."""
    reply = {"type": "list_reply", "list_reply": {"id": row_id, "title": "Nubank"}}
    context = {"from": "15550783881", "id": wamid}
    return _message(person, "") | {"type": "interactive", "interactive": reply, "context": context}


def bomb() -> bytes:
    """Return 32 KB that unpack to 32 MB."""
    return gzip.compress(b" " * 32 * 2**20)


def _message(person: Person, key: str) -> Json:
    return {
        "from": person.phone.lstrip("+"),
        "id": key or f"wamid.{secrets.token_hex(8)}",
        "timestamp": str(int(time.time())),
    }
