"""From the link to the bank and back to the result."""

from openfinance.models import Consent
from tests.openfinance.pages.steps import Journey, main

Status = Consent.Status


def test_a_person_who_agrees_and_approves_is_connected(journey: Journey) -> None:
    result = journey.connect()
    assert "Pronto! Nubank está conectado" in main(result)
    assert journey.consent.status == Status.AUTHORISED
