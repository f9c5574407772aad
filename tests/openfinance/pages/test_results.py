"""What a person reads when they are back."""

import pytest
from django.core.signing import TimestampSigner
from django.utils import timezone
from pytest_django import Settings

from openfinance import life
from openfinance.models import Attempt, Consent
from tests.openfinance.pages.conftest import Script
from tests.openfinance.pages.scripted import STATE
from tests.openfinance.pages.steps import Journey, again, main, phone

DOWN = {"brand": "nubank", "is_down": True}


def test_success_says_the_purpose_the_data_the_term_and_the_way_back(
    journey: Journey, settings: Settings
) -> None:
    settings.WHATSAPP_NUMBER = "551140042000"
    page = journey.connect(groups=["investments"], term="3")
    until = timezone.localtime(journey.consent.expires_at)
    assert f"Até {until:%d/%m/%Y}, às {until:%Hh%M} (3 meses)" in main(page)
    assert "Investimentos" in main(page)
    assert "Mostrar seus saldos e gastos" in main(page)
    assert 'href="https://wa.me/551140042000"' in page.text


def test_success_shows_what_the_bank_granted_and_not_what_was_asked(journey: Journey) -> None:
    journey.receiver.tell("brands", brand="nubank", lacks=["card_bills"])
    words = main(journey.connect(groups=["card_bills"]))
    assert "Saldos da conta" in words
    assert "Faturas" not in words


def test_a_term_without_an_end_is_called_so(journey: Journey) -> None:
    assert "Indeterminado" in main(journey.connect(term="indefinite"))


def test_a_refusal_says_that_nothing_was_shared(journey: Journey) -> None:
    page = journey.come_back(journey.go(journey.agree(), "refuse"))
    assert "Consentimento não realizado" in main(page)
    assert f'href="{journey.path}"' in page.text
    assert journey.consent.status == Consent.Status.ENDED


def test_after_a_refusal_the_same_link_goes_on(journey: Journey) -> None:
    journey.come_back(journey.go(journey.agree(), "refuse"))
    assert "Pronto!" in main(journey.connect())


def test_a_bank_that_is_down_on_the_way_back_may_be_tried_again(journey: Journey) -> None:
    returned = journey.go(journey.agree())
    journey.receiver.tell("brands", **DOWN)
    page = journey.come_back(returned)
    assert "Nubank não respondeu agora" in main(page)
    assert "Tentar de novo" in main(page)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("request_expired", "O tempo para autorizar acabou"),
        ("wrong_nonce", "A autorização não foi concluída"),
        ("bank_error", "A autorização não foi concluída"),
        ("client_refused", "O problema é do nosso lado"),
        ("consent_ended", "Consentimento não realizado"),
    ],
)
def test_every_other_end_has_its_words(
    journey: Journey, script: Script, reason: str, words: str
) -> None:
    script(finish_fails=reason)
    journey.agree()
    page = journey.come_back({"state": STATE})
    assert words in main(page)
    assert reason not in page.text


def test_what_was_there_before_still_works_and_the_page_says_so(
    journey: Journey, script: Script
) -> None:
    journey.connect()
    before = journey.consent
    script(finish_fails="refused")
    renewal = again(journey)
    renewal.agree()
    page = renewal.come_back({"state": STATE})
    assert "A conexão que você já tinha com Nubank continua ativa" in main(page)
    before.refresh_from_db()
    assert before.status == Consent.Status.AUTHORISED


def test_loading_it_again_shows_how_it_is_then(journey: Journey) -> None:
    page = journey.connect()
    address = page.request["PATH_INFO"]
    assert "Pronto!" in main(phone().get(address))
    life.revoke(connection=journey.connection)
    assert "Esta conexão foi encerrada" in main(phone().get(address))


def test_an_answer_that_is_still_checked_is_shown_as_that(journey: Journey) -> None:
    address = journey.connect().request["PATH_INFO"]
    Consent.objects.update(status=Consent.Status.AWAITING)
    page = phone().get(address)
    assert "Estamos conferindo com Nubank" in main(page)
    assert "Ver se já terminou" in main(page)


def test_after_half_an_hour_it_is_not_there_any_more(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now().timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now - 1801)
    address = journey.connect().request["PATH_INFO"]
    monkeypatch.undo()
    answer = phone().get(address)
    assert (answer.status_code, "não está mais aqui" in main(answer)) == (404, True)


def test_an_address_that_was_made_up_shows_nothing(journey: Journey) -> None:
    journey.connect()
    key = Attempt.objects.get().pk.hex
    forged = TimestampSigner(salt="another").sign(key)
    for address in (key, forged, "x", f"{key}:x:y"):
        assert phone().get(f"/conectar/resultado/{address}").status_code == 404
