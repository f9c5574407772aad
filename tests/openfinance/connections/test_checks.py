"""What happens at the bank without us is found out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from openfinance import checks
from openfinance.models import Access, Attempt, Bank, Consent
from tests import jobs
from tests.openfinance.connections.bank import Bank as SandboxBank
from tests.openfinance.connections.people import Trip, fresh, is_due, run_jobs


def look(*consents: Consent) -> int:
    is_due(*consents)
    count = checks.check()
    run_jobs()
    return count


@pytest.mark.parametrize(
    "reason", ["CUSTOMER_MANUALLY_REVOKED", "CONSENT_MAX_DATE_REACHED", "INTERNAL_SECURITY_REASON"]
)
def test_what_the_bank_ended_ends_here_for_its_reason_and_is_told_once(
    hers: Trip, bank: SandboxBank, reason: str
) -> None:
    consent = hers.connects()
    bank.reject(consent.bank_consent_id, reason)
    assert (look(consent), look(consent)) == (1, 0)
    assert (fresh(consent).reason, Access.objects.count()) == (reason, 0)
    assert hers.told() == ["connected", "ended"]


def test_a_consent_that_the_bank_forgot_is_over(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.connects()
    bank.rows().delete()
    look(consent)
    assert fresh(consent).reason == "CONSENT_TECHNICAL_ISSUE"


def test_a_consent_that_stands_is_asked_about_again_hours_later(hers: Trip) -> None:
    consent = hers.connects()
    look(consent)
    due = fresh(consent).check_due_at
    assert due
    assert due > timezone.now() + timedelta(hours=5)
    assert (fresh(consent).status, checks.check()) == ("authorised", 0)


def test_a_bank_that_is_down_is_asked_later_and_ends_nothing(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.connects()
    bank.faults["read"] = "down"
    look(consent)
    due = fresh(consent).check_due_at
    assert due
    assert due < timezone.now() + timedelta(hours=2)
    assert fresh(consent).status == "authorised"


def test_a_consent_without_a_provider_is_kept(hers: Trip) -> None:
    consent = hers.connects()
    Consent.objects.update(provider="gone")
    look(consent)
    assert fresh(consent).status == "authorised"


def test_a_shorter_term_at_the_bank_is_ours_too(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.connects()
    sooner = (timezone.now() + timedelta(days=3)).replace(microsecond=0)
    bank.rows().update(expires_at=sooner)
    look(consent)
    assert fresh(consent).expires_at == sooner


def test_who_did_not_answer_at_the_bank_has_not_connected(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.agrees()
    hers.goes(consent)
    (at_bank,) = bank.granted()
    bank.reject(at_bank, "CONSENT_EXPIRED")
    look(consent)
    assert (fresh(consent).reason, hers.told()) == ("CONSENT_EXPIRED", [])


def test_one_that_still_awaits_at_the_bank_is_left(hers: Trip) -> None:
    consent = hers.agrees()
    hers.goes(consent)
    look(consent)
    assert fresh(consent).status == "awaiting"


def test_who_approved_and_did_not_come_back_keeps_nothing_granted(
    hers: Trip, bank: SandboxBank
) -> None:
    consent = hers.agrees()
    bank.approve(hers.goes(consent))
    look(consent)
    assert (fresh(consent).reason, bank.granted()) == ("CONSENT_TECHNICAL_ISSUE", set())


def test_who_is_being_received_is_not_taken_for_lost(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.agrees()
    bank.approve(hers.goes(consent))
    Attempt.objects.update(returned_at=timezone.now())
    look(consent)
    assert (fresh(consent).status, len(bank.granted())) == ("awaiting", 1)


def test_an_agreement_that_was_never_sent_is_given_up(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.agrees()
    assert checks.check() == 0
    look(consent)
    assert (fresh(consent).reason, bank.calls) == ("NEVER_SENT", [])


def test_a_trip_during_which_the_bank_makes_the_consent_is_waited_for(hers: Trip) -> None:
    Bank.objects.update(provider="pluggy")
    consent = hers.agrees()
    hers.goes(consent)
    look(consent)
    assert fresh(consent).status == "created"
    Attempt.objects.update(expires_at=timezone.now())
    look(consent)
    assert fresh(consent).reason == "CONSENT_EXPIRED"


def test_a_look_whose_worker_died_comes_again(hers: Trip) -> None:
    consent = hers.connects()
    is_due(consent)
    assert (checks.check(), checks.check()) == (1, 0)
    assert [name for name, _ in jobs.waiting()].count("openfinance.tasks.look") == 1
    is_due(consent)
    assert checks.check() == 1


def test_a_look_at_what_is_over_asks_nobody(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.connects()
    Consent.objects.update(status="ended", ended_at=timezone.now())
    calls = list(bank.calls)
    checks.look(consent.pk)
    assert bank.calls == calls
