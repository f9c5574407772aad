"""A person changes the number that they are reached at."""

import pytest
from django.test import Client

from accounts.models import User
from tests.pierre.self_service.people import enter, is_in, last_code, main, other
from whatsapp import phone_codes
from whatsapp.models import MessageTemplate

PHONE, CODE = "/conta/telefone", "/conta/telefone/codigo"
NEW = "+5511912345678"


@pytest.fixture
def browser(live_db: None, approved_templates: dict[str, MessageTemplate], alice: User) -> Client:
    return enter(alice)


def test_the_new_number_is_theirs_once_its_code_is_typed(browser: Client, alice: User) -> None:
    assert browser.post(PHONE, {"phone": "11 91234-5678"})["Location"] == CODE
    alice.refresh_from_db()
    assert alice.phone == "+5511987654321"
    assert browser.post(CODE, {"code": last_code()})["Location"] == "/conta"
    alice.refresh_from_db()
    assert (alice.phone, alice.phone_verified_at is not None) == (NEW, True)


def test_it_ends_every_session_but_this(browser: Client, alice: User) -> None:
    other_device = enter(alice)
    browser.post(PHONE, {"phone": NEW})
    browser.post(CODE, {"code": last_code()})
    assert (is_in(browser), is_in(other_device)) == (True, False)


def test_a_code_that_staff_sent_is_typed_without_asking_for_another(
    browser: Client, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(phone_verified_at=None)
    browser = enter(alice)
    phone_codes.send_verification(user=alice, phone=alice.phone, address="")
    assert f'href="{CODE}"' in main(browser.get(PHONE))
    assert browser.post(CODE, {"code": last_code()})["Location"] == "/conta"
    alice.refresh_from_db()
    assert alice.phone_verified_at is not None


def test_a_wrong_code_changes_nothing(browser: Client, alice: User) -> None:
    browser.post(PHONE, {"phone": NEW})
    answer = browser.post(CODE, {"code": other(last_code())})
    assert (answer.status_code, "mais 4 tentativas" in main(answer)) == (422, True)
    alice.refresh_from_db()
    assert alice.phone == "+5511987654321"


def test_without_a_code_there_is_nothing_to_confirm(browser: Client) -> None:
    answer = browser.post(CODE, {"code": "123456"})
    assert (answer.status_code, "não vale mais" in main(answer)) == (422, True)


def test_a_landline_is_refused_with_its_reason(browser: Client) -> None:
    answer = browser.post(PHONE, {"phone": "(11) 3333-4444"})
    assert (answer.status_code, "telefone fixo" in main(answer)) == (422, True)


def test_without_whatsapp_the_page_says_so(browser: Client) -> None:
    MessageTemplate.objects.update(status=MessageTemplate.Status.PAUSED)
    answer = browser.post(PHONE, {"phone": NEW})
    assert (answer.status_code, "não está disponível" in main(answer)) == (503, True)


def test_somebody_elses_number_is_asked_for_like_any_other(browser: Client, bruno: User) -> None:
    assert browser.post(PHONE, {"phone": bruno.phone})["Location"] == CODE
    bruno.refresh_from_db()
    assert bruno.phone_verified_at is not None
