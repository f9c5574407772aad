"""What is kept of a yes: what was read, what was chosen, when and from where."""

import hashlib

import pytest
from django.db import connection
from pytest_django import Settings

from accounts import sealed
from openfinance.models import Consent, ConsentText
from openfinance.permissions import Group
from tests.openfinance.pages.steps import ANDROID, Journey
from tests.openfinance.sandbox_bank.receiver import ALICE


def test_the_words_are_kept_as_they_were_shown_with_what_was_chosen(journey: Journey) -> None:
    journey.agree(groups=["investments"], term="6")
    lines = journey.consent.text.text.split("\n")
    assert "[x] Investimentos" in lines
    assert "[ ] Câmbio" in lines
    assert [line for line in lines if line.startswith("[x] 6 meses até ")]
    assert "Continuar no Nubank" in lines


def test_the_words_are_named_by_their_hash(journey: Journey) -> None:
    journey.agree()
    text = journey.consent.text
    assert text.digest == hashlib.sha256(text.text.encode()).hexdigest()


def test_a_mistake_before_is_no_part_of_the_words(journey: Journey) -> None:
    journey.agree(cpf="1")
    journey.agree()
    text = journey.consent.text.text
    assert "Falta pouco" not in text
    assert "não bate" not in text


def test_the_same_words_are_one_text(journey: Journey) -> None:
    for term in ("12", "3", "6", "3"):
        journey.agree(term=term)
    assert Consent.objects.count() == 4
    assert ConsentText.objects.count() == 3


def test_what_is_necessary_goes_with_what_was_ticked(journey: Journey) -> None:
    journey.agree(groups=["exchange"], term="indefinite")
    consent = journey.consent
    assert set(consent.groups) == {Group.BALANCES, Group.TRANSACTIONS, Group.EXCHANGE}
    assert (consent.term_months, consent.expires_at) == (None, None)


def test_it_says_from_where(journey: Journey, settings: Settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    type(journey.link.message).objects.update(whatsapp_id="wamid.1")
    journey.client.defaults["HTTP_X_FORWARDED_FOR"] = "2001:db8::1:2:3"
    journey.agree()
    consent = journey.consent
    assert (consent.address, consent.user_agent) == ("2001:db8::1:2:3", ANDROID)
    assert (consent.channel, consent.whatsapp_message_id) == ("whatsapp", "wamid.1")


def test_the_cpf_is_sealed_and_found_by_its_index_only(journey: Journey) -> None:
    journey.agree()
    consent = journey.consent
    assert sealed.reveal(consent, "cpf", user=journey.link.user_id, purpose="test") == ALICE
    assert len(consent.cpf_index) == 64
    assert ALICE not in consent.text.text


def test_a_second_tap_agrees_to_nothing_new(journey: Journey) -> None:
    journey.agree()
    journey.agree()
    assert Consent.objects.count() == 1


@pytest.mark.parametrize("table", ["openfinance_consent", "openfinance_attempt"])
def test_no_row_shows_the_cpf(journey: Journey, table: str) -> None:
    journey.agree()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT row_to_json(t)::text FROM {table} t")
        assert ALICE not in str(cursor.fetchall())
