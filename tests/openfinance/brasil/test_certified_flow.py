"""The whole life of a connection, against the certified server with mutual TLS."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openfinance.providers import (
    ConsentRequest,
    Departure,
    Extends,
    Provider,
    ProviderError,
    Redirect,
    RejectedBy,
    RejectionReason,
)
from openfinance.providers.brasil import BrasilProvider
from tests.openfinance.brasil import receiver, walk
from tests.openfinance.brasil.bank import Bank
from tests.openfinance.brasil.conftest import CertifiedBank
from tests.openfinance.providers import suite

pytestmark = pytest.mark.node


@dataclass(frozen=True)
class BrasilWorld:
    provider: Provider
    bank: dict[str, Any]
    authority: str

    def request(self, **changes: Any) -> ConsentRequest:
        return receiver.request(self.bank, **changes)

    def go(self, departure: Departure, *, approves: bool = True) -> dict[str, str]:
        assert isinstance(departure.to, Redirect)
        decision = "approve" if approves else "refuse"
        return walk.go(departure.to.url, authority=self.authority, decision=decision)


@pytest.fixture
def world(certified: CertifiedBank, provider: BrasilProvider) -> BrasilWorld:
    return BrasilWorld(provider, certified.reference, certified.authority)


class TestBrasil(suite.ProviderSuite):
    """The suite of all providers, with signed requests."""


class TestBrasilWithEncryptedRequests(suite.ProviderSuite):
    @pytest.fixture
    def world(self, certified: CertifiedBank, provider: BrasilProvider) -> BrasilWorld:
        bank = {**certified.reference, "encrypts_requests": True}
        return BrasilWorld(provider, bank, certified.authority)


def test_what_is_granted_is_told_apart_from_what_was_asked(world: BrasilWorld) -> None:
    granted = suite.connect(world)
    assert granted.is_confirmed
    assert {*receiver.ASKED} - {*granted.consent.permissions} == {"ACCOUNTS_TRANSACTIONS_READ"}


def test_access_is_short_and_the_refresh_token_stays_the_same(world: BrasilWorld) -> None:
    granted = suite.connect(world)
    assert granted.tokens is not None
    tokens = suite.refresh(world, granted)
    assert tokens.refresh_token == granted.tokens.refresh_token
    assert timedelta(minutes=14) < tokens.expires_at - datetime.now(UTC) <= timedelta(minutes=15)


def test_a_revoked_consent_says_who_revoked_it(world: BrasilWorld) -> None:
    granted = suite.connect(world)
    world.provider.revoke(bank=world.bank, consent_id=granted.consent.id)
    with pytest.raises(ProviderError) as caught:
        suite.refresh(world, granted)
    assert caught.value.consent is not None
    assert caught.value.consent.rejection is not None
    assert caught.value.consent.rejection.reason is RejectionReason.CUSTOMER_MANUALLY_REVOKED


def test_a_refused_consent_says_who_refused_it(world: BrasilWorld) -> None:
    departure = world.provider.start(world.request())
    with pytest.raises(ProviderError) as caught:
        suite.finish(world, departure, world.go(departure, approves=False))
    assert caught.value.consent is not None
    assert caught.value.consent.rejection is not None
    assert caught.value.consent.rejection.by is RejectedBy.USER


def test_a_consent_is_extended_with_the_persons_own_token(world: BrasilWorld) -> None:
    granted = suite.connect(world)
    assert granted.tokens is not None
    assert isinstance(world.provider, Extends)
    extended = world.provider.extend(
        bank=world.bank,
        consent_id=granted.consent.id,
        access_token=granted.tokens.access_token,
        expires_at=datetime(2099, 1, 2, tzinfo=UTC),
        person=receiver.ALICE,
    )
    assert extended.expires_at == datetime(2099, 1, 2, tzinfo=UTC)


def test_a_receiver_that_registers_itself_connects_people(
    world: BrasilWorld, provider: BrasilProvider, bank: Bank
) -> None:
    bank.mock.stop(allow_assert=False)  # only its signature is wanted
    issuer = world.bank["issuer"]
    statement = {
        "iat": int(time.time()),
        "software_redirect_uris": [receiver.REDIRECT_URI],
        "software_jwks_uri": f"{issuer}/client-jwks",
    }
    registration = provider.register(
        issuer=issuer,
        discovery_url=f"{issuer}/.well-known/openid-configuration",
        software_statement=bank.signed(statement),
        encrypts_requests=False,
    )
    registered = {**world.bank, "client_id": registration.client_id}
    assert registration.access_token
    assert suite.connect(BrasilWorld(provider, registered, world.authority)).tokens
