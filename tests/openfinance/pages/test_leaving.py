"""The way to the bank, and what is said when there is none."""

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from openfinance.models import Bank, ConnectionLink, Consent
from openfinance.providers import Reason
from tests.openfinance.pages.conftest import Script
from tests.openfinance.pages.scripted import STATE
from tests.openfinance.pages.steps import Journey, address_in, main

DOWN = {"brand": "nubank", "is_down": True}
UP = {"brand": "nubank", "is_down": False}


def test_the_page_goes_on_by_itself_and_has_a_link_besides(journey: Journey) -> None:
    page = journey.agree()
    address = address_in(page)
    assert address.startswith("http://testserver/sandbox-bank/nubank/oauth/authorize?")
    assert page.text.count(address.replace("&", "&amp;")) == 2
    assert "Redirecionando com segurança" in main(page)


def test_no_script_is_needed_and_none_can_run(journey: Journey) -> None:
    page = journey.agree()
    assert "<script" not in page.text
    assert "script-src" not in page["Content-Security-Policy"]


def test_the_audit_says_that_the_person_went_and_from_a_page(journey: Journey) -> None:
    journey.agree()
    event = AuditEvent.objects.filter(act=AuditEvent.Act.BANK_VISITED).get()
    assert (event.actor_kind, event.actor) == ("user", str(journey.link.user_id))
    assert event.channel == "page"


def test_a_bank_that_is_down_has_its_page_and_the_choices_are_kept(journey: Journey) -> None:
    journey.receiver.tell("brands", **DOWN)
    page = journey.agree(groups=["card_bills"])
    assert "Nubank não respondeu agora" in main(page)
    assert f'action="{journey.path}/banco"' in page.text
    assert journey.consent.status == Consent.Status.CREATED


def test_trying_again_goes_on_with_the_same_consent(journey: Journey) -> None:
    journey.receiver.tell("brands", **DOWN)
    journey.agree()
    before = journey.consent
    journey.receiver.tell("brands", **UP)
    page = journey.client.post(f"{journey.path}/banco")
    assert "Pronto!" in main(journey.come_back(journey.go(page)))
    assert journey.consent == before


def test_trying_again_without_anything_agreed_to_leads_to_the_page(journey: Journey) -> None:
    journey.open()
    answer = journey.client.post(f"{journey.path}/banco")
    assert (answer.status_code, answer["Location"]) == (302, journey.path)


def test_a_link_that_was_used_meanwhile_leads_nowhere(journey: Journey) -> None:
    journey.agree()
    ConnectionLink.objects.update(used_at=timezone.now())
    assert journey.client.post(f"{journey.path}/banco").status_code == 410


@pytest.mark.parametrize("reason", ["client_refused", "misconfigured", "wrong_term"])
def test_what_only_staff_can_repair_is_not_to_be_tried_again(
    journey: Journey, script: Script, reason: str
) -> None:
    script(start_fails=reason)
    page = journey.agree()
    assert "O problema é do nosso lado" in main(page)
    assert "Tentar de novo" not in main(page)


def test_a_bank_that_has_none_of_the_data_says_so(journey: Journey, script: Script) -> None:
    script(start_fails=Reason.NOTHING_TO_SHARE)
    page = journey.agree()
    assert "não oferece estes dados" in main(page)
    assert f'href="{journey.path}"' in page.text


def test_a_consent_whose_provider_is_gone_says_so(journey: Journey, script: Script) -> None:
    journey.agree()
    script()
    assert "O problema é do nosso lado" in main(journey.client.post(f"{journey.path}/banco"))


def test_a_widget_is_opened_in_our_page_and_only_it_may_load_its_script(
    journey: Journey, script: Script
) -> None:
    script()
    page = journey.agree()
    policy = page["Content-Security-Policy"]
    assert "script-src 'self' https://cdn.pluggy.ai;" in f"{policy};"
    assert f'data-state="{STATE}"' in page.text
    assert "cdn.pluggy.ai" not in journey.open()["Content-Security-Policy"]


def test_staff_may_take_a_bank_off_the_line_while_somebody_reads(journey: Journey) -> None:
    journey.open()
    Bank.objects.update(provider="")
    assert "Em breve" in main(journey.client.post(journey.path, {"term": "12"}))
