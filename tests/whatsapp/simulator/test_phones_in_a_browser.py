"""What only a browser shows: the sheets, and messages that come by themselves."""

import pytest
from playwright.sync_api import Page, expect

from tests.whatsapp.simulator.bodies import LIST, message
from tests.whatsapp.simulator.server import Meta

pytestmark = [pytest.mark.stack, pytest.mark.browser]

BRUNO = "+5521987654322"
SOON = 10_000


@pytest.fixture
def page(meta: Meta, new_page: Page) -> Page:
    """Open the page with a list on Alice's phone and another on Bruno's."""
    meta.tell("phones", number=message()["to"], name="Alice")
    meta.tell("phones", number=BRUNO, name="Bruno")
    meta.send(message("interactive", LIST))
    meta.send({**message("interactive", LIST), "to": BRUNO})
    new_page.goto(f"{meta.address}/simulator/")
    return new_page


def test_an_open_sheet_outlives_new_messages(page: Page, meta: Meta) -> None:
    alice = page.get_by_label("Telefone de Alice")
    alice.get_by_role("button", name="Ver bancos").click()
    alice.get_by_label("Nubank").check()
    meta.send()
    expect(alice.get_by_text("Oi!")).to_be_attached(timeout=SOON)
    expect(alice.get_by_role("dialog")).to_be_visible()
    expect(alice.get_by_label("Nubank")).to_be_checked()


def test_escape_closes_the_sheet_and_gives_the_focus_back(page: Page) -> None:
    button = page.get_by_label("Telefone de Alice").get_by_role("button", name="Ver bancos")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Fechar")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_tab_goes_round_inside_the_sheet(page: Page) -> None:
    alice = page.get_by_label("Telefone de Alice")
    alice.get_by_role("button", name="Ver bancos").click()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("Boolean(document.activeElement.closest('dialog[open]'))")


def test_each_phone_closes_its_own_sheet(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    for name in ("Alice", "Bruno"):
        page.get_by_label(f"Telefone de {name}").get_by_role("button", name="Ver bancos").click()
    page.get_by_label("Telefone de Bruno").get_by_role("button", name="Fechar").click()
    expect(page.get_by_label("Telefone de Bruno").get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Telefone de Alice").get_by_role("dialog")).to_be_visible()


def test_what_the_page_has_is_not_shown_twice(page: Page, meta: Meta) -> None:
    meta.send()
    alice = page.get_by_label("Conversa de Alice")
    expect(alice.get_by_text("Oi!")).to_be_visible(timeout=SOON)
    expect(alice.get_by_role("article")).to_have_count(2)
    expect(page.get_by_role("article")).to_have_count(3)


def test_a_message_that_is_looked_at_is_read(page: Page) -> None:
    ticks = page.get_by_label("Conversa de Alice").get_by_role("img", name="lida")
    expect(ticks).to_have_count(1, timeout=SOON)
