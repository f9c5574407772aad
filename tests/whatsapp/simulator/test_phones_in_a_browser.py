"""What only a browser shows: sheets, typing and tapping, and messages that come by themselves."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import PHONE
from tests.whatsapp.simulator.bodies import BUTTONS, LIST, message
from tests.whatsapp.simulator.server import Meta

pytestmark = [pytest.mark.stack, pytest.mark.browser]

BRUNO = "+5521987654322"
SOON = 10_000


@pytest.fixture
def page(meta: Meta, new_page: Page) -> Page:
    """Open the page with a list on Alice's phone and another on Bruno's."""
    meta.tell("phones", number=BRUNO, name="Bruno")
    meta.tell("acts", phone=BRUNO, act="window", is_open=True).raise_for_status()
    meta.send(message("interactive", LIST)).raise_for_status()
    meta.send({**message("interactive", LIST), "to": BRUNO}).raise_for_status()
    new_page.goto(f"{meta.address}/simulator/")
    return new_page


@pytest.fixture
def alice(page: Page) -> Locator:
    return page.get_by_label("Telefone de Alice")


def said(phone: Locator) -> Locator:
    """Return the bubbles of the person."""
    return phone.get_by_role("article", name="Você")


def words(phone: Locator) -> Locator:
    """Return what the person said in them."""
    return said(phone).locator(".text")


def test_an_open_sheet_outlives_new_messages(alice: Locator, meta: Meta) -> None:
    alice.get_by_role("button", name="Ver bancos").click()
    alice.get_by_label("Nubank").check()
    meta.send()
    expect(alice.get_by_text("Oi!")).to_be_attached(timeout=SOON)
    expect(alice.get_by_role("dialog")).to_be_visible()
    expect(alice.get_by_label("Nubank")).to_be_checked()


def test_escape_closes_the_sheet_and_gives_the_focus_back(page: Page, alice: Locator) -> None:
    button = alice.get_by_role("button", name="Ver bancos")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Fechar")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_tab_goes_round_inside_the_sheet(page: Page, alice: Locator) -> None:
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


def test_enter_sends_what_is_typed_and_shift_enter_breaks_the_line(
    page: Page, alice: Locator
) -> None:
    field = alice.get_by_role("textbox", name="Mensagem")
    field.press_sequentially("oi")
    page.keyboard.press("Shift+Enter")
    field.press_sequentially("quero conectar")
    page.keyboard.press("Enter")
    expect(words(alice)).to_have_text("oi\nquero conectar", use_inner_text=True, timeout=SOON)
    expect(field).to_have_value("")
    expect(field).to_be_focused()


def test_nothing_is_sent_of_an_empty_field(page: Page, alice: Locator) -> None:
    alice.get_by_role("button", name="Enviar").click()
    alice.get_by_role("textbox", name="Mensagem").fill("   ")
    page.keyboard.press("Enter")
    alice.get_by_role("textbox", name="Mensagem").fill("oi")
    page.keyboard.press("Enter")
    expect(words(alice)).to_have_text("oi", timeout=SOON)


def test_what_is_typed_while_the_last_words_are_sent_is_kept(page: Page, alice: Locator) -> None:
    field = alice.get_by_role("textbox", name="Mensagem")
    for text in ("um", "dois", "três"):
        field.press_sequentially(text)
        page.keyboard.press("Enter")
    field.press_sequentially("quatro")
    expect(words(alice)).to_have_text(["um", "dois", "três"], timeout=SOON)
    expect(field).to_have_value("quatro")


def test_a_row_is_sent_once_it_is_chosen(alice: Locator) -> None:
    alice.get_by_role("button", name="Ver bancos").click()
    sheet = alice.get_by_role("dialog")
    expect(sheet.get_by_role("button", name="Enviar")).to_be_disabled()
    sheet.get_by_label("Nubank").check()
    sheet.get_by_role("button", name="Enviar").click()
    expect(alice.get_by_role("dialog")).to_have_count(0)
    expect(said(alice)).to_contain_text("Nubank", timeout=SOON)
    expect(said(alice).locator("blockquote")).to_contain_text("Escolha")


def test_a_row_can_be_chosen_again(alice: Locator) -> None:
    for count in (1, 2):
        alice.get_by_role("button", name="Ver bancos").click()
        alice.get_by_label("Nubank").check()
        alice.get_by_role("dialog").get_by_role("button", name="Enviar").click()
        expect(said(alice)).to_have_count(count, timeout=SOON)


def test_a_reply_button_is_pressed(alice: Locator, meta: Meta) -> None:
    meta.send(message("interactive", BUTTONS))
    alice.get_by_role("button", name="Sim").click(timeout=SOON)
    expect(said(alice)).to_contain_text("Sim", timeout=SOON)


def test_writing_opens_the_window_and_takes_the_hint_away(
    page: Page, alice: Locator, meta: Meta
) -> None:
    meta.tell("acts", phone=message()["to"], act="window", is_open=False)
    hint = alice.get_by_text("A janela de 24 horas está fechada")
    expect(hint).to_be_visible(timeout=SOON)
    alice.get_by_role("textbox", name="Mensagem").fill("oi")
    page.keyboard.press("Enter")
    expect(hint).to_be_hidden(timeout=SOON)
    expect(alice.get_by_text("janela até")).to_be_visible()


def test_what_is_sent_on_one_page_comes_to_the_others(
    page: Page, alice: Locator, chromium: Browser, meta: Meta
) -> None:
    other = chromium.new_page(viewport=PHONE)
    other.goto(f"{meta.address}/simulator/")
    alice.get_by_role("textbox", name="Mensagem").fill("oi")
    page.keyboard.press("Enter")
    expect(words(other.get_by_label("Telefone de Alice"))).to_have_text("oi", timeout=SOON)
    other.close()


def test_words_that_could_not_be_sent_come_back(chromium: Browser, meta: Meta) -> None:
    page = chromium.new_page(viewport=PHONE)
    page.goto(f"{meta.address}/simulator/")
    page.route("**/say", lambda route: route.abort())
    alice = page.get_by_label("Telefone de Alice")
    alice.get_by_role("textbox", name="Mensagem").fill("oi")
    page.keyboard.press("Enter")
    expect(alice.get_by_role("status")).to_contain_text("Não foi possível enviar", timeout=SOON)
    expect(alice.get_by_role("textbox", name="Mensagem")).to_have_value("oi")
    page.close()
