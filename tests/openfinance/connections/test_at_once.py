"""What two processes do at the same moment."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connection, transaction

from accounts import subscriptions
from accounts.models import Plan
from openfinance import consents, life, notices, terms, trips
from openfinance.exceptions import ConnectionLimitReached, NotInPlan
from openfinance.models import Access, ConnectionLink, Consent, Notice
from openfinance.models import Bank as BankRow
from openfinance.providers import ProviderError
from tests.openfinance.connections.bank import Bank
from tests.openfinance.connections.people import Trip, fresh, run_jobs


def together(*acts: Callable[[], object]) -> list[object]:
    """Do all at once, each in a thread and a connection of its own; return what came of it."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        gate.wait()
        try:
            return act()
        except (ProviderError, trips.UnknownReturn, ConnectionLimitReached) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_a_return_that_comes_many_times_at_once_counts_once(hers: Trip, bank: Bank) -> None:
    state = hers.goes(hers.agrees())
    returned = bank.approve(state)
    came = together(*[lambda: trips.finish(state=state, returned=returned)] * 6)
    assert sum(isinstance(each, Consent) for each in came) == 1
    assert (bank.calls.count("token"), hers.told()) == (1, ["connected"])


def test_a_second_tap_at_the_same_moment_is_the_same_agreement(hers: Trip) -> None:
    link = hers.link()
    together(*[lambda: hers.agrees(link)] * 6)
    assert Consent.objects.count() == 1


@pytest.mark.parametrize("time", range(4))
def test_of_two_banks_agreed_to_at_once_the_limit_lets_one(
    hers: Trip, bank: Bank, time: int
) -> None:
    Plan.objects.filter(slug="premium").update(max_connections=1)
    inter = Trip(user=hers.user, bank=bank, row=BankRow.objects.get(slug="inter"))
    links = hers.link(), inter.link()
    came = together(lambda: hers.agrees(links[0]), lambda: inter.agrees(links[1]))
    assert sorted(type(each).__name__ for each in came) == ["ConnectionLimitReached", "Consent"]
    assert Consent.objects.count() == 1


def test_an_agreement_that_waits_for_a_change_of_plan_is_judged_by_the_new_one(hers: Trip) -> None:
    link, subscription = hers.link(), hers.user.subscriptions.get()
    has_changed = threading.Event()

    def change() -> None:
        try:
            with transaction.atomic():
                pro = Plan.objects.get(slug="pro")
                subscriptions.change_plan(subscription=subscription, plan=pro)
                has_changed.set()
                time.sleep(0.5)  # for the agreement to wait
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(change)
        assert has_changed.wait(10)
        with pytest.raises(NotInPlan):
            hers.agrees(link)
        changing.result()


@pytest.mark.parametrize("time", range(4))
def test_a_return_and_a_revocation_leave_nothing_granted(hers: Trip, bank: Bank, time: int) -> None:
    consent = hers.agrees()
    state = hers.goes(consent)
    returned = bank.approve(state)
    held = hers.connection()
    together(
        lambda: trips.finish(state=state, returned=returned),
        lambda: life.revoke(connection=held),
        lambda: life.revoke(connection=held),
    )
    run_jobs()
    assert (bank.granted(), Access.objects.count()) == (set(), 0)
    assert fresh(consent).reason == "CUSTOMER_MANUALLY_REVOKED"


@pytest.mark.parametrize("time", range(4))
def test_a_return_and_another_agreement_wait_for_each_other(
    hers: Trip, bank: Bank, time: int
) -> None:
    link = hers.link()
    state = hers.goes(hers.agrees(link))
    returned = bank.approve(state)
    together(
        lambda: trips.finish(state=state, returned=returned),
        lambda: _agree_if_still_possible(hers, link),
    )
    run_jobs()
    standing = Consent.objects.authorised().values_list("bank_consent_id", flat=True)
    assert bank.authorised() == set(standing)


def test_two_renewals_at_once_leave_one_consent(hers: Trip, bank: Bank) -> None:
    hers.connects()
    states = [hers.goes(hers.agrees()) for _ in range(3)]
    answers = [(state, bank.approve(state)) for state in states]
    together(*[_finisher(state, returned) for state, returned in answers])
    run_jobs()
    assert Consent.objects.authorised().count() == Access.objects.count() == 1
    assert len(bank.granted()) == 1


def test_what_expires_in_two_workers_ends_once(hers: Trip, bank: Bank) -> None:
    consent = hers.connects()
    together(*[lambda: terms.expire(now=consent.expires_at)] * 4)
    assert consent.events.filter(status="ended").count() == 1
    assert hers.told() == ["connected", "ended"]


def test_two_who_tell_the_same_tell_it_once(hers: Trip) -> None:
    consent = hers.connects()
    told = together(*[lambda: notices.tell(consent, Notice.Kind.ENDS_IN_7)] * 5)
    assert sorted(map(bool, told)) == [False] * 4 + [True]


def _agree_if_still_possible(hers: Trip, link: ConnectionLink) -> None:
    with suppress(consents.LinkUsed):
        hers.agrees(link, term_months=None)


def _finisher(state: str, returned: dict[str, str]) -> Callable[[], object]:
    return lambda: trips.finish(state=state, returned=returned)
