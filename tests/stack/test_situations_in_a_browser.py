"""The four situations of the contract: phone, our page, the bank of tests, and the phone again."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Locator, Page, expect

from pierre.local import flow_key, house
from tests.browser import PHONE
from tests.stack.conftest import Serve, Service

pytestmark = [pytest.mark.stack, pytest.mark.browser]

SOON = 20_000
CPF = "76109277673"
PHONE_AGENT = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Mobile Safari/537.36"
)
# On our side of the bank, from the first message to "connected".
MOST_TAPS = 6


@dataclass(kw_only=True)
class Alice:
    """A person with a phone: its chats in one page, its browser in another."""

    service: Service
    chat: Page
    browser: Page
    taps: list[str] = field(default_factory=list)

    @property
    def phone(self) -> Locator:
        return self.chat.get_by_role("region", name="Telefone de Alice")

    def tap(self, what: Locator, name: str) -> None:
        """Tap something of ours, and count it."""
        what.click(timeout=SOON)
        self.taps.append(name)

    def follow_link(self) -> None:
        """Tap the newest link in the conversation."""
        link = self.phone.get_by_role("link", name="Continuar").last
        expect(link).to_be_visible(timeout=SOON)
        self.taps.append("the link")
        self.browser.goto(str(link.get_attribute("href")))

    def connect(self, bank: str) -> None:
        """Go from the bank's newest link to it and back, and read that it is connected."""
        self.reads(f"Banco escolhido: {bank}.")
        self.follow_link()
        self.browser.get_by_label("Seu CPF").fill(CPF)
        self.tap(self.browser.get_by_role("button", name=f"Continuar no {bank}"), "agree")
        self.authorise()
        heading = self.browser.get_by_role("heading", name=f"Pronto! {bank} está conectado")
        expect(heading).to_be_visible(timeout=SOON)
        self.reads(f"Sua conta do {bank} está conectada")

    def authorise(self) -> None:
        """Do at the bank what it asks for; its taps are not ours."""
        bank = self.browser
        bank.get_by_label("CPF").fill(CPF, timeout=SOON)
        bank.get_by_label("Senha").fill("123456")
        bank.get_by_role("button", name="Entrar").click()
        code = bank.locator(".notification strong").inner_text(timeout=SOON)
        bank.get_by_label("Código de 6 dígitos").fill(code)
        bank.get_by_role("button", name="Continuar").click()
        bank.get_by_role("button", name="Autorizar", exact=True).click(timeout=SOON)

    def reads(self, text: str) -> None:
        """Wait for words in the conversation."""
        expect(self.phone.get_by_text(text).last).to_be_visible(timeout=SOON)

    def writes(self, text: str) -> None:
        """Type something and send it."""
        typed = self.phone.get_by_role("textbox")
        typed.fill(text)
        typed.press("Enter")
        self.taps.append(f"send: {text}")


@pytest.fixture
def alice(serve: Serve, new_page: Page, chromium: Browser, tmp_path: Path) -> Alice:
    service = serve(
        WHATSAPP_FLOW_PRIVATE_KEYS=str(flow_key.ensure(tmp_path)), FLOW_DEBOUNCE_SECONDS="1"
    )
    house.publish(service.stack)
    bank(service, "reset")
    new_page.goto(service.stack.simulator_url)
    browser = chromium.new_page(
        viewport=PHONE, user_agent=PHONE_AGENT, locale="pt-BR", is_mobile=True, has_touch=True
    )
    return Alice(service=service, chat=new_page, browser=browser)


def bank(service: Service, path: str, **facts: object) -> None:
    url = f"{service.stack.environment['SANDBOX_BANK_URL']}/control/{path}"
    requests.post(url, json=facts, timeout=10).raise_for_status()


def connections(service: Service) -> dict[str, str]:
    """Return the states of Alice's connections by their banks."""
    rows = service.house.rows(
        "SELECT b.slug, c.status FROM openfinance_consent c"
        " JOIN openfinance_connection n ON n.id = c.connection_id"
        " JOIN openfinance_bank b ON b.id = n.bank_id ORDER BY c.agreed_at"
    )
    return dict(rows)


def ids(service: Service) -> list[tuple[object, ...]]:
    return service.house.rows("SELECT id FROM openfinance_connection ORDER BY id")


def test_a_new_user_connects_the_first_bank_in_few_taps(alice: Alice) -> None:
    assert alice.service.call("alice").status_code == 200
    alice.tap(alice.phone.get_by_role("button", name="Ver bancos"), "Ver bancos")
    sheet = alice.chat.get_by_role("dialog")
    alice.tap(sheet.get_by_role("radio", name="Nubank"), "Nubank")
    alice.tap(sheet.get_by_role("button", name="Continuar"), "Continuar")
    alice.tap(sheet.get_by_role("button", name="Receber o link"), "Receber o link")
    alice.connect("Nubank")
    print(f"{len(alice.taps)} taps: {', '.join(alice.taps)}")  # noqa: T201  the figure is the point
    assert len(alice.taps) <= MOST_TAPS
    assert connections(alice.service) == {"nubank": "authorised"}


def test_another_institution_and_one_that_expired_keep_their_ids(alice: Alice) -> None:
    alice.writes("conectar nubank")
    alice.connect("Nubank")
    alice.writes("conectar itau")
    alice.connect("Itaú")
    before = ids(alice.service)
    ((consent,),) = alice.service.house.rows(
        "SELECT c.bank_consent_id FROM openfinance_consent c"
        " JOIN openfinance_connection n ON n.id = c.connection_id"
        " JOIN openfinance_bank b ON b.id = n.bank_id WHERE b.slug = 'nubank'"
    )
    bank(alice.service, "acts", consent_id=consent, act="expire")
    alice.service.stack.manage("check_consents")
    alice.reads("Sua conexão com o banco Nubank venceu")
    alice.tap(alice.phone.get_by_role("button", name="Renovar").last, "Renovar")
    expect(alice.phone.get_by_text("Banco escolhido: Nubank.")).to_have_count(2, timeout=SOON)
    alice.connect("Nubank")
    assert connections(alice.service) == {"nubank": "authorised", "itau": "authorised"}
    assert ids(alice.service) == before


def test_a_conversation_starts_a_connection_and_ends_it_in_no_more_steps(alice: Alice) -> None:
    alice.writes("oi, me ajuda a conectar o bradesco por favor")
    alice.connect("Bradesco")
    granting, alice.taps = len(alice.taps), []
    alice.writes("desconectar")
    alice.tap(alice.phone.get_by_role("button", name="Encerrar").last, "Encerrar")
    alice.reads("a conexão com o banco Bradesco foi encerrada, e o banco confirmou")
    assert len(alice.taps) <= granting
    assert connections(alice.service) == {"bradesco": "ended"}
    assert alice.service.house.rows("SELECT count(*) FROM openfinance_access") == [(0,)]


def test_who_refuses_at_the_bank_keeps_what_was_there(alice: Alice) -> None:
    alice.writes("conectar nubank")
    alice.connect("Nubank")
    alice.writes("conectar nubank")
    expect(alice.phone.get_by_text("Banco escolhido: Nubank.")).to_have_count(2, timeout=SOON)
    alice.follow_link()
    alice.browser.get_by_label("Seu CPF").fill(CPF)
    alice.browser.get_by_role("button", name="Continuar no Nubank").click()
    alice.browser.get_by_label("CPF").fill(CPF, timeout=SOON)
    alice.browser.get_by_label("Senha").fill("123456")
    alice.browser.get_by_role("button", name="Entrar").click()
    code = alice.browser.locator(".notification strong").inner_text(timeout=SOON)
    alice.browser.get_by_label("Código de 6 dígitos").fill(code)
    alice.browser.get_by_role("button", name="Continuar").click()
    alice.browser.get_by_role("button", name="Não autorizar").click(timeout=SOON)
    expect(alice.browser.get_by_text("continua ativa").first).to_be_visible(timeout=SOON)
    rows = alice.service.house.rows("SELECT status FROM openfinance_consent ORDER BY agreed_at")
    assert rows == [("authorised",), ("ended",)]
