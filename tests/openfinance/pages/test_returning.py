"""The way back: by query or fragment, in any browser, once."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from openfinance.models import Attempt, Consent
from tests.openfinance.pages.conftest import Script
from tests.openfinance.pages.scripted import STATE
from tests.openfinance.pages.steps import Journey, main, phone

RETURN = "/conectar/retorno"


def posted(returned: dict[str, str], *, client: Client | None = None) -> Any:
    """Send a fragment as the script of the page does."""
    browser = client or phone()
    return browser.post(RETURN, {"returned": urlencode(returned)}, follow=True)


def status(journey: Journey) -> str:
    return str(journey.consent.status)


def test_the_query_needs_no_script(journey: Journey) -> None:
    returned = journey.go(journey.agree())
    answer = journey.client.get(f"{RETURN}?{urlencode(returned)}")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/conectar/resultado/")


def test_a_fragment_is_posted_by_a_script_of_ours(journey: Journey) -> None:
    page = phone().get(RETURN)
    assert '<script src="/static/openfinance/returning.js" defer>' in page.text
    assert "<noscript>" in page.text
    assert "Pronto!" in main(posted(journey.go(journey.agree())))


def test_another_browser_may_bring_it_without_any_cookie(journey: Journey) -> None:
    returned = journey.go(journey.agree())
    stranger = Client(headers={"User-Agent": "Mozilla/5.0"}, enforce_csrf_checks=True)
    assert "Pronto!" in main(posted(returned, client=stranger))


def test_it_is_taken_once(journey: Journey) -> None:
    returned = journey.go(journey.agree())
    journey.come_back(returned)
    answer = journey.come_back(returned, client=phone())
    assert (answer.status_code, "Já recebemos esta resposta" in main(answer)) == (410, True)
    assert "Nubank" not in main(answer)


def test_who_comes_too_late_has_lost_nothing(journey: Journey) -> None:
    returned = journey.go(journey.agree())
    Attempt.objects.update(expires_at=timezone.now())
    assert "O tempo para responder acabou" in main(journey.come_back(returned))


@pytest.mark.parametrize(
    "query", ["state=x&code=y", "state=", "state=%00", "state=%ED%A0%80", "state=" + "x" * 5000]
)
@pytest.mark.django_db
def test_an_unknown_return_says_so(query: str) -> None:
    answer = phone().get(f"{RETURN}?{query}")
    assert (answer.status_code, "Não reconhecemos esta resposta" in main(answer)) == (410, True)


@pytest.mark.parametrize("body", ["", "#", "x", "&" * 100, "state=%ED%A0%80"])
@pytest.mark.django_db
def test_an_unreadable_fragment_says_so(body: str) -> None:
    answer = phone().post(RETURN, {"returned": body})
    assert "Não reconhecemos esta resposta" in main(answer)


def test_a_parameter_that_comes_twice_is_nobodys_answer(journey: Journey) -> None:
    returned = urlencode(journey.go(journey.agree()))
    answer = phone().post(RETURN, {"returned": f"{returned}&code=another"})
    assert "Não reconhecemos esta resposta" in main(answer)
    assert status(journey) == Consent.Status.AWAITING


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch"}, {"User-Agent": "curl/8"}])
def test_whatever_looks_before_the_person_uses_nothing_up(
    journey: Journey, headers: dict[str, str]
) -> None:
    returned = journey.go(journey.agree())
    phone().get(f"{RETURN}?{urlencode(returned)}", headers=headers)
    assert status(journey) == Consent.Status.AWAITING
    assert "Pronto!" in main(journey.come_back(returned))


def test_it_leads_to_no_address_but_our_own(journey: Journey) -> None:
    returned = journey.go(journey.agree())
    answer = phone().post(RETURN, {"returned": urlencode(returned), "next": "https://evil.example"})
    assert answer["Location"].startswith("/conectar/resultado/")


def test_a_provider_that_is_gone_keeps_the_return_for_later(
    journey: Journey, script: Script
) -> None:
    returned = journey.go(journey.agree())
    script()
    assert journey.come_back(returned).status_code == 503
    assert Attempt.objects.get().returned_at is None


def test_a_widgets_answer_comes_the_same_way(journey: Journey, script: Script) -> None:
    script()
    journey.agree()
    answer = posted({"state": STATE, "item_id": "5f0d6c3e-0000-4000-8000-000000000000"})
    assert "está conectado" in main(answer)
