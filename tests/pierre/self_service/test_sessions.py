"""How long somebody is signed in, and where."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import AuditEvent, User
from tests.pierre.self_service.people import ENTER, age, enter, is_in, last_link

COOKIE = settings.SESSION_COOKIE_NAME
PAGES = [
    "/conta",
    "/conta/chaves",
    "/conta/chaves/nova",
    "/conta/chaves/1/trocar",
    "/conta/chaves/1/revogar",
    "/conta/telefone",
    "/conta/telefone/codigo",
    "/conta/conexoes",
    "/conta/conexoes/00000000-0000-4000-8000-000000000000/desconectar",
    "/conta/dados",
    "/conta/dados/copia",
    "/conta/dados/excluir",
    "/conta/confirmar",
]
FRESH = [
    "/conta/chaves/nova",
    "/conta/telefone",
    "/conta/telefone/codigo",
    "/conta/dados/copia",
    "/conta/dados/excluir",
]


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_signed_in_is_led_to_sign_in(path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer["Location"]) == (302, ENTER)


def test_half_an_hour_without_a_page_ends_it(browser: Client) -> None:
    age(browser, seen=29 * 60)
    assert is_in(browser)
    age(browser, seen=30 * 60)
    assert not is_in(browser)


def test_half_a_day_ends_it_whatever_was_done(browser: Client) -> None:
    age(browser, began=12 * 3600 - 60)
    assert is_in(browser)
    age(browser, began=60)
    assert not is_in(browser)


def test_a_session_that_was_planted_before_is_worth_nothing(alice: User) -> None:
    client, thief = Client(), Client()
    session = client.session
    session["planted"] = True
    session.save()
    thief.cookies[COOKIE] = planted = str(session.session_key)
    client.cookies[COOKIE] = planted
    client.post(ENTER, {"email": alice.email})
    client.post(last_link())
    assert (is_in(client), is_in(thief)) == (True, False)


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"email": "x@example.com"}, {"phone_verified_at": None}, {"phone": ""}],
)
def test_it_ends_when_the_person_is_known_by_other_means(
    browser: Client, alice: User, change: dict[str, object]
) -> None:
    User.objects.filter(pk=alice.pk).update(**change)
    assert not is_in(browser)


def test_signing_out_ends_it_and_is_recorded(browser: Client, alice: User) -> None:
    cookie = browser.cookies[COOKIE].value
    browser.post("/conta/sair")
    thief = Client()
    thief.cookies[COOKIE] = cookie
    assert (is_in(browser), is_in(thief)) == (False, False)
    event = AuditEvent.objects.get(act=AuditEvent.Act.SIGNED_OUT)
    assert (event.user_id, event.actor, event.result) == (alice.pk, str(alice.pk), "")


def test_signing_out_everywhere_ends_every_one(browser: Client, alice: User) -> None:
    others = [enter(alice), enter(alice)]
    browser.post("/conta/sair", {"everywhere": "1"})
    assert [is_in(client) for client in (browser, *others)] == [False] * 3
    assert AuditEvent.objects.get(act=AuditEvent.Act.SIGNED_OUT).result == "everywhere"


def test_signing_out_here_leaves_the_other_devices_alone(browser: Client, alice: User) -> None:
    other = enter(alice)
    browser.post("/conta/sair")
    assert is_in(other)


def test_a_link_to_sign_out_does_nothing(browser: Client) -> None:
    assert browser.get("/conta/sair").status_code == 405
    assert is_in(browser)


def test_a_person_gets_no_way_into_the_admin(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    answer = enter(alice).get("/admin/")
    assert (answer.status_code, "/admin/login/" in answer["Location"]) == (302, True)


def test_staff_get_no_way_into_a_persons_pages(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(User.objects.get(pk=alice.pk))
    assert not is_in(client)


def test_who_leaves_their_own_pages_stays_in_the_admin(browser: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    browser.force_login(User.objects.get(pk=alice.pk))
    assert is_in(browser)
    browser.post("/conta/sair")
    assert not is_in(browser)
    assert "_auth_user_id" in browser.session


@pytest.mark.parametrize("path", FRESH)
def test_after_ten_minutes_what_lasts_asks_again_who_it_is(
    browser: Client, alice: User, path: str
) -> None:
    assert browser.get(path).status_code == 200
    age(browser, began=600)
    assert browser.get(path)["Location"] == "/conta/confirmar"
    assert browser.post(path)["Location"] == "/conta/confirmar"


@pytest.mark.parametrize("path", ["/conta", "/conta/chaves", "/conta/conexoes", "/conta/dados"])
def test_what_only_shows_asks_no_more(browser: Client, path: str) -> None:
    age(browser, began=600)
    assert browser.get(path).status_code == 200


def test_a_form_from_elsewhere_is_refused_in_portuguese(browser: Client) -> None:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.cookies = browser.cookies
    answer = strict.post("/conta/sair")
    assert (answer.status_code, "Nada foi alterado" in answer.text) == (403, True)
    assert is_in(browser)
