"""To the bank and back: what is granted is stored once, and nothing else ever."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from openfinance import checks, consents, life, trips
from openfinance.models import Access, Attempt, Bank, Consent
from openfinance.providers import ProviderError, Reason
from tests.openfinance.connections import late
from tests.openfinance.connections.bank import Bank as SandboxBank
from tests.openfinance.connections.bank import Killed
from tests.openfinance.connections.people import Trip, fresh, is_due, run_jobs
from whatsapp.exceptions import InsideTransaction


def test_a_person_connects_their_bank(hers: Trip, bank: SandboxBank) -> None:
    consent = fresh(hers.connects())
    assert (consent.status, {consent.bank_consent_id}) == ("authorised", bank.authorised())
    assert consent.granted_permissions == consent.requested_permissions
    assert [event.status for event in consent.events.all()] == ["created", "awaiting", "authorised"]
    assert Access.objects.filter(consent=consent).exists()
    assert hers.told() == ["connected"]


def test_the_bank_may_grant_less_but_never_more(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.agrees()
    state = hers.goes(consent)
    returned = bank.approve(state)
    bank.rows().update(permissions=["ACCOUNTS_READ", "EXCHANGES_READ"], expires_at=None)
    consent = fresh(trips.finish(state=state, returned=returned))
    assert consent.granted_permissions == ["ACCOUNTS_READ"]
    assert consent.expires_at == consents.ends_at(months=12, now=consent.agreed_at)


def test_a_second_trip_goes_on_with_the_same_consent(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.agrees()
    first, second = hers.goes(consent), hers.goes(consent)
    assert (first != second, bank.rows().count()) == (True, 1)
    assert hers.approves(first).status == "authorised"


def test_a_return_counts_once(hers: Trip, bank: SandboxBank) -> None:
    state = hers.goes(hers.agrees())
    returned = bank.approve(state)
    trips.finish(state=state, returned=returned)
    with pytest.raises(trips.UnknownReturn) as unknown:
        trips.finish(state=state, returned=returned)
    assert unknown.value.attempt == Attempt.objects.get()
    assert bank.calls.count("token") == 1


def test_a_return_that_nobody_waits_for_is_refused(hers: Trip) -> None:
    hers.goes(hers.agrees())
    with pytest.raises(trips.UnknownReturn) as unknown:
        trips.finish(state="state-of-nobody", returned={"code": "x"})
    assert unknown.value.attempt is None


def test_a_return_after_its_time_is_refused_and_its_secrets_are_erased(
    hers: Trip, bank: SandboxBank
) -> None:
    state = hers.goes(hers.agrees())
    Attempt.objects.update(expires_at=timezone.now())
    with pytest.raises(trips.UnknownReturn):
        hers.approves(state)
    assert (trips.forget(), trips.forget()) == (1, 0)
    assert Attempt.objects.get().remembered is None
    assert "token" not in bank.calls


def test_who_approves_in_one_tab_and_refuses_in_another_stays_connected(hers: Trip) -> None:
    consent = hers.agrees()
    first, second = hers.goes(consent), hers.goes(consent)
    hers.approves(first)
    with pytest.raises(ProviderError):
        hers.refuses(second)
    assert fresh(consent).status == "authorised"
    assert Access.objects.count() == 1
    assert hers.told() == ["connected"]


def test_a_refusal_ends_the_consent_and_is_told_once(hers: Trip, bank: SandboxBank) -> None:
    consent = hers.agrees()
    state = hers.goes(consent)
    with pytest.raises(ProviderError) as refused:
        hers.refuses(state)
    assert refused.value.reason is Reason.REFUSED
    assert (fresh(consent).reason, hers.told()) == ("CUSTOMER_MANUALLY_REJECTED", ["refused"])
    assert (bank.granted(), Attempt.objects.get().outcome) == (set(), "refused")


def test_a_refusal_that_leaves_the_consent_open_at_the_bank_closes_it(
    hers: Trip, bank: SandboxBank
) -> None:
    state = hers.goes(hers.agrees())
    with pytest.raises(ProviderError):
        trips.finish(state=state, returned=bank.leave(state))
    assert len(bank.granted()) == 1
    run_jobs()
    assert bank.granted() == set()


@pytest.mark.parametrize("call", ["create", "login"])
def test_a_bank_that_is_down_at_the_start_costs_nothing(
    hers: Trip, bank: SandboxBank, call: str
) -> None:
    consent = hers.agrees()
    bank.faults[call] = "down"
    with pytest.raises(ProviderError):
        hers.goes(consent)
    assert Attempt.objects.count() == 0
    bank.faults.clear()
    assert hers.approves(hers.goes(consent)).status == "authorised"
    assert bank.rows().count() == 1


def test_an_answer_that_is_lost_at_the_start_leaves_nothing_granted(
    hers: Trip, bank: SandboxBank
) -> None:
    consent = hers.agrees()
    bank.faults["create"] = "lost"
    with pytest.raises(ProviderError):
        hers.goes(consent)
    bank.faults.clear()
    hers.approves(hers.goes(consent))
    assert bank.authorised() == {fresh(consent).bank_consent_id}


def test_a_bank_that_is_down_at_the_return_lets_the_person_agree_again(
    hers: Trip, bank: SandboxBank
) -> None:
    link = hers.link()
    consent = hers.agrees(link)
    state = hers.goes(consent)
    bank.faults["token"] = "down"
    with pytest.raises(ProviderError):
        hers.approves(state)
    bank.faults.clear()
    with pytest.raises(ProviderError) as taken:
        hers.goes(hers.agrees(link))
    assert taken.value.reason is Reason.CONSENT_TAKEN
    again = hers.approves(hers.goes(hers.agrees(link)))
    run_jobs()
    assert (fresh(consent).reason, again.status) == ("CONSENT_TECHNICAL_ISSUE", "authorised")
    assert bank.authorised() == {again.bank_consent_id}


def test_an_answer_that_is_lost_at_the_return_leaves_nothing_granted(
    hers: Trip, bank: SandboxBank
) -> None:
    consent = hers.agrees()
    state = hers.goes(consent)
    bank.faults["token"] = "lost"
    with pytest.raises(ProviderError):
        hers.approves(state)
    run_jobs()
    assert (fresh(consent).status, bank.granted()) == ("ended", set())


@pytest.mark.parametrize("call", ["create", "login"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_at_the_start_leaves_a_consent_to_go_on_with(
    hers: Trip, bank: SandboxBank, call: str, moment: str
) -> None:
    link = hers.link()
    bank.deaths.append((call, moment))
    with pytest.raises(Killed):
        hers.goes(hers.agrees(link))
    bank.deaths.clear()
    consent = hers.approves(hers.goes(hers.agrees(link)))
    assert (Consent.objects.count(), bank.authorised()) == (1, {consent.bank_consent_id})


@pytest.mark.parametrize("call", ["token", "read"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_at_the_return_leaves_nothing_granted_for_long(
    hers: Trip, bank: SandboxBank, call: str, moment: str
) -> None:
    consent = hers.agrees()
    state = hers.goes(consent)
    bank.deaths.append((call, moment))
    with pytest.raises(Killed):
        hers.approves(state)
    bank.deaths.clear()
    assert Access.objects.count() == 0
    Attempt.objects.update(returned_at=timezone.now() - timedelta(minutes=5))
    is_due(consent)
    checks.check()
    run_jobs()
    assert (fresh(consent).reason, bank.granted()) == ("CONSENT_TECHNICAL_ISSUE", set())


def test_the_next_tap_after_a_killed_return_starts_anew(hers: Trip, bank: SandboxBank) -> None:
    link = hers.link()
    state = hers.goes(hers.agrees(link))
    bank.deaths.append(("token", "after"))
    with pytest.raises(Killed):
        hers.approves(state)
    bank.deaths.clear()
    with pytest.raises(ProviderError):  # it may still be on its way
        hers.goes(hers.agrees(link))
    Attempt.objects.update(returned_at=timezone.now() - timedelta(minutes=5))
    with pytest.raises(ProviderError):
        hers.goes(hers.agrees(link))
    consent = hers.approves(hers.goes(hers.agrees(link)))
    run_jobs()
    assert bank.authorised() == {consent.bank_consent_id}


def test_the_way_to_the_bank_is_never_looked_for_inside_a_transaction(hers: Trip) -> None:
    consent = hers.agrees()
    with transaction.atomic(), pytest.raises(InsideTransaction):
        hers.goes(consent)
    state = hers.goes(consent)
    with transaction.atomic(), pytest.raises(InsideTransaction):
        trips.finish(state=state, returned={"code": "x"})
    assert hers.approves(state).status == "authorised"


def test_a_connected_bank_is_not_gone_to_again_with_the_same_consent(hers: Trip) -> None:
    consent = hers.connects()
    with pytest.raises(consents.LinkUsed):
        hers.goes(consent)


def test_an_id_that_belongs_to_another_connection_connects_nothing(
    hers: Trip, bank: SandboxBank
) -> None:
    Bank.objects.filter(slug__in=["nubank", "inter"]).update(provider="pluggy")
    first = hers.connects()
    other = Trip(user=hers.user, bank=bank, row=Bank.objects.get(slug="inter"))
    state = other.goes(other.agrees())
    returned = bank.approve(state)
    late.kept_ids.append(first.bank_consent_id)
    consent = trips.finish(state=state, returned=returned)
    run_jobs()
    assert (consent.status, fresh(first).status) == ("ended", "authorised")
    assert first.bank_consent_id in bank.authorised()


def test_a_renewal_keeps_the_connection_and_ends_the_old_consent_once_it_is_authorised(
    hers: Trip, bank: SandboxBank
) -> None:
    old = hers.connects()
    connection = hers.connection()
    state = hers.goes(hers.agrees())
    assert fresh(old).status == "authorised"
    new = hers.approves(state)
    run_jobs()
    assert (new.connection_id, new.renews) == (connection.pk, old)
    assert (fresh(old).reason, bank.authorised()) == ("REPLACED", {new.bank_consent_id})


def test_backing_out_of_a_renewal_breaks_nothing(hers: Trip, bank: SandboxBank) -> None:
    old = hers.connects()
    state = hers.goes(hers.agrees())
    with pytest.raises(ProviderError):
        hers.refuses(state)
    run_jobs()
    assert (fresh(old).status, bank.authorised()) == ("authorised", {old.bank_consent_id})
    assert Access.objects.get().consent == old


def test_a_renewal_may_go_on_with_the_same_id_which_is_not_revoked(
    hers: Trip, bank: SandboxBank
) -> None:
    Bank.objects.filter(slug__in=["nubank", "inter"]).update(provider="pluggy")
    old = hers.connects()
    state = hers.goes(hers.agrees())
    returned = bank.approve(state)
    late.kept_ids.append(old.bank_consent_id)
    new = trips.finish(state=state, returned=returned)
    assert "openfinance.tasks.revoke" not in run_jobs()
    assert (fresh(old).status, new.bank_consent_id) == ("ended", old.bank_consent_id)


def test_a_bank_that_staff_gave_another_provider_is_still_revoked_by_the_old_one(
    hers: Trip, bank: SandboxBank
) -> None:
    consent = hers.connects()
    Bank.objects.update(provider="brasil", provider_reference={"issuer": "x"})
    life.revoke(connection=hers.connection())
    run_jobs()
    assert (fresh(consent).status, bank.granted()) == ("ended", set())
    assert fresh(consent).provider_reference == {"brand": "nubank"}
