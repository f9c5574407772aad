"""A person's own pages in a browser, at a phone's and a desk's width."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts import api_keys
from accounts.models import User
from tests.browser import PHONE
from tests.openfinance.pages import accessibility
from tests.pierre.self_service.people import last_code, last_link, other
from whatsapp.models import MessageTemplate

pytestmark = [pytest.mark.browser, pytest.mark.node]

WIDTHS = (320, 390, 1280)


@pytest.fixture
def site(
    live_db: None, alice: User, approved_templates: dict[str, MessageTemplate]
) -> Iterator[str]:
    # The fixture of pytest-django would empty the tables after our rows of before are back.
    server = LiveServer("localhost")
    yield server.url
    server.stop()


@pytest.fixture
def unwatched(chromium: Browser) -> Iterator[Page]:
    """Return a page in a browser of its own, whose answers may have any status."""
    page = chromium.new_page(viewport=PHONE, locale="pt-BR")
    yield page
    page.close()


@pytest.fixture
def inside(new_page: Page, site: str) -> Page:
    """Return a page of a browser in which Alice is signed in."""
    new_page.goto(f"{site}/conta/entrar")
    new_page.get_by_label("Ou seu e-mail").fill("alice@example.com")
    new_page.get_by_role("button", name="Receber link por e-mail").click()
    is_for_everybody(new_page, "Confira seu e-mail")
    new_page.goto(f"{site}{last_link()}")
    is_for_everybody(new_page, "Entrar na sua conta")
    new_page.get_by_role("button", name="Entrar").click()
    heading(new_page, "Olá, Alice")
    return new_page


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def is_for_everybody(page: Page, title: str) -> None:
    """Demand that the page of this title fits every width, and that axe finds nothing."""
    heading(page, title)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.set_viewport_size(PHONE)
    assert accessibility.violations(page) == []


def test_a_person_signs_in_by_a_code(new_page: Page, site: str) -> None:
    new_page.goto(f"{site}/conta")
    is_for_everybody(new_page, "Entrar na sua conta")
    new_page.get_by_label("Seu WhatsApp").fill("11 98765-4321")
    new_page.get_by_role("button", name="Receber código").click()
    expect(new_page.get_by_label("Código")).to_be_focused()
    is_for_everybody(new_page, "Digite o código")
    new_page.get_by_label("Código").fill(last_code())
    new_page.get_by_role("button", name="Entrar").click()
    is_for_everybody(new_page, "Olá, Alice")


def test_a_key_is_made_rolled_and_ended(inside: Page) -> None:
    inside.get_by_role("link", name="Chaves de API").click()
    inside.get_by_role("link", name="Criar chave").click()
    is_for_everybody(inside, "Criar chave de API")
    inside.get_by_label("Para que serve").fill("Planilha")
    inside.get_by_role("button", name="Criar").click()
    secret = inside.get_by_label("Planilha").input_value()
    assert api_keys.find(secret)
    is_for_everybody(inside, "Copie a chave agora")
    inside.get_by_role("link", name="Já copiei").click()
    is_for_everybody(inside, "Chaves de API")
    inside.get_by_role("link", name=re.compile("Trocar")).click()
    is_for_everybody(inside, "Trocar a chave")
    inside.get_by_label("Para no primeiro uso da nova").check()
    inside.get_by_role("button", name="Trocar").click()
    heading(inside, "Copie a chave agora")
    inside.get_by_role("link", name="Já copiei").click()
    inside.get_by_role("link", name=re.compile("Encerrar")).first.click()
    is_for_everybody(inside, "Encerrar a chave")
    inside.get_by_role("button", name="Encerrar").click()
    expect(inside.get_by_text("Revogada")).to_be_visible()


def test_the_phone_is_changed(inside: Page) -> None:
    inside.get_by_role("link", name="Telefone").click()
    is_for_everybody(inside, "Telefone")
    inside.get_by_label("Número novo").fill("11 91234-5678")
    inside.get_by_role("button", name="Enviar código").click()
    is_for_everybody(inside, "Digite o código")
    inside.get_by_label("Código").fill(last_code())
    inside.get_by_role("button", name="Confirmar número").click()
    expect(inside.get_by_text("+55 11 •••••-5678")).to_be_visible()


def test_the_data_are_copied_and_erased(inside: Page) -> None:
    inside.get_by_role("link", name="Meus dados").click()
    is_for_everybody(inside, "Meus dados")
    inside.get_by_role("link", name="Baixar meus dados").click()
    is_for_everybody(inside, "Baixar meus dados")
    with inside.expect_download() as download:
        inside.get_by_role("button", name="Baixar").click()
    assert download.value.suggested_filename == "meus-dados.zip"
    inside.goto(inside.url.replace("copia", "excluir"))
    is_for_everybody(inside, "Excluir minha conta?")
    inside.get_by_label("Para confirmar").fill("EXCLUIR")
    inside.get_by_role("button", name="Excluir minha conta").click()
    is_for_everybody(inside, "Sua conta foi encerrada")


def test_who_comes_back_later_confirms_who_they_are(
    inside: Page, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pierre.self_service.sessions.FRESH", timedelta())
    inside.goto(f"{site}/conta/dados/excluir")
    is_for_everybody(inside, "Confirme que é você")


def test_nobodys_connections_are_shown_to_everybody(inside: Page) -> None:
    inside.get_by_role("link", name="Minhas conexões").click()
    is_for_everybody(inside, "Minhas conexões")
    inside.get_by_role("link", name="Voltar à minha conta").click()
    inside.get_by_role("button", name="Sair de todos os aparelhos").click()
    heading(inside, "Entrar na sua conta")


def test_a_mistake_is_found_at_once(unwatched: Page, site: str) -> None:
    unwatched.goto(f"{site}/conta/entrar")
    unwatched.get_by_label("Seu WhatsApp").fill("11 3333-4444")
    unwatched.get_by_role("button", name="Receber código").click()
    expect(unwatched.get_by_label("Seu WhatsApp")).to_be_focused()
    is_for_everybody(unwatched, "Entrar na sua conta")
    unwatched.get_by_label("Seu WhatsApp").fill("11 98765-4321")
    unwatched.get_by_role("button", name="Receber código").click()
    unwatched.get_by_label("Código").fill(other(last_code()))
    unwatched.get_by_role("button", name="Entrar").click()
    expect(unwatched.get_by_role("alert")).to_contain_text("mais 4 tentativas")
    is_for_everybody(unwatched, "Digite o código")


def test_what_leads_nowhere_says_so_to_everybody(unwatched: Page, site: str) -> None:
    unwatched.goto(f"{site}/conta/entrar/link/x")
    is_for_everybody(unwatched, "Este link não vale mais")
    unwatched.goto(f"{site}/conta/x")
    is_for_everybody(unwatched, "Não encontramos esta página")


def test_a_limit_says_so_to_everybody(unwatched: Page, site: str, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_RATE = "0/h"
    unwatched.goto(f"{site}/conta/entrar")
    unwatched.get_by_label("Ou seu e-mail").fill("alice@example.com")
    unwatched.get_by_role("button", name="Receber link por e-mail").click()
    is_for_everybody(unwatched, "Foram tentativas demais")
