"""Whole journeys in a browser, to the bank of tests and back, at a phone's and a desk's width."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from openfinance import catalogue, choices, serving
from openfinance.models import ConnectionLink, Consent
from openfinance.sandbox_bank.models import BrandState
from tests.browser import PHONE
from tests.openfinance.pages import accessibility
from tests.openfinance.pages.steps import ANDROID, CPF, served_bank
from tests.openfinance.sandbox_bank.receiver import ALICE
from whatsapp import outbox

pytestmark = [pytest.mark.browser, pytest.mark.node]

WIDTHS = (320, 390, 1280)
SOON = 15_000


@dataclass(frozen=True)
class Site:
    url: str
    link: ConnectionLink

    @property
    def page(self) -> str:
        return f"{self.url}/conectar/{outbox.token(self.link.message)}"

    def connections(self) -> str:
        user = self.link.user
        managing = choices.manage(user=user, to=user.phone)
        return f"{self.url}/conexoes/{outbox.token(managing.message)}"


@pytest.fixture
def site(live_db: None, alice: User, settings: Settings) -> Iterator[Site]:
    """Serve our pages and the bank of tests over HTTP, with a link to one of its brands."""
    # The fixture of pytest-django would empty the tables after our rows of before are back.
    server = LiveServer("localhost")
    url = server.url
    settings.PUBLIC_URL, settings.WHATSAPP_NUMBER = url, "551140042000"
    back = f"{url}/conectar/retorno"
    settings.SANDBOX_BANK = {**settings.SANDBOX_BANK, "REDIRECT_URI": back}
    settings.OPEN_FINANCE_PROVIDERS = {
        "sandbox": {
            "BACKEND": "openfinance.providers.sandbox.Sandbox",
            "OPTIONS": {
                "base_url": f"{url}/sandbox-bank",
                "client_id": "pierre",
                "client_secret": "development-only",
                "redirect_uri": back,
            },
        }
    }
    serving._made.cache_clear()
    catalogue.sync()
    via = ConnectionLink.Via.LIST
    yield Site(
        url=url,
        link=choices.choose(user=alice, bank=served_bank(), via=via, to=alice.phone, flow=None),
    )
    serving._made.cache_clear()
    server.stop()


@pytest.fixture
def phone(new_page: Page) -> Page:
    """Return a page that calls itself a phone's."""
    new_page.set_extra_http_headers({"User-Agent": ANDROID})
    return new_page


@pytest.fixture
def unwatched(chromium: Browser) -> Iterator[Page]:
    """Return a page in a browser of its own, whose answers may have any status."""
    page = chromium.new_page(viewport=PHONE, locale="pt-BR", user_agent=ANDROID)
    yield page
    page.close()


def fits(page: Page) -> bool:
    """Tell whether nothing is wider than the screen, at every width."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        if page.evaluate("document.documentElement.scrollWidth") != width:
            return False
    page.set_viewport_size(PHONE)
    return True


def agree(page: Page, site: Site) -> None:
    page.goto(site.page)
    page.get_by_label("Seu CPF").fill(CPF)
    page.get_by_role("button", name="Continuar no Nubank").click()


def decide(page: Page, decision: str = "approve") -> None:
    """Give both factors at the bank, and decide."""
    page.wait_for_url("**/visita/**", timeout=SOON)
    page.locator("input[name=cpf]").fill(ALICE)
    page.locator("input[name=password]").fill("123456")
    page.locator("input[name=password]").press("Enter")
    code = re.search(r"<strong>(\d{6})</strong>", page.content())
    assert code
    page.locator("input[name=code]").fill(code[1])
    page.locator("input[name=code]").press("Enter")
    page.locator(f"button[value={decision}]").click()
    page.wait_for_url("**/conectar/resultado/**", timeout=SOON)


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def test_a_phone_connects_with_one_tap_on_our_side_of_the_bank(phone: Page, site: Site) -> None:
    agree(phone, site)
    decide(phone)
    heading(phone, "Nubank está conectado")
    expect(phone.get_by_role("link", name="Voltar ao WhatsApp")).to_be_visible()
    assert Consent.objects.get().status == Consent.Status.AUTHORISED


def test_back_from_the_bank_is_the_page_with_all_that_was_chosen(phone: Page, site: Site) -> None:
    phone.goto(site.page)
    phone.get_by_label("Investimentos", exact=True).check()
    phone.get_by_label("Seu CPF").fill(CPF)
    phone.get_by_role("button", name="Continuar no Nubank").click()
    phone.wait_for_url("**/visita/**", timeout=SOON)
    phone.go_back()
    expect(phone).to_have_url(site.page)
    expect(phone.get_by_label("Investimentos", exact=True)).to_be_checked()


def test_a_computer_may_stay_where_it_is(new_page: Page, site: Site) -> None:
    new_page.set_viewport_size({"width": 1280, "height": 900})
    new_page.goto(site.page)
    expect(new_page.get_by_role("img", name="Código QR")).to_be_visible()
    assert accessibility.violations(new_page) == []
    assert fits(new_page)
    new_page.get_by_role("button", name="Continuar neste computador").click()
    heading(new_page, "Compartilhar dados de Nubank")


def test_the_consent_page_can_be_read_and_used_by_everybody(phone: Page, site: Site) -> None:
    phone.goto(site.page)
    for details in phone.locator("details").all():
        details.evaluate("element => { element.open = true; }")
    assert accessibility.violations(phone) == []
    assert fits(phone)


def test_it_is_filled_in_with_the_keyboard_alone(phone: Page, site: Site) -> None:
    phone.goto(site.page)
    phone.get_by_label("Dados cadastrais").focus()
    phone.keyboard.press("Space")
    phone.get_by_label("12 meses").focus()
    phone.keyboard.press("ArrowUp")
    expect(phone.get_by_label("6 meses")).to_be_checked()
    phone.get_by_label("Seu CPF").focus()
    phone.keyboard.type(CPF)
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/visita/**", timeout=SOON)
    assert Consent.objects.get().groups == ["balances", "transactions", "identification"]


def test_what_can_be_tapped_is_large_enough_for_a_thumb(phone: Page, site: Site) -> None:
    phone.goto(site.page)
    for target in phone.locator("summary, .pick, .button, .field input").all():
        box = target.bounding_box()
        assert box
        assert box["height"] >= 44, target.inner_text()


def test_a_mistake_is_found_at_once(unwatched: Page, site: Site) -> None:
    unwatched.goto(site.page)
    unwatched.get_by_label("Câmbio", exact=True).check()
    unwatched.get_by_label("Seu CPF").fill("111.444.777-36")
    unwatched.get_by_role("button", name="Continuar no Nubank").click()
    field = unwatched.get_by_label("Seu CPF")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile("algum número não bate"))
    expect(unwatched.get_by_label("Câmbio", exact=True)).to_be_checked()
    assert accessibility.violations(unwatched) == []


def test_the_page_on_the_way_can_be_read_by_everybody(phone: Page, site: Site) -> None:
    phone.route("**/oauth/authorize?*", lambda route: route.fulfill(status=204))
    agree(phone, site)
    heading(phone, "Redirecionando com segurança")
    assert accessibility.violations(phone) == []
    assert fits(phone)


def test_a_bank_that_is_down_is_tried_again_with_one_tap(phone: Page, site: Site) -> None:
    BrandState.objects.create(brand="nubank", is_down=True)
    agree(phone, site)
    heading(phone, "Nubank não respondeu")
    assert accessibility.violations(phone) == []
    BrandState.objects.update(is_down=False)
    phone.get_by_role("button", name="Tentar de novo").click()
    decide(phone)
    heading(phone, "Nubank está conectado")
    assert accessibility.violations(phone) == []
    assert fits(phone)


def test_a_refusal_leads_back_to_the_page(phone: Page, site: Site) -> None:
    agree(phone, site)
    decide(phone, "refuse")
    heading(phone, "Consentimento não realizado")
    assert accessibility.violations(phone) == []
    phone.get_by_role("link", name="Rever o pedido").click()
    heading(phone, "Compartilhar dados de Nubank")


def test_what_is_in_the_fragment_is_sent_and_left_nowhere(unwatched: Page, site: Site) -> None:
    unwatched.goto(f"{site.url}/conectar/retorno#state=nobodys&code=secret")
    heading(unwatched, "Não reconhecemos esta resposta")
    assert unwatched.url == f"{site.url}/conectar/retorno"
    assert accessibility.violations(unwatched) == []


def test_a_fragment_connects_as_a_query_does(phone: Page, site: Site) -> None:
    phone.route(
        "**/conectar/retorno?*",
        lambda route: route.fulfill(
            status=302, headers={"Location": route.request.url.replace("?", "#")}
        ),
    )
    agree(phone, site)
    decide(phone)
    heading(phone, "Nubank está conectado")


def test_connections_are_listed_renewed_and_ended(phone: Page, site: Site) -> None:
    agree(phone, site)
    decide(phone)
    address = site.connections()
    phone.goto(address)
    assert accessibility.violations(phone) == []
    assert fits(phone)
    phone.get_by_role("button", name="Renovar Nubank").click()
    heading(phone, "Compartilhar dados de Nubank")
    phone.get_by_role("button", name="Agora não").click()
    heading(phone, "nada foi compartilhado")
    phone.goto(address)
    phone.get_by_role("link", name="Desconectar Nubank").click()
    assert accessibility.violations(phone) == []
    phone.get_by_role("button", name="Desconectar").click()
    expect(phone.get_by_role("status")).to_contain_text("Nubank foi desconectado")
    assert accessibility.violations(phone) == []


@pytest.mark.parametrize("path", ["conectar/x", "conectar/resultado/x", "conexoes/x", "conexoes/"])
def test_what_is_not_there_says_so_to_everybody(unwatched: Page, site: Site, path: str) -> None:
    unwatched.goto(f"{site.url}/{path}")
    expect(unwatched.get_by_role("heading", level=1)).to_be_visible()
    assert accessibility.violations(unwatched) == []
    assert fits(unwatched)


def test_a_renewal_is_extended_without_the_bank(phone: Page, site: Site) -> None:
    phone.goto(site.page)
    phone.get_by_label("3 meses").check()
    phone.get_by_label("Seu CPF").fill(CPF)
    phone.get_by_role("button", name="Continuar no Nubank").click()
    decide(phone)
    phone.goto(site.connections())
    phone.get_by_role("button", name="Renovar Nubank").click()
    assert accessibility.violations(phone) == []
    assert fits(phone)
    phone.get_by_role("button", name="Sim, prorrogar").click()
    heading(phone, "foi prorrogado")
    assert accessibility.violations(phone) == []
    assert fits(phone)


def test_a_bank_that_cannot_extend_says_so_to_everybody(phone: Page, site: Site) -> None:
    phone.goto(site.page)
    phone.get_by_label("3 meses").check()
    phone.get_by_label("Seu CPF").fill(CPF)
    phone.get_by_role("button", name="Continuar no Nubank").click()
    decide(phone)
    BrandState.objects.create(brand="nubank", needs_several_approvers=True)
    phone.goto(site.connections())
    phone.get_by_role("button", name="Renovar Nubank").click()
    phone.get_by_role("button", name="Sim, prorrogar").click()
    heading(phone, "é preciso passar pelo banco")
    assert accessibility.violations(phone) == []
    assert fits(phone)


def test_a_link_that_is_used_or_elsewhere_says_so_to_everybody(
    phone: Page, unwatched: Page, site: Site
) -> None:
    phone.goto(site.page)
    unwatched.goto(site.page)
    heading(unwatched, "aberto em outro aparelho")
    assert accessibility.violations(unwatched) == []
    agree(phone, site)
    decide(phone)
    cookies = phone.context.cookies(site.page)
    unwatched.context.clear_cookies()
    unwatched.context.add_cookies(cookies)  # type: ignore[arg-type]
    unwatched.goto(site.page)
    heading(unwatched, "já foi usado")
    assert accessibility.violations(unwatched) == []
    assert fits(unwatched)
