"""Reading and ending what Pluggy has."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openfinance.permissions import Group, expand
from openfinance.providers import ConsentStatus, ProviderError, Reason, Rejection
from openfinance.providers.values import RejectedBy, RejectionReason
from tests.openfinance.pluggy import trips
from tests.openfinance.pluggy.person import ALICE, PluggyWorld


def test_a_consent_is_read_with_its_term_and_permissions(world: PluggyWorld) -> None:
    end = datetime(2027, 11, 25, 12, tzinfo=UTC)
    item_id = world.pluggy.add_item(user=ALICE)
    world.pluggy.agree(
        item_id, expiresAt="2027-11-25T12:00:00.000Z", createdAt="2026-11-25T12:00:30.362Z"
    )
    consent = world.provider.read(bank=world.bank, consent_id=item_id)
    assert (consent.id, consent.status, consent.expires_at) == (item_id, "AUTHORISED", end)
    assert consent.created_at == datetime(2026, 11, 25, 12, 0, 30, 362000, tzinfo=UTC)
    assert set(consent.permissions) == set(
        expand(
            [
                Group.IDENTIFICATION,
                Group.DETAILS,
                Group.BALANCES,
                Group.OVERDRAFT_LIMITS,
                Group.TRANSACTIONS,
                Group.CARD_LIMITS,
                Group.CARD_TRANSACTIONS,
                Group.CARD_BILLS,
            ]
        )
    )


def test_a_businesss_registration_is_a_businesss(world: PluggyWorld) -> None:
    item_id = world.pluggy.add_item(user=ALICE)
    world.pluggy.items[item_id]["connector"]["type"] = "BUSINESS_BANK"
    world.pluggy.agree(item_id, openFinancePermissionsGranted=["REGISTRATION_ALL"])
    consent = world.provider.read(bank=world.bank, consent_id=item_id)
    expected = expand([Group.BUSINESS_IDENTIFICATION, Group.BUSINESS_DETAILS])
    assert consent.permissions == expected


def test_half_of_a_group_is_none(world: PluggyWorld) -> None:
    item_id = world.pluggy.add_item(user=ALICE)
    names = ["REGISTRATION_QUALIFICATIONS", "ACCOUNTS_LIST"]
    world.pluggy.agree(item_id, openFinancePermissionsGranted=names)
    assert world.provider.read(bank=world.bank, consent_id=item_id).permissions == ()


@pytest.mark.parametrize(
    ("fact", "by", "reason"),
    [
        ("revokedAt", RejectedBy.USER, RejectionReason.CUSTOMER_MANUALLY_REVOKED),
        ("expiresAt", RejectedBy.ASPSP, RejectionReason.CONSENT_MAX_DATE_REACHED),
    ],
)
def test_a_consent_that_ended_says_how_and_when(
    world: PluggyWorld, fact: str, by: RejectedBy, reason: RejectionReason
) -> None:
    ended_at = datetime.now(UTC) - timedelta(minutes=1)
    item_id = world.pluggy.add_item(user=ALICE)
    world.pluggy.agree(item_id, **{fact: ended_at.isoformat()})
    consent = world.provider.read(bank=world.bank, consent_id=item_id)
    assert (consent.status, consent.changed_at) == (ConsentStatus.REJECTED, ended_at)
    assert consent.rejection == Rejection(by=by, reason=reason)


@pytest.mark.parametrize("consent_id", [ALICE, "urn:bancoex:C1DD33123", ""])
def test_what_pluggy_does_not_have_is_unknown(world: PluggyWorld, consent_id: str) -> None:
    with pytest.raises(ProviderError) as caught:
        world.provider.read(bank=world.bank, consent_id=consent_id)
    assert caught.value.reason is Reason.CONSENT_UNKNOWN


def test_an_item_that_works_though_nothing_was_agreed_to_is_not_believed(
    world: PluggyWorld,
) -> None:
    item_id = world.pluggy.add_item(user=ALICE)
    with pytest.raises(ProviderError) as caught:
        world.provider.read(bank=world.bank, consent_id=item_id)
    assert caught.value.reason is Reason.BAD_ANSWER
    assert not caught.value.is_permanent


def test_a_lost_access_comes_with_the_consent_that_stands(world: PluggyWorld) -> None:
    item_id = trips.connect(world).consent.id
    world.pluggy.items[item_id].update(status="LOGIN_ERROR", executionStatus="ACCOUNT_LOCKED")
    for ask in (world.provider.read, refresh(world)):
        with pytest.raises(ProviderError) as caught:
            ask(bank=world.bank, consent_id=item_id)
        assert (caught.value.reason, caught.value.details) == (Reason.ACCESS_LOST, "ACCOUNT_LOCKED")
        assert caught.value.consent is not None


def refresh(world: PluggyWorld) -> Any:
    def ask(**arguments: Any) -> Any:
        return world.provider.refresh(refresh_token=None, **arguments)

    return ask


def test_there_is_nothing_to_renew_and_the_api_key_is_not_handed_out(world: PluggyWorld) -> None:
    item_id = trips.connect(world).consent.id
    with pytest.raises(ProviderError) as caught:
        refresh(world)(bank=world.bank, consent_id=item_id)
    assert caught.value.reason is Reason.MISCONFIGURED
    assert not any(key in str(caught.value) for key in world.pluggy.keys)


def test_an_access_that_was_revoked_at_the_bank_is_over(world: PluggyWorld) -> None:
    item_id = trips.connect(world).consent.id
    world.pluggy.consents[item_id][0]["revokedAt"] = datetime.now(UTC).isoformat()
    with pytest.raises(ProviderError) as caught:
        refresh(world)(bank=world.bank, consent_id=item_id)
    assert caught.value.reason is Reason.CONSENT_ENDED
    assert caught.value.consent is not None


@pytest.mark.parametrize("status", [200, 204])
def test_revoking_deletes_the_item(world: PluggyWorld, status: int) -> None:
    world.pluggy.deleted_status = status
    item_id = trips.connect(world).consent.id
    world.provider.revoke(bank=world.bank, consent_id=item_id)
    assert item_id not in world.pluggy.items


def test_revoking_another_providers_consent_asks_nothing(world: PluggyWorld) -> None:
    world.provider.revoke(bank=world.bank, consent_id="urn:bancoex:C1DD33123")
    assert world.pluggy.calls == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 500}, Reason.BANK_DOWN),
        ({"status": 429}, Reason.BANK_BUSY),
        ({"status": 302}, Reason.BAD_ANSWER),
        ({"status": 400}, Reason.REQUEST_REFUSED),
        ({"hangs_up": True}, Reason.NO_ANSWER),
    ],
)
def test_what_was_not_deleted_for_sure_is_not_called_so(
    world: PluggyWorld, fault: dict[str, Any], reason: Reason
) -> None:
    item_id = trips.connect(world).consent.id
    world.pluggy.fail("DELETE /items", **fault)
    with pytest.raises(ProviderError) as caught:
        world.provider.revoke(bank=world.bank, consent_id=item_id)
    assert caught.value.reason is reason
    assert len(world.pluggy.made("DELETE /items")) == 1


@pytest.mark.parametrize(
    "spoilt",
    [
        {"id": ALICE},
        {"status": None},
        {"connector": None},
        {"connector": {"id": "x"}},
        {"createdAt": "yesterday"},
        {"createdAt": "2026-11-25T12:00:00"},
        {"clientUserId": 7},
        {"error": {"code": 7}},
        {"executionStatus": 7},
    ],
)
def test_a_malformed_item_is_not_believed(world: PluggyWorld, spoilt: dict[str, Any]) -> None:
    item_id = trips.connect(world).consent.id
    world.pluggy.items[item_id].update(spoilt)
    with pytest.raises(ProviderError) as caught:
        world.provider.read(bank=world.bank, consent_id=item_id)
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(
    "spoilt",
    [
        {"itemId": ALICE},
        {"createdAt": None},
        {"expiresAt": 7},
        {"openFinancePermissionsGranted": [7]},
        {"openFinancePermissionsGranted": 7},
    ],
)
def test_a_malformed_consent_is_not_believed(world: PluggyWorld, spoilt: dict[str, Any]) -> None:
    item_id = trips.connect(world).consent.id
    world.pluggy.consents[item_id][0].update(spoilt)
    with pytest.raises(ProviderError) as caught:
        world.provider.read(bank=world.bank, consent_id=item_id)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_consents_are_read_to_the_last_page(world: PluggyWorld) -> None:
    item_id = world.pluggy.add_item(user=ALICE)
    for _ in range(4):
        world.pluggy.agree(item_id, revokedAt=datetime.now(UTC).isoformat())
    world.pluggy.agree(item_id)
    assert world.provider.read(bank=world.bank, consent_id=item_id).status == "AUTHORISED"
    assert [call.query["page"] for call in world.pluggy.made("GET /consents")] == ["1", "2", "3"]
