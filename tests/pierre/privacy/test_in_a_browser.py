"""What only a browser shows of the pages about a person's data: they fit, and can be read."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from pierre.privacy import export
from tests.browser import PHONE
from tests.openfinance import rows
from tests.openfinance.pages import accessibility

pytestmark = [pytest.mark.browser, pytest.mark.node]

WIDTHS = (390, 1280)


@pytest.fixture
def url(live_db: None) -> str:
    # The fixture of pytest-django would empty the tables after our rows of before are back.
    return LiveServer("localhost").url


@pytest.fixture
def admin(new_page: Page, url: str, alice: User, staff: Client) -> Page:
    return enter(new_page, url, alice, staff)


@pytest.fixture
def unguarded(chromium: Browser, url: str, alice: User, staff: Client) -> Iterator[Page]:
    """Bring a browser there that minds no content policy: axe tries styles of its own."""
    page = chromium.new_page(viewport=PHONE, locale="pt-BR", bypass_csp=True)
    yield enter(page, url, alice, staff)
    page.close()


def enter(page: Page, url: str, user: User, staff: Client) -> Page:
    """Bring a browser to a user in the admin, as staff who signed in."""
    cookie = staff.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": url}])
    page.goto(url + reverse("admin:accounts_user_change", args=[user.pk]))
    return page


@pytest.fixture
def archive(new_page: Page, alice: User, tmp_path: Path) -> Page:
    """Open the page of an archive, from disk."""
    rows.consent(alice)
    rows.flow(alice)
    file = io.BytesIO()
    export.write(user=alice, to=file)
    path = tmp_path / "pagina.html"
    path.write_bytes(zipfile.ZipFile(file).read("pagina.html"))
    new_page.goto(path.as_uri())
    return new_page


def fits(page: Page) -> bool:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            return False
    return True


def test_the_page_of_an_archive_fits_and_breaks_no_rule(archive: Page) -> None:
    expect(archive.get_by_role("heading", level=1)).to_have_text("Seus dados no Pierre")
    assert fits(archive)
    assert accessibility.violations(archive) == []


@pytest.mark.parametrize(
    ("link", "button"),
    [("Exportar dados", "Baixar os dados"), ("Excluir dados", "Excluir os dados")],
)
def test_the_pages_of_the_admin_fit_and_break_no_rule(
    unguarded: Page, link: str, button: str
) -> None:
    unguarded.get_by_role("link", name=link).click()
    expect(unguarded.get_by_role("button", name=button)).to_be_visible()
    assert fits(unguarded)
    # Django's own, whose contrast in the dark is Django's.
    unguarded.evaluate("document.querySelector('#nav-sidebar').remove()")
    assert accessibility.violations(unguarded) == []


def test_staff_erase_by_typing_the_e_mail(admin: Page, alice: User) -> None:
    admin.get_by_role("link", name="Excluir dados").click()
    admin.get_by_label("E-mail da pessoa").fill("other@example.com")
    admin.get_by_role("button", name="Excluir os dados").click()
    expect(admin.get_by_text("Não é o e-mail desta pessoa")).to_be_visible()
    admin.get_by_label("E-mail da pessoa").fill(alice.email)
    admin.get_by_role("button", name="Excluir os dados").click()
    expect(admin.get_by_text("O acesso acabou agora")).to_be_visible()
    assert not User.objects.get(pk=alice.pk).is_active
