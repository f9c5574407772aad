"""A person makes, replaces and ends their own keys."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import api_keys
from accounts.models import ApiKey, AuditEvent, User
from tests.pierre.self_service.people import age, main

LIST, NEW = "/conta/chaves", "/conta/chaves/nova"


def shown(page: Any) -> str:
    found = re.search(r">(sk-[0-9A-Za-z]+)</textarea>", page.text)
    assert found, page.text
    return found[1]


def test_a_key_is_shown_once_and_opens_the_api(browser: Client, alice: User) -> None:
    answer = browser.post(NEW, {"name": "Planilha", "lifetime": "30"})
    secret = shown(answer)
    key = api_keys.find(secret)
    assert key is not None
    assert (key.user_id, answer["Cache-Control"]) == (alice.pk, "no-store")
    assert secret not in browser.get(LIST).text


def test_it_has_the_name_the_term_and_the_mode_that_were_chosen(browser: Client) -> None:
    browser.post(NEW, {"name": "Planilha", "lifetime": "30", "is_test": "on"})
    key = ApiKey.objects.get()
    assert (key.name, key.is_test) == ("Planilha", True)
    assert key.expires_at is not None
    assert abs(key.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)


def test_it_need_not_end(browser: Client) -> None:
    browser.post(NEW, {"lifetime": ""})
    assert ApiKey.objects.get().expires_at is None


@pytest.mark.parametrize("form", [{"lifetime": "7"}, {"lifetime": "90", "name": "x" * 61}])
def test_what_is_not_offered_makes_no_key(browser: Client, form: dict[str, str]) -> None:
    assert browser.post(NEW, form).status_code == 422
    assert not ApiKey.objects.exists()


def test_the_list_says_of_each_what_it_is(browser: Client, alice: User) -> None:
    key, _ = api_keys.issue(user=alice, name="<i>Bot</i>", is_test=True)
    page = main(browser.get(LIST))
    assert str(key) in page
    assert "&lt;i&gt;Bot" in page
    assert ("de teste" in page, "Nunca" in page, "Ativa" in page) == (True, True, True)
    assert key.digest not in page


@pytest.mark.parametrize("overlap", ApiKey.Overlap.values)
def test_a_roll_shows_the_new_one_and_lets_the_old_end_as_chosen(
    browser: Client, alice: User, overlap: str
) -> None:
    old, _ = api_keys.issue(user=alice, name="Bot")
    answer = browser.post(f"{LIST}/{old.pk}/trocar", {"overlap": overlap})
    new = api_keys.find(shown(answer))
    old.refresh_from_db()
    assert new is not None
    assert (new.replaces_id, old.overlap) == (old.pk, overlap)
    assert old.is_live() == (overlap != "none")


def test_a_key_is_rolled_once(browser: Client, alice: User) -> None:
    old, _ = api_keys.issue(user=alice)
    answers = [browser.post(f"{LIST}/{old.pk}/trocar", {"overlap": "day"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert ApiKey.objects.count() == 2


def test_a_roll_without_a_choice_is_asked_again(browser: Client, alice: User) -> None:
    old, _ = api_keys.issue(user=alice)
    assert browser.post(f"{LIST}/{old.pk}/trocar", {"overlap": "year"}).status_code == 422
    assert ApiKey.objects.count() == 1


def test_ending_one_takes_two_taps_and_no_new_sign_in(browser: Client, alice: User) -> None:
    key, secret = api_keys.issue(user=alice)
    age(browser, began=3600)
    assert "no próximo pedido" in main(browser.get(f"{LIST}/{key.pk}/revogar"))
    assert api_keys.find(secret)
    browser.post(f"{LIST}/{key.pk}/revogar")
    assert api_keys.find(secret) is None
    assert "já está encerrada" in main(browser.get(f"{LIST}/{key.pk}/revogar"))


@pytest.mark.parametrize("act", ["trocar", "revogar"])
def test_somebody_elses_is_as_if_it_were_not_there(browser: Client, bruno: User, act: str) -> None:
    theirs, secret = api_keys.issue(user=bruno)
    missing = browser.post(f"{LIST}/{theirs.pk + 1}/{act}", {"overlap": "none"})
    foreign = browser.post(f"{LIST}/{theirs.pk}/{act}", {"overlap": "none"})
    huge = browser.post(f"{LIST}/{10**30}/{act}", {"overlap": "none"})
    assert {answer.status_code for answer in (missing, foreign, huge)} == {404}
    assert foreign.text == missing.text
    assert api_keys.find(secret)


def test_the_audit_says_that_the_person_did_it_on_a_page(browser: Client, alice: User) -> None:
    browser.post(NEW, {"lifetime": "90"})
    event = AuditEvent.objects.get(act=AuditEvent.Act.KEY_ISSUED)
    assert (event.actor_kind, event.actor) == ("user", str(alice.pk))
    assert (event.channel, event.user_id) == ("page", alice.pk)


def test_a_person_makes_so_many_a_day(browser: Client, settings: Settings) -> None:
    settings.ACCOUNT_KEY_RATE = "2/d"
    answers = [browser.post(NEW, {"lifetime": "90"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert ApiKey.objects.count() == 2
