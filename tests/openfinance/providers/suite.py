"""What every provider has to do, whichever way it has to the bank.

A provider's own test module inherits from `ProviderSuite` and gives it a `world`.
"""

from typing import Any, Protocol

import pytest

from openfinance.providers import (
    Bank,
    ConsentRequest,
    ConsentStatus,
    Departure,
    Granted,
    Provider,
    ProviderError,
    Reads,
    Reason,
)


class World(Protocol):
    """A provider, a bank that it reaches, and a person who goes there."""

    @property
    def provider(self) -> Provider: ...

    @property
    def bank(self) -> Bank: ...

    def request(self, **changes: Any) -> ConsentRequest:
        """Return what the person agreed to."""

    def go(self, departure: Departure, *, approves: bool = True) -> dict[str, str]:
        """Decide at the bank and return what the person comes back with."""


def connect(world: World) -> Granted:
    departure = world.provider.start(world.request())
    return finish(world, departure, world.go(departure))


def finish(world: World, departure: Departure, returned: dict[str, str]) -> Granted:
    return world.provider.finish(
        bank=world.bank, returned=returned, remembered=departure.remembered
    )


def refresh(world: World, granted: Granted) -> Any:
    return world.provider.refresh(
        bank=world.bank,
        consent_id=granted.consent.id,
        refresh_token=granted.tokens.refresh_token if granted.tokens else None,
    )


class ProviderSuite:
    def test_a_person_connects_and_gets_no_more_than_they_agreed_to(self, world: World) -> None:
        granted = connect(world)
        assert granted.consent.status is ConsentStatus.AUTHORISED
        assert granted.consent.permissions
        assert set(granted.consent.permissions) <= set(world.request().permissions)

    def test_the_state_comes_back_and_is_never_the_same(self, world: World) -> None:
        first, second = (world.provider.start(world.request()) for _ in range(2))
        assert first.state != second.state
        assert world.go(second)["state"] == second.state

    def test_no_secret_of_a_departure_shows(self, world: World) -> None:
        departure = world.provider.start(world.request())
        assert departure.state not in repr(departure)
        assert departure.remembered not in repr(departure)

    def test_a_person_who_says_no_connects_nothing(self, world: World) -> None:
        departure = world.provider.start(world.request())
        with pytest.raises(ProviderError) as caught:
            finish(world, departure, world.go(departure, approves=False))
        assert caught.value.reason is Reason.REFUSED
        assert caught.value.may_try_again

    def test_another_trips_return_is_refused(self, world: World) -> None:
        first, second = (world.provider.start(world.request()) for _ in range(2))
        with pytest.raises(ProviderError) as caught:
            finish(world, first, world.go(second))
        assert caught.value.reason is Reason.WRONG_STATE
        assert caught.value.is_permanent

    def test_a_return_is_good_once(self, world: World) -> None:
        departure = world.provider.start(world.request())
        returned = world.go(departure)
        if finish(world, departure, returned).tokens is None:
            pytest.skip("nothing is exchanged: the caller's use of the state makes it good once")
        with pytest.raises(ProviderError) as caught:
            finish(world, departure, returned)
        assert caught.value.reason is Reason.CODE_REFUSED

    def test_what_another_provider_remembered_is_refused(self, world: World) -> None:
        departure = world.provider.start(world.request())
        returned = world.go(departure)
        with pytest.raises(ProviderError) as caught:
            world.provider.finish(bank=world.bank, returned=returned, remembered='{"other": 1}')
        assert caught.value.reason is Reason.WRONG_ISSUER

    def test_another_try_goes_on_with_the_same_consent(self, world: World) -> None:
        first = world.provider.start(world.request())
        if first.consent is None:
            pytest.skip("this provider creates the consent only while the person is away")
        second = world.provider.start(world.request(consent_id=first.consent.id))
        assert finish(world, second, world.go(second)).consent.id == first.consent.id

    def test_a_consent_that_was_used_or_has_ended_is_not_tried_again(self, world: World) -> None:
        granted = connect(world)
        consent_id = granted.consent.id
        reasons = [Reason.CONSENT_TAKEN, Reason.CONSENT_ENDED]
        if granted.tokens is None:  # none that could have been lost, so that it may be gone on with
            reasons.remove(Reason.CONSENT_TAKEN)
            world.provider.revoke(bank=world.bank, consent_id=consent_id)
        for reason in reasons:
            with pytest.raises(ProviderError) as caught:
                world.provider.start(world.request(consent_id=consent_id))
            assert caught.value.reason is reason
            world.provider.revoke(bank=world.bank, consent_id=consent_id)

    def test_access_is_renewed_and_what_renews_it_is_never_lost(self, world: World) -> None:
        granted = connect(world)
        if granted.tokens is None:
            with pytest.raises(ProviderError) as caught:
                refresh(world, granted)
            assert caught.value.reason is Reason.MISCONFIGURED
            return
        tokens = refresh(world, granted)
        assert tokens.access_token != granted.tokens.access_token
        assert tokens.refresh_token

    def test_revoking_ends_everything_and_may_be_repeated(self, world: World) -> None:
        granted = connect(world)
        for _ in range(2):
            world.provider.revoke(bank=world.bank, consent_id=granted.consent.id)
        with pytest.raises(ProviderError) as caught:
            refresh(world, granted)
        assert caught.value.reason is Reason.CONSENT_ENDED
        assert caught.value.is_permanent

    def test_a_consent_is_read_as_it_is_now(self, world: World) -> None:
        if not isinstance(world.provider, Reads):
            pytest.skip("this provider cannot tell")
        consent_id = connect(world).consent.id
        now = world.provider.read(bank=world.bank, consent_id=consent_id)
        assert now.status is ConsentStatus.AUTHORISED
        world.provider.revoke(bank=world.bank, consent_id=consent_id)
        try:
            now = world.provider.read(bank=world.bank, consent_id=consent_id)
        except ProviderError as error:
            assert error.reason is Reason.CONSENT_UNKNOWN  # noqa: PT017 - either way is right
        else:
            assert now.status is ConsentStatus.REJECTED
