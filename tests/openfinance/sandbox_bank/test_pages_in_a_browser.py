"""What only a browser shows of the bank's pages: a phone's way through them, and how they look."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from openfinance.sandbox_bank.brands import BRANDS
from tests.openfinance.sandbox_bank.receiver import ALICE, Receiver

pytestmark = pytest.mark.browser


@pytest.fixture
def receiver(transactional_db: None) -> Receiver:
    return Receiver(brand="itau")


@pytest.fixture
def page(new_page: Page, live_server: LiveServer, receiver: Receiver) -> Page:
    """Bring a phone to the bank's first page, about a new consent; the receiver is elsewhere."""
    new_page.route(
        "https://connect.example/**", lambda route: route.fulfill(body="de volta ao Pierre")
    )
    consent_id = receiver.consent_id()
    new_page.goto(live_server.url + receiver.authorise_url(consent_id))
    return new_page


def log_in(page: Page) -> None:
    page.get_by_label("CPF").fill(ALICE)
    page.get_by_label("Senha").fill("123456")
    page.get_by_role("button", name="Entrar").click()


def confirm(page: Page) -> None:
    told = re.search(r"\d{6}", page.locator(".notification").inner_text())
    assert told
    page.get_by_label("Código de 6 dígitos").fill(told[0])
    page.get_by_role("button", name="Continuar").click()


def stages(page: Page) -> Iterator[str]:
    """Show the bank's pages one after another, and yield each one's name."""
    yield "login"
    page.get_by_label("CPF").fill("1")
    page.get_by_label("Senha").fill("1")
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "wrong"
    log_in(page)
    expect(page.get_by_label("Código de 6 dígitos")).to_be_visible()
    yield "code"
    confirm(page)
    expect(page.get_by_role("button", name="Não autorizar")).to_be_visible()
    yield "decide"
    account = page.url.split("/visita/")[0] + "/conta"
    page.get_by_role("button", name="Autorizar", exact=True).click()
    expect(page.locator("body")).to_have_text("de volta ao Pierre")
    page.goto(account)
    log_in(page)
    confirm(page)
    page.get_by_text("Encerrar compartilhamento").click()
    yield "consents"


def test_a_yes_brings_the_phone_back_with_a_code_and_cannot_be_given_again(page: Page) -> None:
    log_in(page)
    confirm(page)
    page.get_by_role("button", name="Autorizar", exact=True).click()
    expect(page).to_have_url(re.compile(r"^https://connect\.example/conectar/retorno\?code="))
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compartilhamento autorizado")


def test_every_page_fits_and_can_be_read_and_used(page: Page) -> None:
    for stage in stages(page):
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") == width, stage
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(_ILLEGIBLE) == [], (stage, scheme)
        assert page.evaluate(_UNUSABLE) == [], stage
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.locator("html")).to_have_attribute("lang", "pt-BR")


def test_every_colour_can_be_read(new_page: Page, live_server: LiveServer) -> None:
    for brand in BRANDS:
        new_page.goto(f"{live_server.url}/sandbox-bank/{brand}/conta")
        assert new_page.evaluate(_ILLEGIBLE) == [], brand


def test_one_taken_down_says_so_on_the_list(new_page: Page, live_server: LiveServer) -> None:
    new_page.goto(f"{live_server.url}/sandbox-bank/")
    new_page.get_by_role("button", name="Tirar do ar Inter").click()
    expect(new_page.get_by_role("listitem").filter(has_text="Inter")).to_contain_text("Fora do ar")


# Texts with less contrast than WCAG's 4.5 against what is painted behind them.
_ILLEGIBLE = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (element) => {
    const text = light(parts(getComputedStyle(element).color));
    let behind = parts(getComputedStyle(element).backgroundColor);
    while (behind[3] === 0) {
      element = element.parentElement;
      behind = parts(getComputedStyle(element).backgroundColor);
    }
    const ground = light(behind);
    return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
  };
  const isText = (node) => node.nodeType === 3 && node.data.trim();
  return [...document.querySelectorAll("body *")]
    .filter((element) => [...element.childNodes].some(isText))
    .filter((element) => contrast(element) < 4.5)
    .map((element) => element.outerHTML);
}"""

# Fields without a label, and what is too small for a thumb.
_UNUSABLE = """() => [...document.querySelectorAll("a, button, summary, input:not([type=hidden])")]
  .filter((element) => element.tagName === "INPUT" && !element.labels.length
    || element.getBoundingClientRect().height < 44)
  .map((element) => element.outerHTML)"""
