"""The page of a person's connections: what it lists, and how one ends and is renewed."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, User
from openfinance import choices
from openfinance.models import Access, Connection, ConnectionLink, Consent, ManagementLink
from tests import jobs
from tests.openfinance.pages.steps import Journey, again, computer, main, phone
from whatsapp import outbox


@pytest.fixture
def path(alice: User, journey: Journey) -> str:
    link = choices.manage(user=alice, to=alice.phone)
    return f"/conexoes/{outbox.token(link.message)}"


@pytest.fixture
def browser() -> Client:
    return phone()


def sections(page: Any) -> list[str]:
    """Return the headings under which something stands."""
    return [name for name in ("Ativas", "Aguardando", "Encerradas") if f"<h2>{name}" in page.text]


def of(path: str, journey: Journey, act: str) -> str:
    return f"{path}/{journey.connection.pk}/{act}"


def test_who_has_none_is_told_how_to_begin(browser: Client, path: str) -> None:
    page = browser.get(path)
    assert "não conectou nenhum banco" in main(page)
    assert sections(page) == []


def test_an_active_one_says_its_bank_state_beginning_and_end(
    journey: Journey, browser: Client, path: str
) -> None:
    journey.connect(groups=["investments"])
    page = browser.get(path)
    assert sections(page) == ["Ativas"]
    until = timezone.localtime(journey.consent.expires_at)
    assert f"Nubank Ativo Desde {timezone.localtime():%d/%m/%Y}" in main(page)
    assert f"Até {until:%d/%m/%Y}" in main(page)
    assert "Investimentos" in main(page)


def test_one_that_waits_for_the_bank_stands_apart(
    journey: Journey, browser: Client, path: str
) -> None:
    journey.agree()
    page = browser.get(path)
    assert sections(page) == ["Aguardando"]
    assert "Renovar" not in main(page)


def test_what_the_bank_never_authorised_is_not_listed_once_it_is_over(
    journey: Journey, browser: Client, path: str
) -> None:
    journey.come_back(journey.go(journey.agree(), "refuse"))
    assert sections(browser.get(path)) == []


def test_terms_of_before_are_listed_after_a_renewal(
    journey: Journey, browser: Client, path: str
) -> None:
    journey.connect()
    again(journey).connect()
    page = browser.get(path)
    assert (sections(page), page.text.count("Renovado")) == (["Ativas"], 1)


def test_a_term_that_is_over_is_called_so(journey: Journey, browser: Client, path: str) -> None:
    journey.connect()
    Consent.objects.update(
        status="ended", reason="CONSENT_MAX_DATE_REACHED", ended_at=timezone.now()
    )
    page = browser.get(path)
    assert (sections(page), "Nubank Vencido" in main(page)) == (["Encerradas"], True)


def test_a_reason_of_security_is_called_an_end(
    journey: Journey, browser: Client, path: str
) -> None:
    journey.connect()
    Consent.objects.update(
        status="ended", reason="INTERNAL_SECURITY_REASON", ended_at=timezone.now()
    )
    assert "Nubank Encerrado" in main(browser.get(path))


def test_ending_one_says_the_consequences_and_takes_two_taps(
    journey: Journey, browser: Client, path: str
) -> None:
    journey.connect()
    browser.get(path)
    assert "perde o acesso na hora" in main(browser.get(of(path, journey, "desconectar")))
    page = browser.post(of(path, journey, "desconectar"), follow=True)
    assert "Nubank foi desconectado" in main(page)
    assert sections(page) == ["Encerradas"]


def test_ending_one_erases_its_tokens_at_once_and_tells_the_bank(
    journey: Journey, browser: Client, path: str
) -> None:
    journey.connect()
    browser.get(path)
    browser.post(of(path, journey, "desconectar"))
    assert not Access.objects.exists()
    jobs.run_all()
    assert journey.receiver.read(journey.consent.bank_consent_id)["status"] == "REJECTED"


def test_the_audit_says_who_ended_it(journey: Journey, browser: Client, path: str) -> None:
    journey.connect()
    browser.get(path)
    browser.post(of(path, journey, "desconectar"))
    event = AuditEvent.objects.get(act=AuditEvent.Act.REVOCATION_REQUESTED)
    assert (event.actor_kind, event.actor) == ("user", str(journey.link.user_id))


def test_ending_it_twice_does_nothing_more(journey: Journey, browser: Client, path: str) -> None:
    journey.connect()
    browser.get(path)
    for _ in range(2):
        answer = browser.post(of(path, journey, "desconectar"))
    assert answer.status_code == 302
    assert "já está desconectado" in main(browser.get(of(path, journey, "desconectar")))


def test_renewing_leads_to_the_page_of_a_new_consent(
    journey: Journey, browser: Client, path: str
) -> None:
    journey.connect(groups=["exchange"])
    again(journey)
    ConnectionLink.objects.update(expires_at=timezone.now())
    browser.get(path)
    page = browser.post(of(path, journey, "renovar"), follow=True)
    assert "Você já tem uma conexão ativa com Nubank" in main(page)
    assert ConnectionLink.objects.filter(via="renewal").exists()


def test_a_renewal_is_begun_on_a_computer_too(journey: Journey, path: str) -> None:
    journey.connect()
    browser = computer()
    browser.get(path)
    page = browser.post(of(path, journey, "renovar"), follow=True)
    assert "Compartilhar dados de Nubank" in main(page)


def test_who_has_no_plan_any_more_is_told_where_to_ask(
    journey: Journey, browser: Client, path: str, alice: User
) -> None:
    journey.connect()
    alice.subscriptions.all().delete()
    browser.get(path)
    answer = browser.post(of(path, journey, "renovar"))
    assert (answer.status_code, "Não dá para renovar" in main(answer)) == (403, True)


def test_it_belongs_to_the_first_browser_for_a_quarter_of_an_hour(
    browser: Client, path: str
) -> None:
    browser.get(path)
    assert phone().get(path).status_code == 403
    assert browser.get(path).status_code == 200
    ManagementLink.objects.update(opened_at=timezone.now() - timedelta(minutes=15))
    assert browser.get(path).status_code == 404


def test_a_preview_sees_nothing_and_opens_nothing(
    journey: Journey, browser: Client, path: str
) -> None:
    journey.connect()
    page = Client(headers={"User-Agent": "WhatsApp/2.24"}).get(path)
    assert "Nubank" not in main(page)
    assert "Nubank" in main(browser.get(path))


@pytest.mark.parametrize("act", ["desconectar", "renovar"])
def test_another_persons_connection_is_not_there(
    journey: Journey, browser: Client, path: str, bruno: User, act: str
) -> None:
    other = Connection.objects.create(user=bruno, bank=journey.link.bank)
    browser.get(path)
    for pk in (other.pk, uuid.uuid4()):
        answer = browser.post(f"{path}/{pk}/{act}")
        assert (answer.status_code, "Não encontramos" in answer.text) == (404, True)


@pytest.mark.parametrize("act", ["desconectar", "renovar"])
def test_another_browser_ends_and_renews_nothing(
    journey: Journey, browser: Client, path: str, act: str
) -> None:
    journey.connect()
    browser.get(path)
    assert phone().post(of(path, journey, act)).status_code == 403
    assert journey.consent.revocation_requested_at is None


def test_looking_costs_few_statements_however_many_there_are(
    journey: Journey, browser: Client, path: str, django_assert_max_num_queries: Any
) -> None:
    journey.connect()
    again(journey).connect()
    browser.get(path)
    with django_assert_max_num_queries(4):
        browser.get(path)
