"""Who may try to sign in, how often, and what is kept of it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connections
from django.http import HttpRequest
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.models import AuditEvent, User
from pierre.staff import attempts
from tests.pierre.staff.conftest import PASSWORD, sign_in

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"


def attempt(client: Client, email: str, password: str = "x", address: str = "192.0.2.1") -> Any:
    data = {"username": email, "password": password}
    return client.post(LOGIN, data, REMOTE_ADDR=address)


def test_a_right_password_is_enough_where_no_second_factor_is_asked_for(
    client: Client, helper: User
) -> None:
    sign_in(client, helper)
    assert client.get("/admin/").status_code == 200
    event = AuditEvent.objects.get(act="signed_in")
    assert (event.user, event.result, event.actor) == (helper, "password", str(helper.pk))


@pytest.mark.parametrize("email", ["support@staff.example", "alice@example.com", "no@example.com"])
def test_what_is_wrong_is_not_told_apart(
    client: Client, helper: User, alice: User, email: str
) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    # Alice's password is right, but she is not of the staff.
    page = attempt(client, email, PASSWORD if email == alice.email else "x")
    assert page.status_code == 200
    assert "insira um e-mail e senha corretos" in page.text


def test_of_a_refused_account_its_owner_is_kept(client: Client, helper: User) -> None:
    attempt(client, helper.email.upper())
    event = AuditEvent.objects.get(act="sign_in_refused")
    assert (event.user, event.result, event.place.address) == (helper, "password", "192.0.2.1")


def test_of_an_address_that_is_nobodys_nothing_is_kept(client: Client) -> None:
    attempt(client, "somebody@example.com")
    event = AuditEvent.objects.get(act="sign_in_refused")
    assert event.user is None
    assert "somebody" not in f"{event.target} {event.details} {event.result}"


@pytest.mark.parametrize("email", ["support@staff.example", "no@example.com"])
def test_an_account_is_tried_so_often_from_wherever(
    client: Client, helper: User, settings: Settings, email: str
) -> None:
    settings.STAFF_ACCOUNT_RATE = "3/h"
    for number in range(3):
        assert attempt(client, email, address=f"192.0.2.{number}").status_code == 200
    answer = attempt(client, email.upper(), PASSWORD, address="192.0.2.9")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3601
    assert "Muitas tentativas" in answer.text


def test_an_address_tries_so_often_whatever_accounts(client: Client, settings: Settings) -> None:
    settings.STAFF_ADDRESS_RATE = "2/h"
    found = [attempt(client, f"{number}@example.com").status_code for number in range(3)]
    assert found == [200, 200, 429]
    other = attempt(client, "x@example.com", address="192.0.2.2")
    assert other.status_code == 200


@pytest.mark.parametrize("spelling", ["İnes@example.com", "ınes@example.com", " INES@example.com "])
def test_an_account_has_no_spelling_that_is_counted_apart(
    settings: Settings, spelling: str
) -> None:
    settings.STAFF_ACCOUNT_RATE = "1/h"
    User.objects.create_user("ines@example.com")
    request = RequestFactory().post(LOGIN)
    attempts.wait(request, email="ines@example.com")
    finds_it = User.objects.filter(email__iexact=spelling.strip()).exists()
    assert bool(attempts.wait(request, email=spelling)) >= finds_it


def test_many_at_once_are_counted_exactly(live_db: None, settings: Settings) -> None:
    settings.STAFF_ACCOUNT_RATE, settings.STAFF_ADDRESS_RATE = "7/h", "1000/h"

    def heard(number: int) -> bool:
        request = HttpRequest()
        request.method, request.META["REMOTE_ADDR"] = "POST", f"192.0.2.{number}"
        try:
            return not attempts.wait(request, email="support@staff.example")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=8) as pool:
        assert sum(pool.map(heard, range(40))) == 7
    caches["counters"].clear()


def test_leaving_is_kept_too(client: Client, helper: User) -> None:
    sign_in(client, helper)
    client.post("/admin/logout/")
    assert AuditEvent.objects.get(act="signed_out").result == "left"
    assert client.get("/admin/").status_code == 302
