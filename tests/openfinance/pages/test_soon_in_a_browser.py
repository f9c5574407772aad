"""What only a browser shows of the page behind a link: it fits, and it can be read."""

from collections.abc import Callable

import pytest
from django.templatetags.static import static
from django.test import Client
from playwright.sync_api import Page, Route, expect
from pytest_django import Settings

from accounts.models import User
from openfinance import catalogue, choices
from openfinance.models import Bank, ConnectionLink
from whatsapp import outbox

pytestmark = pytest.mark.browser

SITE = "https://connect.example"


@pytest.fixture
def page(new_page: Page, alice: User, settings: Settings) -> Page:
    settings.WHATSAPP_NUMBER = "551140042000"
    catalogue.sync()
    # As long as a name may be.
    Bank.objects.filter(slug="nubank").update(name="Banco Cooperativo Sicred")
    bank = Bank.objects.get(slug="nubank")
    via = ConnectionLink.Via.LIST
    link = choices.choose(user=alice, bank=bank, via=via, to=alice.phone, flow=None)
    path = f"/conectar/{outbox.token(link.message)}"
    for served in (path, static("openfinance/connect.css")):
        new_page.route(SITE + served, _serving(served))
    new_page.goto(SITE + path)
    return new_page


def _serving(path: str) -> Callable[[Route], None]:
    """Return what answers the browser as the service does; that it needs no more is part of it."""
    response = Client().get(path, secure=True)
    headers, body = dict(response.headers), response.getvalue()
    return lambda route: route.fulfill(status=response.status_code, headers=headers, body=body)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_fits_every_width(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_text_can_be_read_in_both_themes(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for selector in ("h1", ".fine", ".tag", ".button", ".badge", ".foot", ".brand-name"):
        assert page.evaluate(_CONTRAST, selector) >= 4.5, selector


def test_its_parts_are_found_by_what_they_are(page: Page) -> None:
    expect(page.get_by_role("main")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("list").get_by_role("listitem")).to_have_count(3)
    expect(page.get_by_role("link", name="Voltar ao WhatsApp")).to_be_visible()


def test_the_way_back_is_large_enough_for_a_thumb_and_the_keyboard_finds_it(page: Page) -> None:
    link = page.get_by_role("link", name="Voltar ao WhatsApp")
    box = link.bounding_box()
    assert box
    assert box["height"] >= 44
    page.keyboard.press("Tab")
    expect(link).to_be_focused()


# WCAG's contrast between a text and the nearest background that is painted behind it.
_CONTRAST = """(selector) => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let element = document.querySelector(selector);
  const text = light(parts(getComputedStyle(element).color));
  let behind = parts(getComputedStyle(element).backgroundColor);
  while (behind[3] === 0) {
    element = element.parentElement;
    behind = parts(getComputedStyle(element).backgroundColor);
  }
  const ground = light(behind);
  return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
}"""
