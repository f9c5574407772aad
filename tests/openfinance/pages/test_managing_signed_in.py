"""The list of connections among a person's own pages, without a link from the chat."""

import uuid

import pytest
from django.test import Client

from accounts.models import AuditEvent, User
from openfinance.models import Access, Connection
from tests.openfinance.pages.steps import ANDROID, Journey, main
from tests.pierre.self_service.people import enter

LIST = "/conta/conexoes"


@pytest.fixture
def browser(alice: User, journey: Journey) -> Client:
    client = enter(alice)
    client.defaults["HTTP_USER_AGENT"] = ANDROID
    return client


def test_it_lists_them_and_leads_back_to_the_account(browser: Client, journey: Journey) -> None:
    journey.connect()
    page = browser.get(LIST)
    assert "Nubank Ativo" in main(page)
    assert ("Voltar à minha conta" in page.text, "poucos minutos" in page.text) == (True, False)
    assert "1 banco conectado" in main(browser.get("/conta"))


def test_one_is_ended_there_by_its_person(browser: Client, journey: Journey, alice: User) -> None:
    journey.connect()
    path = f"{LIST}/{journey.connection.pk}/desconectar"
    assert "perde o acesso na hora" in main(browser.get(path))
    page = browser.post(path, follow=True)
    assert (page.request["PATH_INFO"], "foi desconectado" in main(page)) == (LIST, True)
    assert not Access.objects.exists()
    event = AuditEvent.objects.get(act=AuditEvent.Act.REVOCATION_REQUESTED)
    assert (event.actor_kind, event.actor) == ("user", str(alice.pk))


def test_one_is_renewed_from_there(browser: Client, journey: Journey) -> None:
    journey.connect()
    page = browser.post(f"{LIST}/{journey.connection.pk}/renovar", follow=True)
    assert "Você já tem uma conexão ativa com Nubank" in main(page)


@pytest.mark.parametrize("act", ["desconectar", "renovar"])
def test_another_persons_is_not_there(
    browser: Client, journey: Journey, bruno: User, act: str
) -> None:
    theirs = Connection.objects.create(user=bruno, bank=journey.link.bank)
    answers = [browser.post(f"{LIST}/{pk}/{act}") for pk in (theirs.pk, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text
