"""A person at our pages and at the bank of tests, in one process."""

import html
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.utils import timezone

from openfinance import choices
from openfinance.models import Bank, Connection, ConnectionLink, Consent
from tests.openfinance.sandbox_bank.receiver import ALICE, Receiver
from whatsapp import outbox

ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; CUBOT P80) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/129.0.0.0 Mobile Safari/537.36"
)
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/129.0.0.0 Safari/537.36"
)
CPF = f"{ALICE[:3]}.{ALICE[3:6]}.{ALICE[6:9]}-{ALICE[9:]}"


def phone() -> Client:
    return Client(headers={"User-Agent": ANDROID})


def computer() -> Client:
    return Client(headers={"User-Agent": WINDOWS})


@dataclass
class Journey:
    """From a link to a bank and back, with what a person does by default."""

    link: ConnectionLink
    client: Client = field(default_factory=phone)
    receiver: Receiver = field(default_factory=Receiver)

    @property
    def path(self) -> str:
        return f"/conectar/{outbox.token(self.link.message)}"

    def open(self) -> Any:
        return self.client.get(self.path)

    def agree(self, **choices: object) -> Any:
        """Open the page and say yes to it; a choice of None is not sent."""
        shown = re.search(r'name="shown" value="([0-9a-f]{64})"', self.open().text)
        form = {"shown": shown[1] if shown else "", "term": "12", "cpf": CPF, **choices}
        return self.client.post(
            self.path, {name: value for name, value in form.items() if value is not None}
        )

    def go(self, page: Any, decision: str = "approve") -> dict[str, str]:
        """Follow our page to the bank, decide there, and return what the person brings back."""
        bank = self.receiver.client.get(address_in(page).removeprefix("http://testserver"))
        visit = bank.headers["Location"]
        self.receiver.identify(visit)
        return self.receiver.decide(visit, decision)

    def come_back(self, returned: dict[str, str], *, client: Client | None = None) -> Any:
        """Return as the bank sends the person, and see what our page says."""
        browser = client or self.client
        return browser.get(f"/conectar/retorno?{urlencode(returned)}", follow=True)

    def connect(self, **choices: object) -> Any:
        return self.come_back(self.go(self.agree(**choices)))

    @property
    def consent(self) -> Consent:
        return Consent.objects.filter(link=self.link).latest("agreed_at")

    @property
    def connection(self) -> Connection:
        return Connection.objects.get(user_id=self.link.user_id, bank=self.link.bank)


def again(journey: Journey) -> Journey:
    """Return the journey of another link to the same bank."""
    link = journey.link
    ConnectionLink.objects.filter(pk=link.pk).update(expires_at=timezone.now())
    via = ConnectionLink.Via.RENEWAL
    return Journey(
        choices.choose(user=link.user, bank=link.bank, via=via, to=link.user.phone, flow=None)
    )


def address_in(page: Any) -> str:
    """Return where a page of ours goes on to by itself."""
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.text)
    assert found, page.text
    return html.unescape(found[1])


def served_bank(slug: str = "nubank") -> Bank:
    """Return a bank that the bank of tests plays."""
    Bank.objects.filter(slug=slug).update(
        provider=Bank.Provider.SANDBOX, provider_reference={"brand": slug}
    )
    return Bank.objects.get(slug=slug)


def main(page: Any) -> str:
    """Return what a page says."""
    text: str = page.text.split("<main", 1)[1].split("</main>", 1)[0]
    text = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))
