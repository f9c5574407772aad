"""Staff sign in with a browser, the first time and again, at a phone's and a desk's width."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import StaffDevice, User
from pierre.roles import Role
from tests.openfinance.pages import accessibility
from tests.pierre.staff.conftest import PASSWORD, code

pytestmark = [pytest.mark.browser, pytest.mark.node]

WIDTHS = (390, 1280)


@pytest.fixture
def site(live_db: None, asked_for: None) -> Iterator[str]:
    """Serve the admin over HTTP, with one of the staff who has not been there yet."""
    # The fixture of pytest-django would empty the tables after our rows of before are back.
    server = LiveServer("localhost")
    user = User.objects.create_user("ana@staff.example", PASSWORD, name="Ana", is_staff=True)
    user.groups.add(Group.objects.get(name=Role.SUPPORT.label))
    yield server.url
    server.stop()


def fits(page: Page) -> None:
    """Look at a page at each width: it needs no sideways scrolling, and axe has nothing to say."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    assert not accessibility.violations(page)


def sign_in(page: Page, site: str) -> None:
    page.goto(f"{site}/admin/accounts/staffsession/")
    page.get_by_label("E-mail").fill("ana@staff.example")
    page.get_by_label("Senha").fill(PASSWORD)
    page.get_by_role("button", name="Acessar").click()


def test_the_first_time_and_the_next(site: str, new_page: Page) -> None:
    new_page.goto(f"{site}/admin/")
    fits(new_page)
    sign_in(new_page, site)
    expect(new_page.get_by_role("heading", name="Ative o segundo fator")).to_be_visible()
    fits(new_page)
    key = new_page.locator(".enrolment-key").inner_text()
    new_page.get_by_label("Código").fill(code(key, steps=-1))
    new_page.get_by_role("button", name="Ativar").click()
    expect(new_page.get_by_role("heading", name="Guarde os códigos de reserva")).to_be_visible()
    expect(new_page.locator(".backup-codes li")).to_have_count(10)
    fits(new_page)
    new_page.get_by_role("link", name="Guardei os códigos").click()
    expect(new_page).to_have_url(f"{site}/admin/accounts/staffsession/")
    expect(new_page.locator("#result_list tbody tr")).to_have_count(1)
    fits(new_page)
    new_page.get_by_role("button", name="Encerrar sessão").click()

    sign_in(new_page, site)
    expect(new_page.get_by_role("heading", name="Segundo fator")).to_be_visible()
    new_page.get_by_label("Código").fill("000000")
    fits(new_page)
    StaffDevice.objects.update(throttling_failure_count=0)
    new_page.get_by_label("Código").fill(code(key))
    new_page.get_by_role("button", name="Entrar", exact=True).click()
    expect(new_page).to_have_url(re.compile("/admin/accounts/staffsession/$"))
    expect(new_page.locator("#result_list tbody tr")).to_have_count(2)
