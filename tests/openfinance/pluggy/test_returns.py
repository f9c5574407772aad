"""The way back from Pluggy's widget: nothing is believed before it is known whose it is."""

from datetime import UTC, datetime, timedelta

import pytest

from openfinance.permissions import Group, expand
from openfinance.providers import ConsentStatus, ProviderError, Reason, RejectionReason
from tests.openfinance.pluggy import trips
from tests.openfinance.pluggy.person import ALICE, ASKED, BANK, BRUNO, PluggyWorld


def test_an_item_gives_a_consent_and_no_tokens(world: PluggyWorld) -> None:
    granted = trips.connect(world)
    assert granted.tokens is None
    assert granted.is_confirmed
    assert granted.consent.id in world.pluggy.items
    assert granted.consent.expires_at is None


def test_more_than_was_agreed_to_is_not_granted(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request())
    item_id = world.item_of(departure)
    names = ["REGISTRATION_ALL", "ACCOUNTS_ALL", "CREDIT_OPERATIONS_ALL"]
    world.pluggy.agree(item_id, openFinancePermissionsGranted=names)
    assert trips.finish(world, departure, item_id).consent.permissions == ASKED


def test_less_than_was_asked_for_is_told(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request())
    item_id = world.item_of(departure)
    world.pluggy.agree(item_id, openFinancePermissionsGranted=["ACCOUNTS_BALANCES", "NEW_ONE"])
    assert trips.finish(world, departure, item_id).consent.permissions == expand([Group.BALANCES])


def test_nothing_of_what_was_asked_for_is_no_connection(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request())
    item_id = world.item_of(departure)
    world.pluggy.agree(item_id, openFinancePermissionsGranted=["CREDIT_CARDS_LIMITS"])
    world.pluggy.agree(item_id, openFinancePermissionsGranted=["EXCHANGES_ALL"])
    assert trips.refusal(world, departure, item_id).reason is Reason.NOTHING_TO_SHARE
    assert item_id not in world.pluggy.items


def test_permissions_that_pluggy_does_not_tell_are_to_be_read_later(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request())
    item_id = world.item_of(departure)
    world.pluggy.agree(item_id, openFinancePermissionsGranted=None)
    granted = trips.finish(world, departure, item_id)
    assert not granted.is_confirmed
    assert granted.consent.permissions == ASKED


def test_the_newest_consent_of_an_item_counts(world: PluggyWorld) -> None:
    item_id = trips.connect(world).consent.id
    end = datetime(2027, 11, 25, 12, tzinfo=UTC)
    departure = world.provider.start(world.request(renews=item_id))
    world.pluggy.agree(item_id, expiresAt=end.isoformat())
    world.pluggy.consents[item_id].reverse()
    assert trips.finish(world, departure, item_id).consent.expires_at == end


@pytest.mark.parametrize(
    ("user", "connector_id", "reason"),
    [
        (BRUNO, 601, Reason.WRONG_SUBJECT),
        ("", 601, Reason.WRONG_SUBJECT),
        (ALICE.upper(), 601, Reason.WRONG_SUBJECT),
        (ALICE, 602, Reason.WRONG_ISSUER),
        (BRUNO, 602, Reason.WRONG_SUBJECT),
    ],
)
def test_an_item_that_is_not_of_this_trip_is_refused_and_left_alone(
    world: PluggyWorld, user: str, connector_id: int, reason: Reason
) -> None:
    departure = world.provider.start(world.request())
    item_id = world.pluggy.add_item(user=user, connector_id=connector_id)
    world.pluggy.agree(item_id)
    error = trips.refusal(world, departure, item_id, error="closed")
    assert (error.reason, error.consent) == (reason, None)
    assert item_id in world.pluggy.items
    assert world.pluggy.made("GET /consents") == []


def test_an_item_without_a_person_is_refused(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request())
    item_id = world.item_of(departure, clientUserId=None)
    assert trips.refusal(world, departure, item_id).reason is Reason.WRONG_SUBJECT


def test_another_item_than_the_one_to_be_updated_is_refused(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request(renews=trips.connect(world).consent.id))
    other = world.pluggy.add_item(user=ALICE)
    world.pluggy.agree(other)
    assert trips.refusal(world, departure, other).reason is Reason.WRONG_NONCE


@pytest.mark.parametrize("item_id", ["x", "../connectors", f"{ALICE}/x", f"{ALICE}\n", "é"])
def test_what_is_no_id_is_not_asked_for(world: PluggyWorld, item_id: str) -> None:
    departure = world.provider.start(world.request())
    assert trips.refusal(world, departure, item_id).reason is Reason.MALFORMED
    assert world.pluggy.made("GET /items") == []


def test_an_item_that_does_not_exist_is_refused(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request())
    error = trips.refusal(world, departure, BRUNO)
    assert error.reason is Reason.CONSENT_UNKNOWN
    assert "Alice" not in str(error)


@pytest.mark.parametrize("state", ["", "another", "ç"])
def test_a_wrong_state_is_refused_before_anything_is_asked(world: PluggyWorld, state: str) -> None:
    departure = world.provider.start(world.request())
    item_id = world.go(departure)["item_id"]
    assert trips.refusal(world, departure, item_id, state=state).reason is Reason.WRONG_STATE
    assert world.pluggy.made("GET /items") == []


def test_a_return_to_a_bank_whose_row_changed_meanwhile_is_refused(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request())
    item_id = world.go(departure)["item_id"]
    world.bank["connector_id"] = 602
    assert trips.refusal(world, departure, item_id).reason is Reason.WRONG_ISSUER
    assert BANK == {"connector_id": 601}


@pytest.mark.parametrize("remembered", ["", "[]", "{}", '{"state": "x"}', "null"])
def test_what_another_provider_remembered_is_refused(world: PluggyWorld, remembered: str) -> None:
    with pytest.raises(ProviderError) as caught:
        world.provider.finish(bank=world.bank, returned={}, remembered=remembered)
    assert caught.value.reason is Reason.WRONG_ISSUER


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("closed", Reason.REFUSED),
        ("USER_AUTHORIZATION_NOT_GRANTED", Reason.REFUSED),
        ("SITE_NOT_AVAILABLE", Reason.BANK_DOWN),
        ("Alice gave up", Reason.BANK_ERROR),
        ("", Reason.BANK_ERROR),
    ],
)
def test_a_widget_that_ends_without_an_item_says_why(
    world: PluggyWorld, error: str, reason: Reason
) -> None:
    departure = world.provider.start(world.request())
    caught = trips.refusal(world, departure, "", error=error)
    assert caught.reason is reason
    assert "Alice" not in str(caught)


def test_who_closes_the_widget_leaves_no_item_behind(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request())
    item_id = world.go(departure)["item_id"]
    error = trips.refusal(world, departure, item_id, error="closed")
    assert error.reason is Reason.REFUSED
    assert item_id not in world.pluggy.items


def test_who_closes_the_widget_of_a_renewal_loses_nothing(world: PluggyWorld) -> None:
    item_id = trips.connect(world).consent.id
    departure = world.provider.start(world.request(renews=item_id))
    error = trips.refusal(world, departure, item_id, error="closed")
    assert (error.reason, error.consent) == (Reason.REFUSED, None)
    assert world.provider.read(bank=world.bank, consent_id=item_id).status == "AUTHORISED"


def test_an_item_of_before_is_not_deleted_when_a_new_trip_brings_it_in_vain(
    world: PluggyWorld,
) -> None:
    departure = world.provider.start(world.request())
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    item_id = world.item_of(departure, status="LOGIN_ERROR")
    world.pluggy.items[item_id]["createdAt"] = yesterday
    assert trips.refusal(world, departure, item_id).consent is not None
    assert item_id in world.pluggy.items


def test_a_refused_item_is_refused_though_it_cannot_be_deleted_now(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request())
    item_id = world.go(departure, approves=False)["item_id"]
    world.pluggy.fail("DELETE /items", status=500)
    error = trips.refusal(world, departure, item_id)
    assert error.reason is Reason.REFUSED
    assert error.consent is not None
    assert error.consent.rejection is not None
    assert error.consent.rejection.reason is RejectionReason.CUSTOMER_MANUALLY_REJECTED


def test_a_connection_is_not_lost_when_pluggy_does_not_tell_its_consents(
    world: PluggyWorld,
) -> None:
    departure = world.provider.start(world.request())
    item_id = world.go(departure)["item_id"]
    world.pluggy.fail("GET /consents", status=500)
    granted = trips.finish(world, departure, item_id)
    assert not granted.is_confirmed
    assert granted.consent.status is ConsentStatus.AUTHORISED
    assert granted.consent.permissions == ASKED


def test_a_failed_item_is_kept_while_pluggy_does_not_tell_its_consents(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request())
    item_id = world.go(departure, approves=False)["item_id"]
    world.pluggy.fail("GET /consents", status=500)
    error = trips.refusal(world, departure, item_id)
    assert (error.reason, error.consent) == (Reason.REFUSED, None)
    assert item_id in world.pluggy.items


def test_a_consent_that_was_revoked_meanwhile_is_not_granted(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request())
    item_id = world.item_of(departure)
    world.pluggy.agree(item_id, revokedAt=datetime.now(UTC).isoformat())
    assert trips.refusal(world, departure, item_id).reason is Reason.CONSENT_ENDED
    assert item_id not in world.pluggy.items
