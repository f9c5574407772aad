"""The adapter, the bank that it reaches, and a person who goes there."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import responses
from django.test import Client
from requests import PreparedRequest

from openfinance.providers import ConsentRequest, Departure, Person, Redirect
from openfinance.providers.sandbox import Sandbox
from tests.openfinance.sandbox_bank.receiver import ALICE, ASKED, Receiver

HOST = "http://testserver"
BASE = f"{HOST}/sandbox-bank"
ANYWHERE = re.compile(re.escape(BASE))
METHODS = ("GET", "POST", "DELETE")


def bridge(mock: responses.RequestsMock) -> None:
    """Answer every request as the bank does."""
    for method in METHODS:
        mock.add_callback(method, ANYWHERE, answer)


def answer(request: PreparedRequest) -> tuple[int, dict[str, str], bytes]:
    assert request.url
    given = Client().generic(
        str(request.method),
        request.url.removeprefix(HOST),
        request.body or b"",
        content_type=request.headers.get("Content-Type", ""),
        headers=dict(request.headers),
    )
    return given.status_code, dict(given.headers), given.content


@dataclass
class SandboxWorld:
    provider: Sandbox
    receiver: Receiver
    bank: dict[str, Any] = field(default_factory=lambda: {"brand": "nubank"})

    def request(self, **changes: Any) -> ConsentRequest:
        asked = ConsentRequest(
            bank=self.bank,
            permissions=ASKED,
            expires_at=datetime.now(UTC) + timedelta(days=300),
            person=Person(cpf=ALICE, ip="203.0.113.7", user_agent="Mozilla/5.0"),
        )
        return replace(asked, **changes)

    def arrive(self, departure: Departure) -> str:
        """Follow the departure and return the address of the bank's first page."""
        assert isinstance(departure.to, Redirect)
        parts = urlsplit(departure.to.url)
        client = self.receiver.client
        answer = client.get(f"{parts.path}?{parts.query}", headers={"Host": parts.netloc})
        return str(answer.headers["Location"])

    def go(self, departure: Departure, *, approves: bool = True) -> dict[str, str]:
        page = self.arrive(departure)
        self.receiver.identify(page)
        return self.receiver.decide(page, "approve" if approves else "refuse")

    def leave(self, page: str) -> dict[str, str]:
        """Go back without a yes, and return what is brought."""
        location = self.receiver.client.get(f"{page}/voltar").headers["Location"]
        return dict(parse_qsl(urlsplit(location).query))
