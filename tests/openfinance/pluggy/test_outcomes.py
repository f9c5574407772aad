"""Every state and error of an item that Pluggy documents, and what each means here."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from openfinance.providers import ConsentStatus, ProviderError, Reason, RejectionReason
from tests.openfinance.pluggy import trips
from tests.openfinance.pluggy.person import ALICE, PluggyWorld

NEVER = RejectionReason.CUSTOMER_MANUALLY_REJECTED
TOO_LATE = RejectionReason.CONSENT_EXPIRED
TECHNICAL = RejectionReason.CONSENT_TECHNICAL_ISSUE
AWAITING = ConsentStatus.AWAITING_AUTHORISATION
STANDS = ConsentStatus.AUTHORISED


@dataclass(frozen=True, slots=True)
class Case:
    """What an item is, and what comes of it.

    `trip` is why a trip that made it grants nothing, and `alone` what is read of it then, if the
    person has agreed to nothing: a state, or why it never came to be. `later` is what is read of it
    when the person had agreed before: that the consent stands, or that the access is lost.
    """

    status: str
    execution: str
    trip: Reason
    alone: ConsentStatus | RejectionReason
    later: ConsentStatus | Reason


BUSY, LOST = Reason.BANK_BUSY, Reason.ACCESS_LOST
CASES = [
    Case("UPDATING", "CREATING", BUSY, AWAITING, STANDS),
    Case("UPDATING", "CREATED", BUSY, AWAITING, STANDS),
    Case("UPDATING", "LOGIN_IN_PROGRESS", BUSY, AWAITING, STANDS),
    Case("UPDATING", "LOGIN_MFA_IN_PROGRESS", BUSY, AWAITING, STANDS),
    Case("UPDATING", "A_NEW_ONE", BUSY, AWAITING, STANDS),
    Case("WAITING_USER_INPUT", "WAITING_USER_INPUT", BUSY, AWAITING, LOST),
    Case("WAITING_USER_ACTION", "WAITING_USER_ACTION", BUSY, AWAITING, LOST),
    Case("LOGIN_ERROR", "INVALID_CREDENTIALS", Reason.REFUSED, NEVER, LOST),
    Case("LOGIN_ERROR", "INVALID_CREDENTIALS_MFA", Reason.REFUSED, NEVER, LOST),
    Case("LOGIN_ERROR", "ACCOUNT_LOCKED", Reason.REFUSED, NEVER, LOST),
    Case("LOGIN_ERROR", "ACCOUNT_CREDENTIALS_RESET", Reason.REFUSED, NEVER, LOST),
    Case("LOGIN_ERROR", "USER_AUTHORIZATION_NOT_GRANTED", Reason.REFUSED, NEVER, LOST),
    Case("LOGIN_ERROR", "USER_AUTHORIZATION_PENDING", BUSY, AWAITING, LOST),
    Case("LOGIN_ERROR", "USER_NOT_SUPPORTED", Reason.NOTHING_TO_SHARE, TECHNICAL, LOST),
    Case("LOGIN_ERROR", "USER_INPUT_TIMEOUT", Reason.REQUEST_EXPIRED, TOO_LATE, LOST),
    Case("LOGIN_ERROR", "SITE_NOT_AVAILABLE", Reason.BANK_DOWN, TECHNICAL, LOST),
    Case("LOGIN_ERROR", "ERROR", Reason.BANK_ERROR, TECHNICAL, LOST),
    Case("LOGIN_ERROR", "A_NEW_ONE", Reason.BANK_ERROR, TECHNICAL, LOST),
    Case("OUTDATED", "INVALID_CREDENTIALS", Reason.REFUSED, NEVER, LOST),
    Case("OUTDATED", "INVALID_CREDENTIALS_MFA", Reason.REFUSED, NEVER, LOST),
    Case("OUTDATED", "ACCOUNT_LOCKED", Reason.REFUSED, NEVER, LOST),
    Case("OUTDATED", "ACCOUNT_CREDENTIALS_RESET", Reason.REFUSED, NEVER, LOST),
    Case("OUTDATED", "ACCOUNT_NEEDS_ACTION", Reason.BANK_ERROR, TECHNICAL, LOST),
    Case("OUTDATED", "USER_AUTHORIZATION_PENDING", BUSY, AWAITING, LOST),
    Case("OUTDATED", "USER_AUTHORIZATION_NOT_GRANTED", Reason.REFUSED, NEVER, LOST),
    Case("OUTDATED", "USER_NOT_SUPPORTED", Reason.NOTHING_TO_SHARE, TECHNICAL, LOST),
    Case("OUTDATED", "USER_INPUT_TIMEOUT", Reason.REQUEST_EXPIRED, TOO_LATE, LOST),
    Case("OUTDATED", "ALREADY_LOGGED_IN", Reason.BANK_ERROR, TECHNICAL, STANDS),
    Case("OUTDATED", "UNEXPECTED_ERROR", Reason.BANK_ERROR, TECHNICAL, STANDS),
    Case("OUTDATED", "SITE_NOT_AVAILABLE", Reason.BANK_DOWN, TECHNICAL, STANDS),
    Case("OUTDATED", "CONNECTION_ERROR", Reason.BANK_DOWN, TECHNICAL, STANDS),
    Case("OUTDATED", "CREATE_ERROR", Reason.BANK_ERROR, TECHNICAL, STANDS),
    Case("OUTDATED", "MERGE_ERROR", Reason.BANK_ERROR, TECHNICAL, STANDS),
    Case("OUTDATED", "ERROR", Reason.BANK_ERROR, TECHNICAL, STANDS),
    Case("OUTDATED", "A_NEW_ONE", Reason.BANK_ERROR, TECHNICAL, STANDS),
]
IDS = [f"{case.status}-{case.execution}" for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_an_item_that_nobody_agreed_to_grants_nothing(world: PluggyWorld, case: Case) -> None:
    departure = world.provider.start(world.request())
    item_id = world.item_of(departure, status=case.status, executionStatus=case.execution)
    assert told(world, item_id) == case.alone
    error = trips.refusal(world, departure, item_id)
    assert error.reason is case.trip
    assert error.consent is not None
    assert error.consent.id == item_id
    assert (item_id in world.pluggy.items) == (case.alone is AWAITING)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_consent_that_stands_tells_whether_it_still_serves(
    world: PluggyWorld, case: Case
) -> None:
    item_id = trips.connect(world).consent.id
    world.pluggy.items[item_id].update(status=case.status, executionStatus=case.execution)
    assert told(world, item_id) == case.later


def told(world: PluggyWorld, item_id: str) -> ConsentStatus | Reason | RejectionReason | None:
    """Read a consent and return what is said of it in one word."""
    try:
        consent = world.provider.read(bank=world.bank, consent_id=item_id)
    except ProviderError as error:
        return error.reason
    if consent.rejection:
        assert consent.status is ConsentStatus.REJECTED
        return consent.rejection.reason
    return consent.status


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_an_error_counts_as_the_execution_does(world: PluggyWorld, case: Case) -> None:
    departure = world.provider.start(world.request())
    error = {"code": case.execution, "message": "about Alice", "providerMessage": "Alice, 7610"}
    item_id = world.item_of(departure, status=case.status, executionStatus="ERROR", error=error)
    caught = trips.refusal(world, departure, item_id)
    if case.execution != "A_NEW_ONE" and case.status != "UPDATING":
        assert caught.reason is case.trip
    assert "Alice" not in str(caught)


@pytest.mark.parametrize(
    ("status", "execution"),
    [
        ("UPDATING", "ACCOUNTS_IN_PROGRESS"),
        ("UPDATING", "TRANSACTIONS_IN_PROGRESS"),
        ("UPDATING", "PAYMENT_DATA_IN_PROGRESS"),
        ("UPDATING", "CREDITCARDS_IN_PROGRESS"),
        ("UPDATING", "INVESTMENTS_IN_PROGRESS"),
        ("UPDATING", "INVESTMENTS_TRANSACTIONS_IN_PROGRESS"),
        ("UPDATING", "OPPORTUNITIES_IN_PROGRESS"),
        ("UPDATING", "IDENTITY_IN_PROGRESS"),
        ("MERGING", "SUCCESS"),
        ("UPDATED", "SUCCESS"),
        ("UPDATED", "PARTIAL_SUCCESS"),
    ],
)
def test_whom_the_bank_let_in_is_connected_and_read_again_later(
    world: PluggyWorld, status: str, execution: str
) -> None:
    departure = world.provider.start(world.request())
    item_id = world.item_of(departure, status=status, executionStatus=execution)
    assert not trips.finish(world, departure, item_id).is_confirmed
    world.pluggy.agree(item_id)
    assert trips.finish(world, departure, item_id).is_confirmed == (status == "UPDATED")
    assert told(world, item_id) is STANDS


def test_a_first_fetch_that_fails_undoes_no_consent(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request())
    item_id = world.item_of(departure, status="OUTDATED", executionStatus="SITE_NOT_AVAILABLE")
    world.pluggy.agree(item_id)
    assert trips.finish(world, departure, item_id).is_confirmed


def test_a_renewal_that_is_refused_says_that_the_old_consent_stands(world: PluggyWorld) -> None:
    item_id = trips.connect(world).consent.id
    departure = world.provider.start(world.request(renews=item_id))
    returned = world.go(departure, approves=False)
    error = trips.refusal(world, departure, returned["item_id"])
    assert error.reason is Reason.REFUSED
    assert error.consent is not None
    assert error.consent.status is STANDS
    assert item_id in world.pluggy.items


@pytest.mark.parametrize("status", ["UPDATING", "WAITING_USER_ACTION", "MERGING"])
def test_a_renewal_under_way_is_not_ended_by_what_was_before(
    world: PluggyWorld, status: str
) -> None:
    item_id = world.pluggy.add_item(user=ALICE, status=status, executionStatus="CREATED")
    world.pluggy.agree(item_id, revokedAt=datetime.now(UTC).isoformat())
    departure = world.provider.start(world.request(renews=item_id))
    error = trips.refusal(world, departure, item_id)
    assert error.reason is Reason.BANK_BUSY
    assert told(world, item_id) is AWAITING


def test_a_state_that_nobody_documented_is_not_guessed_at(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request())
    item_id = world.item_of(departure, status="SLEEPING")
    assert trips.refusal(world, departure, item_id).reason is Reason.BAD_ANSWER
    assert item_id in world.pluggy.items
