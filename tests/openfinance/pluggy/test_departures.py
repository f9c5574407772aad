"""The way to Pluggy's widget."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openfinance import permissions
from openfinance.permissions import Group
from openfinance.providers import ConsentStatus, Departure, ProviderError, Reason, Widget
from tests.openfinance.pluggy import person, trips
from tests.openfinance.pluggy.person import ALICE, BRUNO, PluggyWorld
from tests.openfinance.pluggy.server import Pluggy


def asked(world: PluggyWorld) -> dict[str, Any]:
    """Return what the last connect token was asked with."""
    content: dict[str, Any] = world.pluggy.made("POST /connect_token")[-1].content
    return content


def widget(departure: Departure) -> Widget:
    assert isinstance(departure.to, Widget)
    return departure.to


def test_the_token_is_for_this_person_and_for_what_they_agreed_to(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request())
    assert widget(departure).token in world.pluggy.connect_tokens
    assert asked(world) == {
        "options": {
            "clientUserId": ALICE,
            "avoidDuplicates": True,
            "products": ["ACCOUNTS", "TRANSACTIONS"],
        }
    }


def test_the_widget_opens_at_the_persons_bank(world: PluggyWorld) -> None:
    options = widget(world.provider.start(world.request())).options
    assert options == {
        "includeSandbox": False,
        "connectorIds": [601],
        "selectedConnectorId": 601,
    }


def test_a_departure_lasts_as_long_as_its_token(world: PluggyWorld) -> None:
    departure = world.provider.start(world.request())
    left = departure.expires_at - datetime.now(UTC)
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    assert departure.consent is None


def test_every_group_is_collected_and_exchange_has_no_product(world: PluggyWorld) -> None:
    groups = [group for group in Group if group not in permissions.OF_BUSINESSES]
    world.provider.start(world.request(permissions=permissions.expand(groups)))
    assert sorted(asked(world)["options"]["products"]) == [
        "ACCOUNTS",
        "CREDIT_CARDS",
        "IDENTITY",
        "INVESTMENTS",
        "INVESTMENTS_TRANSACTIONS",
        "LOANS",
        "TRANSACTIONS",
    ]


@pytest.mark.parametrize(
    ("redirect_uri", "is_told"),
    [
        ("https://connect.example/retorno", True),
        ("http://connect.example/retorno", False),
        ("https://localhost/retorno", False),
        ("https://connect.localhost/retorno", False),
        ("", False),
    ],
)
def test_where_a_bank_app_leads_back_to_is_told_only_if_pluggy_takes_it(
    pluggy: Pluggy,
    redirect_uri: str,
    is_told: bool,  # noqa: FBT001
) -> None:
    world = PluggyWorld(pluggy, person.provider(pluggy, redirect_uri=redirect_uri))
    world.provider.start(world.request())
    world.provider.close()
    assert asked(world)["options"].get("oauthRedirectUri") == (redirect_uri if is_told else None)


def test_where_webhooks_go_is_told_with_the_token(pluggy: Pluggy) -> None:
    url = "https://connect.example/webhooks/pluggy"
    world = PluggyWorld(pluggy, person.provider(pluggy, webhook_url=url))
    world.provider.start(world.request())
    world.provider.close()
    assert asked(world)["options"]["webhookUrl"] == url


@pytest.mark.parametrize(
    "user_reference",
    [
        "",
        "alice@example.com",
        "76109277673",
        "761.092.776-73",
        "761092776-73",
        "+5511987654321",
        "Alice Souza",
        "a" * 65,
    ],
)
def test_pluggy_is_told_no_name_that_could_be_a_persons_own(
    world: PluggyWorld, user_reference: str
) -> None:
    with pytest.raises(ProviderError) as caught:
        world.provider.start(world.request(user_reference=user_reference))
    assert caught.value.reason is Reason.REQUEST_REFUSED
    assert world.pluggy.calls == []


@pytest.mark.parametrize("bank", [{}, {"connector_id": "601"}, {"connector_id": True}])
def test_a_bank_without_its_connector_is_for_staff(
    world: PluggyWorld, bank: dict[str, Any]
) -> None:
    with pytest.raises(ProviderError) as caught:
        world.provider.start(world.request(bank=bank))
    assert caught.value.reason is Reason.MISCONFIGURED
    assert not caught.value.may_try_again


def test_a_renewal_updates_the_same_item(world: PluggyWorld) -> None:
    item_id = trips.connect(world).consent.id
    departure = world.provider.start(world.request(renews=item_id))
    assert asked(world)["itemId"] == item_id
    assert widget(departure).options == {"includeSandbox": False, "updateItem": item_id}
    renewed = trips.finish(world, departure, world.go(departure)["item_id"])
    assert renewed.consent.id == item_id


def test_a_renewal_of_what_is_not_there_any_more_makes_a_new_item(world: PluggyWorld) -> None:
    gone = trips.connect(world).consent.id
    world.provider.revoke(bank=world.bank, consent_id=gone)
    of_another_provider = "urn:bancoex:C1DD33123"
    for renews in (gone, of_another_provider):
        world.provider.start(world.request(renews=renews))
        assert "itemId" not in asked(world)


@pytest.mark.parametrize(("user", "connector_id"), [(BRUNO, 601), (ALICE, 602)])
def test_a_renewal_gets_no_token_for_another_persons_or_banks_item(
    world: PluggyWorld, user: str, connector_id: int
) -> None:
    item_id = world.pluggy.add_item(user=user, connector_id=connector_id)
    world.provider.start(world.request(renews=item_id))
    assert "itemId" not in asked(world)


def test_a_renewal_waits_for_pluggy_to_answer_about_the_item(world: PluggyWorld) -> None:
    item_id = trips.connect(world).consent.id
    world.pluggy.fail("GET /items", status=503)
    with pytest.raises(ProviderError) as caught:
        world.provider.start(world.request(renews=item_id))
    assert caught.value.reason is Reason.BANK_DOWN


def test_an_item_that_awaits_is_gone_on_with(world: PluggyWorld) -> None:
    item_id = world.pluggy.add_item(user=ALICE, status="WAITING_USER_ACTION")
    departure = world.provider.start(world.request(consent_id=item_id))
    assert departure.consent is not None
    assert departure.consent.status is ConsentStatus.AWAITING_AUTHORISATION
    assert asked(world)["itemId"] == item_id


def test_an_item_that_was_authorised_meanwhile_is_not_lost(world: PluggyWorld) -> None:
    item_id = world.pluggy.add_item(user=ALICE)
    world.pluggy.agree(item_id)
    departure = world.provider.start(world.request(consent_id=item_id))
    assert departure.consent is not None
    assert departure.consent.status is ConsentStatus.AUTHORISED
    assert trips.finish(world, departure, item_id).consent.id == item_id


@pytest.mark.parametrize("consent_id", ["urn:bancoex:C1DD33123", ALICE])
def test_an_earlier_try_that_pluggy_does_not_know_is_over(
    world: PluggyWorld, consent_id: str
) -> None:
    with pytest.raises(ProviderError) as caught:
        world.provider.start(world.request(consent_id=consent_id))
    assert caught.value.reason is Reason.CONSENT_ENDED


def test_an_earlier_try_of_another_person_is_refused(world: PluggyWorld) -> None:
    item_id = world.pluggy.add_item(user=BRUNO)
    with pytest.raises(ProviderError) as caught:
        world.provider.start(world.request(consent_id=item_id))
    assert caught.value.reason is Reason.WRONG_SUBJECT
    assert world.pluggy.made("POST /connect_token") == []


@pytest.mark.parametrize(
    "options",
    [
        {"client_id": ""},
        {"client_secret": ""},
        {"webhook_url": "http://connect.example/"},
        {"webhook_url": "https://localhost/"},
        {"api_url": "http://api.pluggy.example"},
        {"api_url": "https://user:password@api.pluggy.example"},
        {"api_url": "api.pluggy.example"},
        {"allow_loopback": False},
    ],
)
def test_what_cannot_be_used_is_refused_at_once_and_not_quoted(
    pluggy: Pluggy, options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"client_id|webhook_url|api_url") as caught:
        person.provider(pluggy, **options)
    assert "password" not in str(caught.value)
