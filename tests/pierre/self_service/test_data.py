"""A person takes a copy of their data, and has them erased."""

import io
import zipfile

from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEvent, User
from tests.pierre.self_service.people import enter, is_in, main

COPY, ERASE = "/conta/dados/copia", "/conta/dados/excluir"


def test_the_copy_is_one_archive_about_the_person(browser: Client, alice: User) -> None:
    answer = browser.post(COPY)
    assert answer["Content-Disposition"] == 'attachment; filename="meus-dados.zip"'
    assert answer["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:  # type: ignore[attr-defined]
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert alice.email.encode() in everything


def test_looking_at_the_page_copies_nothing(browser: Client) -> None:
    browser.get(COPY)
    assert not AuditEvent.objects.filter(act=AuditEvent.Act.DATA_EXPORTED).exists()


def test_the_audit_says_that_the_person_took_it(browser: Client, alice: User) -> None:
    b"".join(browser.post(COPY).streaming_content)  # type: ignore[attr-defined]
    event = AuditEvent.objects.get(act=AuditEvent.Act.DATA_EXPORTED)
    assert (event.user_id, event.actor_kind, event.actor) == (alice.pk, "user", str(alice.pk))


def test_a_person_takes_so_many_a_day(browser: Client, settings: Settings) -> None:
    settings.ACCOUNT_COPY_RATE = "1/d"
    answers = [browser.post(COPY) for _ in range(2)]
    for answer in answers:
        answer.close()
    assert [answer.status_code for answer in answers] == [200, 429]


def test_erasure_says_what_goes_and_what_the_law_keeps(browser: Client) -> None:
    page = main(browser.get(ERASE))
    assert "O que a lei manda guardar" in page
    assert "por 5 anos" in page


def test_another_word_erases_nothing(browser: Client, alice: User) -> None:
    for word in ("", "sim", "EXCLUI"):
        assert browser.post(ERASE, {"word": word}).status_code == 422
    alice.refresh_from_db()
    assert (alice.is_active, is_in(browser)) == (True, True)


def test_the_word_ends_the_account_in_every_browser(browser: Client, alice: User) -> None:
    elsewhere = enter(alice)
    answer = browser.post(ERASE, {"word": "excluir"})
    assert "Sua conta foi encerrada" in main(answer)
    alice.refresh_from_db()
    assert (alice.is_active, is_in(browser), is_in(elsewhere)) == (False, False, False)
    assert AuditEvent.objects.filter(act=AuditEvent.Act.ERASURE_REQUESTED, user=alice).exists()


def test_somebody_of_the_staff_is_told_who_to_ask(browser: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    answer = browser.post(ERASE, {"word": "EXCLUIR"})
    assert (answer.status_code, "conta é da equipe" in main(answer)) == (409, True)
    assert is_in(browser)
