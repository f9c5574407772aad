"""The end of a term is warned of in time, each time once, and kept."""

from datetime import datetime, timedelta

import pytest

from openfinance import life, terms
from openfinance.models import Access, Consent
from tests.openfinance.connections.bank import Bank
from tests.openfinance.connections.people import Trip, fresh, run_jobs

DAY = timedelta(days=1)


def end_of(consent: Consent) -> datetime:
    assert consent.expires_at
    return consent.expires_at


def warned(hers: Trip) -> list[str]:
    return [kind for kind in hers.told() if kind.startswith("ends_in")]


def test_a_person_is_warned_three_times(hers: Trip) -> None:
    end = end_of(hers.connects())
    counts = [terms.warn(now=end - days * DAY) for days in (15, 14, 13, 8, 7, 6, 2, 1, 0.5)]
    assert counts == [0, 1, 0, 0, 1, 0, 0, 1, 0]
    assert warned(hers) == ["ends_in_14", "ends_in_7", "ends_in_1"]


def test_after_a_pause_of_the_workers_only_the_nearest_is_told(hers: Trip) -> None:
    end = end_of(hers.connects())
    terms.warn(now=end - 0.5 * DAY)
    terms.warn(now=end - 0.4 * DAY)
    assert warned(hers) == ["ends_in_1"]


@pytest.mark.parametrize(
    ("days", "kinds"),
    [
        (1, []),
        (3, ["ends_in_1"]),
        (13, ["ends_in_1"]),
        (15, ["ends_in_7", "ends_in_1"]),
        (30, ["ends_in_14", "ends_in_7", "ends_in_1"]),
    ],
)
def test_a_short_term_is_warned_of_in_proportion(hers: Trip, days: int, kinds: list[str]) -> None:
    consent = hers.connects()
    assert consent.authorised_at
    end = consent.authorised_at + days * DAY
    Consent.objects.update(expires_at=end)
    for left in range(days, 0, -1):
        terms.warn(now=end - left * DAY)
    assert warned(hers) == kinds


def test_a_term_without_an_end_is_not_warned_of_and_never_ends(hers: Trip) -> None:
    consent = hers.connects(term_months=None)
    far = consent.agreed_at + 9999 * DAY
    assert (terms.warn(now=far), terms.expire(now=far)) == (0, 0)


def test_what_was_revoked_or_renewed_is_not_warned_of(hers: Trip) -> None:
    old = hers.connects()
    hers.connects(term_months=None)
    assert terms.warn(now=end_of(old) - 7 * DAY) == 0
    revoked = hers.connects()
    life.revoke(connection=hers.connection())
    assert terms.warn(now=end_of(revoked) - 7 * DAY) == 0


def test_what_is_over_ends_here_and_at_the_bank_and_is_told_once(hers: Trip, bank: Bank) -> None:
    consent = hers.connects()
    end = end_of(consent)
    counts = [terms.expire(now=end - DAY), terms.expire(now=end), terms.expire(now=end)]
    assert (counts, Access.objects.count()) == ([0, 1, 0], 0)
    assert fresh(consent).reason == "CONSENT_MAX_DATE_REACHED"
    run_jobs()
    assert (bank.granted(), hers.told()) == (set(), ["connected", "ended"])
