"""Showing again who one is, on the way to something that lasts."""

import pytest
from django.test import Client

from accounts.models import User
from tests.pierre.self_service.people import age, last_code, last_link, main
from whatsapp.models import MessageTemplate

CONFIRM = "/conta/confirmar"


@pytest.fixture
def stale(browser: Client) -> Client:
    """Return Alice's browser, on its way to make a key a quarter of an hour after signing in."""
    age(browser, began=900)
    browser.get("/conta/chaves/nova")
    return browser


def test_a_link_leads_on_to_where_the_person_wanted_to_go(stale: Client, alice: User) -> None:
    assert "a•••@example.com" in main(stale.get(CONFIRM))
    stale.post(CONFIRM, {"email": "bruno@example.com"})
    assert stale.post(last_link())["Location"] == "/conta/chaves/nova"
    assert stale.get("/conta/chaves/nova").status_code == 200


def test_a_code_leads_on_to_where_the_person_wanted_to_go(
    live_db: None, approved_templates: dict[str, MessageTemplate], stale: Client
) -> None:
    assert "+55 11 •••••-4321" in main(stale.get(CONFIRM))
    assert stale.post(CONFIRM, {"phone": "1"})["Location"] == "/conta/entrar/codigo"
    answer = stale.post("/conta/entrar/codigo", {"code": last_code()})
    assert answer["Location"] == "/conta/chaves/nova"


def test_a_number_that_is_not_verified_is_not_offered(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(phone_verified_at=None)
    alice.refresh_from_db()
    client = Client()
    client.post("/conta/entrar", {"email": alice.email})
    client.post(last_link())
    assert "WhatsApp" not in main(client.get(CONFIRM))


def test_without_whatsapp_the_mail_is_left(stale: Client) -> None:
    answer = stale.post(CONFIRM, {"phone": "1"})
    assert (answer.status_code, "Confirme pelo e-mail" in main(answer)) == (503, True)
