"""The simulator's phones in a real browser, at the width of a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.stack.conftest import Serve, Service

pytestmark = [pytest.mark.stack, pytest.mark.browser]


@pytest.fixture
def service(serve: Serve) -> Service:
    return serve()


@pytest.fixture
def page(service: Service, new_page: Page) -> Page:
    new_page.goto(service.stack.simulator_url)
    return new_page


def test_alices_call_makes_her_bank_list_appear_without_a_reload(
    page: Page, service: Service
) -> None:
    page.evaluate("window.stayed = true")
    expect(page.get_by_text("Oi, Alice!")).to_have_count(0)
    assert service.call("alice").status_code == 200
    bubble = page.get_by_text("Oi, Alice!")
    expect(bubble).to_be_visible(timeout=5000)
    page.get_by_role("button", name="Ver bancos").click()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_be_visible()
    for bank in ("Nubank", "Itaú", "Caixa Econômica Federal", "Inter", "Outro banco"):
        expect(sheet.get_by_text(bank, exact=True)).to_be_visible()
    assert page.evaluate("window.stayed")


def test_brunos_call_shows_the_notice_with_its_button(page: Page, service: Service) -> None:
    assert service.call("bruno").status_code == 200
    page.get_by_role("link", name="Bruno").click()
    link = page.get_by_role("link", name="Ver planos")
    expect(link).to_be_visible(timeout=5000)
    assert link.get_attribute("href") == "https://pierre.finance/plans"


def test_a_phone_never_scrolls_sideways(page: Page, service: Service) -> None:
    service.call("alice")
    expect(page.get_by_text("Oi, Alice!")).to_be_visible(timeout=5000)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
