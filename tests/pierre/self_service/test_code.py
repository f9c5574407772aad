"""The code on WhatsApp: who gets in by it."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEvent, User
from tests.pierre.self_service.people import ENTER, is_in, last_code, main, other
from whatsapp.models import MessageTemplate

CODE = f"{ENTER}/codigo"


@pytest.fixture
def client(live_db: None, approved_templates: dict[str, MessageTemplate]) -> Client:
    return Client()


def ask(client: Client, phone: str) -> Any:
    return client.post(ENTER, {"phone": phone})


def test_the_right_one_lets_the_person_in(client: Client, alice: User) -> None:
    assert ask(client, "(11) 98765-4321")["Location"] == CODE
    answer = client.post(CODE, {"code": last_code()})
    assert (answer["Location"], is_in(client)) == ("/conta", True)
    event = AuditEvent.objects.get(act=AuditEvent.Act.SIGNED_IN)
    assert (event.user_id, event.result, event.actor) == (alice.pk, "code", str(alice.pk))


def test_it_is_taken_as_people_copy_it(client: Client, alice: User) -> None:
    ask(client, alice.phone)
    code = last_code()
    client.post(CODE, {"code": f" {code[:3]}-{code[3:]} "})
    assert is_in(client)


def test_a_number_that_nobody_verified_gets_the_same_pages(client: Client, alice: User) -> None:
    pages = []
    for phone in (alice.phone, "+5511912345678"):
        browser = Client()
        answer = ask(browser, phone)
        page = main(browser.get(CODE))
        wrong = browser.post(CODE, {"code": other(last_code())})
        pages.append((answer.status_code, answer["Location"], bare(page), wrong.status_code))
        assert "Você tem mais 4 tentativas" in main(wrong)
    assert pages[0] == pages[1]


def bare(page: str) -> list[str]:
    """Return the lines of a page but for the one with the form's own secret."""
    return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]


def test_the_field_is_filled_by_the_phone_itself(client: Client, alice: User) -> None:
    ask(client, alice.phone)
    page = main(client.get(CODE))
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page


def test_a_wrong_one_says_how_many_are_left_and_is_recorded(client: Client, alice: User) -> None:
    ask(client, alice.phone)
    wrong = other(last_code())
    answers = [client.post(CODE, {"code": wrong}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [410]
    assert "Você tem mais 1 tentativa." in main(answers[3])
    refused = AuditEvent.objects.filter(act=AuditEvent.Act.SIGN_IN_REFUSED, user=alice)
    assert refused.filter(result="wrong_code").count() == 5


def test_what_is_no_code_costs_no_try(client: Client, alice: User) -> None:
    ask(client, alice.phone)
    for text in ("", "12345", "1234567", "abcdef", "١٢٣٤٥٦"):
        answer = client.post(CODE, {"code": text})
        assert (answer.status_code, "seis números" in main(answer)) == (422, True)
    client.post(CODE, {"code": last_code()})
    assert is_in(client)


def test_it_is_good_only_in_the_browser_that_asked(client: Client, alice: User) -> None:
    ask(client, alice.phone)
    elsewhere = Client()
    assert elsewhere.post(CODE, {"code": last_code()})["Location"] == ENTER
    assert not is_in(elsewhere)


def test_who_was_deactivated_meanwhile_does_not_get_in(client: Client, alice: User) -> None:
    ask(client, alice.phone)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.post(CODE, {"code": last_code()}).status_code == 410
    assert not is_in(client)


def test_a_number_that_cannot_be_is_said_why(client: Client) -> None:
    answer = ask(client, "(11) 3333-4444")
    assert (answer.status_code, "telefone fixo" in main(answer)) == (422, True)


@pytest.mark.parametrize("phone", ["", "abc", "9" * 31])
def test_what_is_no_number_is_said_so(client: Client, phone: str) -> None:
    answer = ask(client, phone)
    assert (answer.status_code, "com DDD" in main(answer)) == (422, True)


def test_without_whatsapp_the_page_says_to_use_the_mail(
    client: Client, alice: User, approved_templates: dict[str, MessageTemplate]
) -> None:
    MessageTemplate.objects.update(status=MessageTemplate.Status.PAUSED)
    for phone in (alice.phone, "+5511912345678"):
        answer = ask(client, phone)
        assert (answer.status_code, "Entre pelo e-mail" in main(answer)) == (503, True)


def test_too_many_codes_are_told_with_the_time_to_wait(client: Client, alice: User) -> None:
    answers = [ask(Client(), alice.phone) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert 0 < int(answers[5]["Retry-After"]) <= 3600
