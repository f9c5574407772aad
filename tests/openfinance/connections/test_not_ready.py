"""What comes to exist at the bank without a consent of ours that stands on it is not lost."""

import pytest
from pytest_django import Settings

from openfinance import checks, life, serving, trips
from openfinance.models import Bank, Consent
from openfinance.providers import ProviderError, Reason
from tests.openfinance.connections import late
from tests.openfinance.connections.bank import Bank as BankOfTests
from tests.openfinance.connections.people import Trip, fresh, run_jobs


@pytest.fixture
def aggregator(bank: BankOfTests) -> None:
    """Let all banks be reached by the provider that tells ids late."""
    Bank.objects.exclude(provider="").update(provider="pluggy")


def is_busy(settings: Settings) -> None:
    backend = "tests.openfinance.connections.busy.Busy"
    settings.OPEN_FINANCE_PROVIDERS["pluggy"]["BACKEND"] = backend
    serving._made.cache_clear()


def comes_back_too_soon(hers: Trip, state: str) -> None:
    with pytest.raises(ProviderError) as error:
        hers.approves(state)
    assert error.value.reason is Reason.BANK_BUSY


@pytest.mark.usefixtures("aggregator")
def test_the_id_of_what_is_not_ready_is_kept(
    hers: Trip, bank: BankOfTests, settings: Settings
) -> None:
    is_busy(settings)
    consent = hers.agrees()
    comes_back_too_soon(hers, hers.goes(consent))
    assert fresh(consent).status == "awaiting"
    assert fresh(consent).bank_consent_id in bank.granted()


@pytest.mark.usefixtures("aggregator")
def test_what_becomes_ready_later_is_a_connection_and_its_person_is_told(
    hers: Trip, bank: BankOfTests, settings: Settings
) -> None:
    is_busy(settings)
    consent = hers.agrees()
    comes_back_too_soon(hers, hers.goes(consent))
    checks.look(consent.pk)
    checks.look(consent.pk)
    assert (fresh(consent).status, len(bank.authorised())) == ("authorised", 1)
    assert [notice.kind for notice in consent.notices.all()] == ["connected"]


@pytest.mark.usefixtures("aggregator")
def test_what_was_not_ready_can_be_revoked(
    hers: Trip, bank: BankOfTests, settings: Settings
) -> None:
    is_busy(settings)
    consent = hers.agrees()
    comes_back_too_soon(hers, hers.goes(consent))
    assert life.revoke(connection=hers.connection()) == [consent]
    run_jobs()
    assert (fresh(consent).status, bank.authorised()) == ("ended", set())


@pytest.mark.usefixtures("aggregator")
def test_what_was_revoked_before_it_was_ready_is_given_back(
    hers: Trip, bank: BankOfTests, settings: Settings
) -> None:
    is_busy(settings)
    consent = hers.agrees()
    state = hers.goes(consent)
    life.revoke(connection=hers.connection())
    comes_back_too_soon(hers, state)
    run_jobs()
    assert (fresh(consent).status, bank.authorised()) == ("ended", set())


@pytest.mark.usefixtures("aggregator")
def test_a_renewal_that_is_not_ready_leaves_the_id_to_what_it_renews(
    hers: Trip, settings: Settings
) -> None:
    old = hers.connects()
    is_busy(settings)
    new = hers.agrees()
    late.kept_ids.append(old.bank_consent_id)
    comes_back_too_soon(hers, hers.goes(new))
    assert (fresh(new).status, fresh(new).bank_consent_id) == ("created", "")
    assert fresh(old).status == "authorised"


@pytest.mark.usefixtures("aggregator")
def test_a_renewal_that_was_given_up_does_not_give_back_what_it_was_to_renew(
    hers: Trip, bank: BankOfTests
) -> None:
    old = hers.connects()
    link = hers.link()
    state = hers.goes(hers.agrees(link))
    hers.agrees(link, term_months=None)
    late.kept_ids.append(old.bank_consent_id)
    given_up = hers.approves(state)
    run_jobs()
    assert (given_up.status, fresh(old).status) == ("ended", "authorised")
    assert old.bank_consent_id in bank.authorised()


def test_what_is_over_at_the_bank_is_not_gone_on_with(hers: Trip, bank: BankOfTests) -> None:
    consent = hers.agrees()
    state = hers.goes(consent)
    returned = bank.refuse(state)
    with pytest.raises(ProviderError):
        trips.finish(state=state, returned=returned)
    run_jobs()
    assert fresh(consent).revocation_requested_at is None
    assert list(Consent.objects.open()) == []
