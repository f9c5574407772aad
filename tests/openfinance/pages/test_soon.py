"""The page of a bank that nobody serves yet, and who counts as having opened a link."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from openfinance import catalogue, choices
from openfinance.models import Bank, ConnectionLink
from whatsapp import outbox

ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; CUBOT P80) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/129.0.0.0 Mobile Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
# What an iPhone's messages call themselves when they look at a link.
IMESSAGE = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko)"
    " Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
)
PREVIEWS = [
    "WhatsApp/2.24.18.77 A",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    IMESSAGE,
    "curl/8.5.0",
    "",
]


@pytest.fixture
def path(alice: User, settings: Settings) -> str:
    catalogue.sync()
    bank = Bank.objects.get(slug="nubank")
    via = ConnectionLink.Via.LIST
    link = choices.choose(user=alice, bank=bank, via=via, to=alice.phone, flow=None)
    return f"/conectar/{outbox.token(link.message)}"


@pytest.fixture
def phone() -> Client:
    return Client(headers={"User-Agent": ANDROID})


def was_opened() -> bool:
    return ConnectionLink.objects.get().opened_at is not None


def test_it_says_the_bank_and_that_the_connection_comes_soon(phone: Client, path: str) -> None:
    answer = phone.get(path)
    assert answer.status_code == 200
    assert "Em breve" in answer.text
    assert "A conexão direta com Nubank está chegando" in answer.text


def test_it_names_nobody(phone: Client, path: str, alice: User) -> None:
    page = phone.get(path).text
    assert not [word for word in (alice.name, alice.email, alice.phone[-4:]) if word in page]


def test_a_banks_name_is_text(phone: Client, path: str) -> None:
    Bank.objects.filter(slug="nubank").update(name="<b>Nu</b>")
    assert "&lt;b&gt;Nu&lt;/b&gt;" in phone.get(path).text


@pytest.mark.parametrize("agent", [ANDROID, IPHONE])
def test_a_person_who_comes_has_opened_it(path: str, agent: str) -> None:
    Client(headers={"User-Agent": agent, "Sec-Fetch-Dest": "document"}).get(path)
    assert was_opened()


def test_an_old_phone_that_says_little_counts_too(phone: Client, path: str) -> None:
    phone.get(path)
    assert was_opened()


@pytest.mark.parametrize("agent", PREVIEWS)
def test_a_preview_is_shown_the_page_and_has_not_opened_it(path: str, agent: str) -> None:
    assert Client(headers={"User-Agent": agent}).get(path).status_code == 200
    assert not was_opened()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "preview"},
        {"X-Moz": "prefetch"},
        {"Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Dest": "image"},
    ],
)
def test_a_browser_that_only_guesses_has_not_opened_it(
    phone: Client, path: str, headers: dict[str, str]
) -> None:
    assert phone.get(path, headers=headers).status_code == 200
    assert not was_opened()


def test_a_look_at_the_headers_has_not_opened_it(phone: Client, path: str) -> None:
    assert phone.head(path).status_code == 200
    assert not was_opened()


@pytest.mark.parametrize("verb", ["put", "patch", "delete", "options"])
def test_there_is_nothing_to_send_to_it(phone: Client, path: str, verb: str) -> None:
    assert getattr(phone, verb)(path).status_code == 405
    assert not was_opened()


def test_a_link_that_has_expired_says_how_to_get_another(phone: Client, path: str) -> None:
    ConnectionLink.objects.update(expires_at=timezone.now())
    answer = phone.get(path)
    assert (answer.status_code, "Este link não vale mais" in answer.text) == (404, True)
    assert "escreva <strong>conectar</strong>" in answer.text
    assert not was_opened()


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["x", "%00", "a" * 5000, "é"])
def test_a_link_that_never_was_gets_the_same_page(phone: Client, token: str) -> None:
    answer = phone.get(f"/conectar/{token}")
    assert (answer.status_code, "Este link não vale mais" in answer.text) == (404, True)


def test_without_our_number_the_way_back_is_told_in_words(phone: Client, path: str) -> None:
    page = phone.get(path).text
    assert "wa.me" not in page
    assert "voltar à conversa no WhatsApp" in page


def test_with_our_number_one_tap_leads_back_to_the_chat(
    phone: Client, path: str, settings: Settings
) -> None:
    settings.WHATSAPP_NUMBER = "551140042000"
    assert 'href="https://wa.me/551140042000"' in phone.get(path).text
    gone = phone.get("/conectar/x").text
    assert 'href="https://wa.me/551140042000?text=conectar"' in gone


@pytest.mark.parametrize("extra", ["", "x"])
def test_the_address_is_kept_from_caches_search_engines_and_other_sites(
    phone: Client, path: str, extra: str
) -> None:
    answer = phone.get(path + extra)
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert not answer.cookies


def test_no_script_can_run_and_nothing_comes_from_elsewhere(phone: Client, path: str) -> None:
    answer = phone.get(path)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "<script" not in answer.text
    assert "style=" not in answer.text


def test_it_costs_few_statements(
    phone: Client, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):
        phone.get(path)
    with django_assert_num_queries(2):
        phone.get(path)
