"""Logos of the directory, from a bank's site on this machine to the bank's row."""

import base64
from collections.abc import Iterator

import pytest

from openfinance import bank_flow, catalogue
from openfinance.directory import logos, participants
from openfinance.directory.downloads import Downloader
from openfinance.directory.logos import Outcome
from openfinance.models import Bank
from tests.openfinance.directory import pieces, web
from tests.openfinance.directory.web import Web, answer

pytestmark = pytest.mark.django_db

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
)
TRUSTING = Downloader(
    allow_loopback=True, timeout=2.0, total_timeout=4.0, authorities=web.AUTHORITY.certificate
)


@pytest.fixture(scope="module")
def site() -> Iterator[Web]:
    with web.serving(tls=True) as served:
        yield served


def refresh(logo_url: str, *, terms_url: str = "") -> Outcome:
    """Refresh Nubank's logo, as its row in the directory names it."""
    catalogue.sync()
    row = pieces.nubank()
    server = pieces.server_of(row)
    server["CustomerFriendlyLogoUri"] = logo_url
    server["TermsOfServiceUri"] = terms_url or logo_url
    brand = participants.read(pieces.directory([row])).brands[0]
    pairs = [(brand, Bank.objects.get(slug="nubank"))]
    (outcome,) = logos.refresh(pairs, downloader=TRUSTING)
    return outcome


def test_a_logo_is_kept_and_shown_in_the_flow(site: Web) -> None:
    site.pieces["/logo.svg"] = [answer(SVG, kind="image/svg+xml")]
    assert refresh(f"{site.origin}/logo.svg") == Outcome(slug="nubank", is_new=True)
    shown = bank_flow._banks("nubank")["data"]["banks"]
    logo = Bank.objects.get(slug="nubank").logo_png
    assert isinstance(shown, list)
    assert shown[0]["image"] == base64.b64encode(logo or b"").decode()


def test_the_same_logo_again_is_nothing_new(site: Web) -> None:
    site.pieces["/logo.svg"] = [answer(SVG, kind="image/svg+xml")]
    refresh(f"{site.origin}/logo.svg")
    assert refresh(f"{site.origin}/logo.svg") == Outcome(slug="nubank")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (answer(b"<html>", kind="text/html"), "an unexpected type: text/html"),
        (answer(SVG, kind="text/plain"), "an unexpected type: text/plain"),
        (answer(b"GIF89a", kind="image/png"), "not an SVG"),
        (answer(b"<svg/>", kind="image/svg+xml"), "not an SVG"),
        (answer(SVG, kind="image/svg+xml")[:-5], "cut short"),
        (answer(b" " * ((1 << 20) + 1), kind="image/svg+xml"), "too large"),
        (b"HTTP/1.1 302 Found\r\nLocation: https://localhost/x.svg\r\n\r\n", "HTTP 302"),
    ],
)
def test_a_logo_that_is_none_leaves_what_there_was(site: Web, content: bytes, problem: str) -> None:
    catalogue.sync()
    Bank.objects.filter(slug="nubank").update(logo_png=b"before")
    site.pieces["/bad"] = [content]
    assert refresh(f"{site.origin}/bad") == Outcome(slug="nubank", problem=problem)
    assert bytes(Bank.objects.get(slug="nubank").logo_png or b"") == b"before"


@pytest.mark.parametrize(
    ("logo_url", "terms_url", "problem"),
    [
        ("https://cdn.example.net/x.svg", "https://www.nubank.example.com.br", "cdn.example.net"),
        ("https://nubank.example.com.br.evil.net/x", "https://nubank.example.com.br", "evil.net"),
        ("http://www.nubank.example.com.br/x.svg", "", "not an https address"),
        ("naoseaplica", "https://www.nubank.example.com.br", "not an https address"),
        ("https://169.254.169.254/x.svg", "https://www.nubank.example.com.br", "169.254"),
    ],
)
def test_a_logo_comes_from_a_host_of_its_organisation_only(
    logo_url: str, terms_url: str, problem: str
) -> None:
    assert problem in refresh(logo_url, terms_url=terms_url).problem


def test_a_host_that_names_itself_into_our_network_is_not_asked() -> None:
    outcome = refresh("https://10.0.0.1/logo.svg", terms_url="https://10.0.0.1/")
    assert outcome.problem == "not a public address"
