"""The first page: what there is of a person."""

from typing import Any

import pytest
from django.test import Client

from accounts import api_keys
from accounts.models import Plan, Subscription, User
from tests.pierre.self_service.people import enter, main


def test_it_shows_name_masked_phone_and_plan(browser: Client, alice: User) -> None:
    page = browser.get("/conta")
    assert "Olá, Alice" in main(page)
    assert "+55 11 •••••-4321" in main(page)
    assert "Verificado" in main(page)
    assert "Premium" in main(page)
    assert (alice.phone in page.text, alice.email in page.text) == (False, False)


def test_it_shows_the_limits_as_staff_edit_them(browser: Client) -> None:
    Plan.objects.filter(slug="premium").update(max_connections=7, max_spending_alerts=12)
    page = main(browser.get("/conta"))
    assert ("Até 7" in page, "Até 12" in page) == (True, True)


def test_who_has_no_subscription_is_shown_the_plans(davi: User) -> None:
    page = main(enter(davi).get("/conta"))
    assert "Você não tem assinatura" in page
    assert "https://pierre.finance/plans" in page


def test_a_subscription_that_gives_no_access_says_so(browser: Client, alice: User) -> None:
    Subscription.objects.update(status=Subscription.Status.PAST_DUE)
    assert "Em atraso. Sem acesso no momento" in main(browser.get("/conta"))


def test_a_name_is_text_and_nothing_else(browser: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(name="<b>Alice</b>")
    assert "<b>" not in main(browser.get("/conta"))


@pytest.mark.parametrize("path", ["/conta", "/conta/entrar", "/conta/chaves/nova"])
def test_no_page_is_cached_indexed_framed_or_has_a_script(browser: Client, path: str) -> None:
    client = Client() if path.endswith("entrar") else browser
    answer = client.get(path)
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["X-Frame-Options"] == "DENY"
    policy = answer["Content-Security-Policy"]
    assert ("default-src 'none'" in policy, "script-src" in policy) == (True, False)
    assert "<script" not in answer.text


def test_a_page_costs_few_statements_whatever_there_is(
    browser: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        api_keys.issue(user=alice)
    with django_assert_max_num_queries(6):
        browser.get("/conta")
    with django_assert_max_num_queries(3):
        browser.get("/conta/chaves")
