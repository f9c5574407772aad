"""A phone on which a person's Flow is open: it asks our endpoint as WhatsApp does."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.utils import timezone

from accounts.models import User
from openfinance import flows
from openfinance.models import FlowToken
from tests.whatsapp import hooks
from tests.whatsapp.native_flow.phone import Phone, private_pem
from whatsapp import outbox
from whatsapp.models import NativeFlow

URL = "/webhooks/whatsapp/flows"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; `payload` is None when it was not encrypted."""

    status: int
    payload: Any

    @property
    def screen(self) -> str:
        assert self.status == 200, self
        return str(self.payload["screen"])

    @property
    def data(self) -> dict[str, Any]:
        assert self.status == 200, self
        return dict(self.payload["data"])

    @property
    def banks(self) -> list[str]:
        return [option["id"] for option in self.data["banks"]]


@dataclass(frozen=True, kw_only=True)
class OpenFlow:
    """One Flow message's screens, by its token."""

    token: str
    client: Client = field(default_factory=Client)

    def ask(self, action: str, screen: str = "", **data: object) -> Answer:
        phone = Phone(_key().public_key())
        request = {"version": "3.0", "action": action, "flow_token": self.token, "data": data}
        response = post(self.client, phone.ask(request | ({"screen": screen} if screen else {})))
        is_sealed = response.status_code in (200, 427)
        payload = phone.read(response.text) if is_sealed else None
        return Answer(status=response.status_code, payload=payload)

    def init(self) -> Answer:
        return self.ask("INIT")

    def back(self) -> Answer:
        return self.ask("BACK", "STEPS")

    def search(self, query: object) -> Answer:
        return self.ask("data_exchange", "BANKS", step="search", query=query)

    def choose(self, bank: object, query: object = "") -> Answer:
        return self.ask("data_exchange", "BANKS", step="choose", bank=bank, query=query)

    def start(self, bank: object) -> Answer:
        return self.ask("data_exchange", "STEPS", step="start", bank=bank)


def post(client: Client, body: bytes) -> Any:
    """Post a body as Meta does, signed with our app secret."""
    headers = {"X-Hub-Signature-256": hooks.signature(body)}
    return client.post(URL, body, content_type="application/json", headers=headers)


def publish(folder: Path) -> list[str]:
    """Publish a Flow, and return the names of the files with its keys, for settings."""
    NativeFlow.objects.create(
        meta_id="2361400990715627", name="x", status="PUBLISHED", published_at=timezone.now()
    )
    path = folder / "flow-key.pem"
    path.write_text(private_pem(_key()))
    return [str(path)]


def open_for(user: User, *, to: str | None = None) -> OpenFlow:
    """Put a Flow message in the queue for the user, and open it."""
    flow = flows.enqueue(user=user, to=to)
    assert FlowToken.objects.filter(message=flow.message).exists()
    return OpenFlow(token=outbox.token(flow.message))


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
