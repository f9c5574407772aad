"""A phone with a WhatsApp Flow open, which may ask anything of our endpoint."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.security import hooks
from tests.security.conftest import Person, Service, until
from tests.whatsapp.native_flow.phone import Phone

PATH = "/webhooks/whatsapp/flows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screens:
    """The screens of one Flow token, each asked for as WhatsApp asks."""

    service: Service
    key: rsa.RSAPublicKey
    token: str

    def ask(self, action: str, screen: str = "", **data: object) -> tuple[int, Any]:
        """Return the status, and the answer where it was sealed for the phone."""
        phone = Phone(self.key)
        request = {"version": "3.0", "action": action, "flow_token": self.token, "data": data}
        answer = post(self.service, phone.ask(request | ({"screen": screen} if screen else {})))
        is_sealed = answer.status_code in (200, 427)
        return answer.status_code, phone.read(answer.text) if is_sealed else answer.text


def post(service: Service, body: bytes, *, signed: str | None = None) -> requests.Response:
    """Post a body to the data endpoint, signed as Meta does; "" signs nothing."""
    given = hooks.signature(body) if signed is None else signed
    headers = {"Content-Type": "application/json"} | (
        {"X-Hub-Signature-256": given} if given else {}
    )
    return requests.post(service.url + PATH, data=body, headers=headers, timeout=30)


def public_key(path: Path) -> rsa.RSAPublicKey:
    """Return what phones encrypt for."""
    key = load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.public_key()


def offered(service: Service, person: Person) -> str:
    """Make the call, and return the token of the Flow that it puts on the phone."""
    assert service.call(person).status_code == 200
    phone = service.phone(person)
    until(lambda: bool(phone.messages()))
    message = phone.messages()[-1]
    return str(message["payload"]["interactive"]["action"]["parameters"]["flow_token"])


def choose_first(screens: Screens, query: str) -> str:
    """Search, choose the first bank that is found, and return its id."""
    _, found = screens.ask("data_exchange", "BANKS", step="search", query=query)
    bank = str(found["data"]["banks"][0]["id"])
    status, shown = screens.ask("data_exchange", "BANKS", step="choose", bank=bank, query=query)
    assert (status, shown["screen"]) == (200, "STEPS"), json.dumps(shown)[:300]
    return bank
