"""What a person revokes gives no access from then on, and ends at the bank whatever happens."""

from datetime import timedelta

import pytest
from django.utils import timezone

from openfinance import accesses, checks, life, tasks, terms, trips
from openfinance.models import Access, Attempt, Bank, Consent
from openfinance.providers import ProviderError
from tests import jobs
from tests.openfinance.connections.bank import Bank as SandboxBank
from tests.openfinance.connections.bank import Killed
from tests.openfinance.connections.people import Trip, fresh, is_due, run_jobs


def revoke(hers: Trip) -> list[Consent]:
    return life.revoke(connection=hers.connection())


def an_hour_later() -> None:
    Consent.objects.exclude(revocation_requested_at=None).update(
        revocation_requested_at=timezone.now() - timedelta(hours=1)
    )


def test_the_tokens_are_gone_at_once_and_the_bank_follows(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.connects()
    assert revoke(hers) == [consent]
    assert (Access.objects.count(), fresh(consent).status) == (0, "authorised")
    run_jobs()
    assert (fresh(consent).reason, bank.granted()) == ("CUSTOMER_MANUALLY_REVOKED", set())
    assert hers.told() == ["connected", "ended"]


def test_revoking_twice_is_revoking_once(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.connects()
    revoke(hers)
    assert revoke(hers) == []
    run_jobs()
    assert revoke(hers) == []
    life.tell_bank(consent.pk)
    assert (bank.calls.count("delete"), hers.told()) == (1, ["connected", "ended"])


def test_a_bank_that_is_down_is_told_until_it_answers(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.connects()
    revoke(hers)
    bank.faults["delete"] = "down"
    with pytest.raises(ProviderError):
        run_jobs()
    assert (fresh(consent).revoked_at_bank_at, hers.told()) == (None, ["connected"])
    assert life.remind_banks() == 0  # it is too early
    an_hour_later()
    assert (life.remind_banks(), life.remind_banks()) == (1, 0)
    bank.faults.clear()
    run_jobs()
    assert (bank.granted(), hers.told()) == (set(), ["connected", "ended"])


def test_the_bank_is_told_for_weeks(hers: Trip) -> None:
    job = type("Job", (), {"attempts": 600})()
    decision = tasks._PATIENT.get_retry_decision(exception=OSError(), job=job)
    assert decision


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_killed_on_the_way_is_made_up_for(
    hers: Trip, bank: SandboxBank, moment: str
) -> None:
    consent = hers.connects()
    revoke(hers)
    bank.deaths.append(("delete", moment))
    with pytest.raises(Killed):
        run_jobs()
    bank.deaths.clear()
    an_hour_later()
    life.remind_banks()
    run_jobs()
    assert (fresh(consent).status, bank.granted()) == ("ended", set())


def test_who_revokes_while_at_the_bank_comes_back_to_nothing(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.agrees()
    state = hers.goes(consent)
    revoke(hers)
    assert Attempt.objects.get().remembered is None
    returned = bank.approve(state)
    with pytest.raises(trips.UnknownReturn):
        trips.finish(state=state, returned=returned)
    run_jobs()
    assert (fresh(consent).status, bank.granted()) == ("ended", set())
    assert hers.told() == []


def test_what_the_bank_makes_only_during_the_trip_is_given_back_on_return(
    hers: Trip, bank: SandboxBank
) -> None:
    Bank.objects.update(provider="pluggy")
    consent = hers.agrees()
    state = hers.goes(consent)
    revoke(hers)
    assert fresh(consent).status == "ended"
    assert hers.approves(state).status == "ended"
    run_jobs()
    assert (bank.granted(), Access.objects.count()) == (set(), 0)


@pytest.mark.parametrize("provider", ["sandbox", "pluggy"])
@pytest.mark.parametrize("call", ["token", "read"])
def test_who_revokes_during_the_return_keeps_nothing(
    hers: Trip, bank: SandboxBank, call: str, provider: str
) -> None:
    Bank.objects.update(provider=provider)
    consent = hers.agrees()
    state = hers.goes(consent)
    returned = bank.approve(state)
    bank.meanwhile[call] = lambda: revoke(hers)
    trips.finish(state=state, returned=returned)
    run_jobs()
    assert (fresh(consent).status, fresh(consent).reason) == ("ended", "CUSTOMER_MANUALLY_REVOKED")
    assert (bank.granted(), Access.objects.count()) == (set(), 0)


def test_a_bank_that_is_told_during_the_return_grants_nothing(
    hers: Trip, bank: SandboxBank
) -> None:
    consent = hers.agrees()
    state = hers.goes(consent)
    returned = bank.approve(state)

    def revoked_and_told() -> None:
        revoke(hers)
        life.tell_bank(consent.pk)

    bank.meanwhile["read"] = revoked_and_told
    with pytest.raises(ProviderError):
        trips.finish(state=state, returned=returned)
    run_jobs()
    assert (bank.granted(), Access.objects.count()) == (set(), 0)
    assert (fresh(consent).reason, hers.told()) == ("CUSTOMER_MANUALLY_REVOKED", [])


@pytest.mark.parametrize("call", ["create", "login"])
def test_who_revokes_during_the_start_is_not_sent_to_the_bank(
    hers: Trip, bank: SandboxBank, call: str
) -> None:
    consent = hers.agrees()
    bank.meanwhile[call] = lambda: revoke(hers)
    with pytest.raises(ProviderError):
        hers.goes(consent)
    run_jobs()
    assert (fresh(consent).status, bank.granted()) == ("ended", set())
    assert Attempt.objects.count() == 0


def test_who_revokes_while_tokens_are_renewed_keeps_none(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.connects()
    Access.objects.update(access_expires_at=timezone.now())
    bank.meanwhile["refresh"] = lambda: revoke(hers)
    with pytest.raises(accesses.NoAccess):
        accesses.token(consent, purpose="test")
    run_jobs()
    assert (Access.objects.count(), bank.granted()) == (0, set())


def test_revoking_during_a_renewal_ends_both(hers: Trip, bank: SandboxBank) -> None:
    hers.connects()
    hers.goes(hers.agrees())
    assert len(revoke(hers)) == 2
    run_jobs()
    assert bank.granted() == set()
    assert set(Consent.objects.values_list("status", flat=True)) == {"ended"}


def test_who_connects_again_before_the_bank_knows_is_connected(
    hers: Trip, bank: SandboxBank
) -> None:
    old = hers.connects()
    revoke(hers)
    new = hers.connects()
    run_jobs()
    assert new.renews is None
    assert (fresh(old).reason, fresh(new).status) == ("CUSTOMER_MANUALLY_REVOKED", "authorised")
    assert bank.authorised() == {new.bank_consent_id}


def test_whoever_ends_it_first_what_a_person_revoked_was_revoked_by_them(
    hers: Trip, bank: SandboxBank
) -> None:
    consent = hers.connects()
    revoke(hers)
    assert consent.expires_at
    terms.expire(now=consent.expires_at)
    assert fresh(consent).reason == "CUSTOMER_MANUALLY_REVOKED"
    run_jobs()
    assert bank.granted() == set()


def test_what_was_revoked_is_not_asked_about(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.connects()
    revoke(hers)
    is_due(consent)
    assert checks.check() == 0
    assert [name for name, _ in jobs.waiting()].count("openfinance.tasks.look") == 0


def test_what_was_agreed_to_later_is_spared(hers: Trip) -> None:
    consent = hers.connects()
    before = consent.agreed_at - timedelta(seconds=1)
    assert life.revoke(connection=hers.connection(), agreed_until=before) == []
    assert life.revoke(connection=hers.connection(), agreed_until=consent.agreed_at) == [consent]
