"""The link by e-mail: who gets one, what it opens, and how often."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, SignInLink, User
from pierre.privacy import retention
from pierre.self_service import links
from tests import jobs
from tests.pierre.self_service.people import ENTER, is_in, last_link, main


@pytest.fixture
def client() -> Client:
    return Client()


def ask(client: Client, email: str) -> Any:
    return client.post(ENTER, {"email": email})


def test_a_worker_mails_it_to_whose_address_it_is(client: Client, alice: User) -> None:
    answer = ask(client, "ALICE@Example.com")
    jobs.run_all()
    (letter,) = mail.outbox
    assert (answer["Location"], letter.to) == (f"{ENTER}/enviado", [alice.email])
    assert f"https://connect.example{last_link()}" in letter.body


def test_an_address_that_is_nobodys_gets_the_same_answer_and_no_mail(
    client: Client, alice: User
) -> None:
    answers = [ask(client, email) for email in (alice.email, "nobody@example.com")]
    jobs.run_all()
    assert {(x.status_code, x["Location"], x.text) for x in answers} == {
        (302, f"{ENTER}/enviado", "")
    }
    assert [letter.to for letter in mail.outbox] == [[alice.email]]


def test_asking_costs_the_same_statements_whoever_is_asked_for(client: Client, alice: User) -> None:
    counts: list[list[str]] = []
    for email in (alice.email, "nobody@example.com"):
        with CaptureQueriesContext(connection) as queries:
            ask(Client(REMOTE_ADDR=f"192.0.2.{len(counts)}"), email)
        counts.append([query["sql"].split(" ", 1)[0] for query in queries])
    assert counts[0] == counts[1]


@pytest.mark.parametrize("email", ["", "alice", "alice@", "a b@example.com", "a@b.c\nBcc: x@y.z"])
def test_what_is_no_address_is_said_so(client: Client, email: str) -> None:
    answer = ask(client, email)
    assert (answer.status_code, "Confira o e-mail" in answer.text) == (422, True)
    assert not SignInLink.objects.exists()


def test_looking_at_it_uses_nothing_up_and_says_whose_it_is_by_half(
    client: Client, alice: User
) -> None:
    ask(client, alice.email)
    for _ in range(2):
        page = client.get(last_link())
        assert "a•••@example.com" in main(page)
        assert alice.email not in page.text
    assert not is_in(client)


def test_its_button_lets_the_person_in_on_any_device(client: Client, alice: User) -> None:
    ask(client, alice.email)
    elsewhere = Client()
    assert elsewhere.post(last_link())["Location"] == "/conta"
    assert (is_in(elsewhere), is_in(client)) == (True, False)


def test_the_audit_says_who_came_in_how_and_from_where(client: Client, alice: User) -> None:
    ask(client, alice.email)
    client.post(last_link(), headers={"User-Agent": "A browser"})
    event = AuditEvent.objects.get(act=AuditEvent.Act.SIGNED_IN)
    assert (event.user_id, event.actor_kind, event.actor) == (alice.pk, "user", str(alice.pk))
    assert (event.result, event.channel) == ("link", "page")
    assert event.place.user_agent == "A browser"


def test_it_is_good_once(client: Client, alice: User) -> None:
    ask(client, alice.email)
    client.post(last_link())
    answer = Client().post(last_link())
    assert (answer.status_code, "não vale mais" in main(answer)) == (410, True)
    assert AuditEvent.objects.filter(
        act=AuditEvent.Act.SIGN_IN_REFUSED, user=alice, result="link_over"
    ).exists()


def test_using_one_ends_the_others(client: Client, alice: User) -> None:
    ask(client, alice.email)
    first = last_link()
    ask(client, alice.email)
    client.post(last_link())
    assert Client().get(first).status_code == 410


def test_it_is_good_for_a_quarter_of_an_hour(client: Client, alice: User) -> None:
    ask(client, alice.email)
    SignInLink.objects.update(expires_at=timezone.now())
    assert client.get(last_link()).status_code == 410
    assert client.post(last_link()).status_code == 410


def test_one_that_is_over_is_not_mailed(client: Client, alice: User) -> None:
    ask(client, alice.email)
    SignInLink.objects.update(expires_at=timezone.now())
    jobs.run_all()
    assert mail.outbox == []


@pytest.mark.parametrize("token", ["x", "ç", "A" * 32, "%00"])
def test_one_that_never_was_is_told_as_one_that_is_over(client: Client, token: str) -> None:
    for answer in (client.get(f"{ENTER}/link/{token}"), client.post(f"{ENTER}/link/{token}")):
        assert (answer.status_code, "não vale mais" in main(answer)) == (410, True)


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"email": "other@example.com"}, {"password": "new"}]
)
def test_it_ends_when_the_person_is_reached_or_known_by_other_means(
    client: Client, alice: User, change: dict[str, object]
) -> None:
    ask(client, alice.email)
    User.objects.filter(pk=alice.pk).update(**change)
    assert client.get(last_link()).status_code == 410
    assert client.post(last_link()).status_code == 410


def test_who_is_inactive_is_mailed_nothing(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert ask(client, alice.email).status_code == 302
    jobs.run_all()
    assert mail.outbox == []


def test_its_token_is_in_no_row(client: Client, alice: User) -> None:
    ask(client, alice.email)
    token = last_link().rpartition("/")[2]
    row = SignInLink.objects.values().get()
    assert token not in str(row)
    assert token not in str(jobs.waiting())


def test_a_mail_server_that_refuses_names_nobody(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object, messages: list[Any]) -> int:
        raise SMTPRecipientsRefused({messages[0].to[0]: (550, b"no such user")})

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", refuse)
    ask(client, alice.email)
    with pytest.raises(links.NotMailed) as raised:
        jobs.run_all()
    assert str(raised.value) == "SMTPRecipientsRefused"
    assert raised.value.__suppress_context__


def test_a_name_puts_nothing_of_its_own_into_the_mail(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(name="Alice\r\nhttps://evil.example & Co")
    ask(client, alice.email)
    jobs.run_all()
    assert mail.outbox[0].body.startswith("Olá, Alice.\n")


def test_what_is_over_goes_with_the_other_links(client: Client, alice: User) -> None:
    for days in (179, 181):
        ask(client, alice.email)
        link = SignInLink.objects.latest("created_at")
        before = timezone.now() - timedelta(days=days)
        SignInLink.objects.filter(pk=link.pk).update(created_at=before, expires_at=before)
    retention.apply()
    assert SignInLink.objects.count() == 1


def test_an_address_gets_so_many_an_hour_whoever_asks(
    client: Client, alice: User, settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_RATE = "2/h"
    for email in (alice.email, "nobody@example.com"):
        answers = [ask(Client(REMOTE_ADDR=f"192.0.2.{n}"), email) for n in range(3)]
        assert [answer.status_code for answer in answers] == [302, 302, 429]
        assert 0 < int(answers[2]["Retry-After"]) <= 3601
        assert "tente de novo" in main(answers[2])


def test_one_place_tries_so_often_an_hour(client: Client, alice: User, settings: Settings) -> None:
    settings.ACCOUNT_ADDRESS_RATE = "2/h"
    answers = [ask(client, f"{n}@example.com") for n in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert client.post(last_link()).status_code == 429
    assert Client(REMOTE_ADDR="192.0.2.7").post(last_link()).status_code == 410
