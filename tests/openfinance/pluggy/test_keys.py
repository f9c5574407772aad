"""The API key is renewed before it ends, and once when Pluggy does not take it."""

from datetime import UTC, datetime, timedelta

import pytest

from openfinance.providers import ProviderError, Reason
from openfinance.providers.pluggy import ApiKey
from tests.openfinance.pluggy import person, trips
from tests.openfinance.pluggy.person import MemoryKeyStore, PluggyWorld
from tests.openfinance.pluggy.server import CLIENT_ID, Pluggy


@pytest.fixture
def store() -> MemoryKeyStore:
    return MemoryKeyStore()


@pytest.fixture
def kept(pluggy: Pluggy, store: MemoryKeyStore) -> PluggyWorld:
    """A process whose keys a test can look into."""
    return PluggyWorld(pluggy, person.provider(pluggy, keys=store))


def keep(pluggy: Pluggy, store: MemoryKeyStore, *, minutes: float, is_good: bool = True) -> str:
    """Let a key be stored that ends in these minutes, as another process left it."""
    provider = person.provider(pluggy, keys=store)
    trips.connect(PluggyWorld(pluggy, provider))
    provider.close()
    (name,) = store.keys
    key = ApiKey(value="key-kept", expires_at=datetime.now(UTC) + timedelta(minutes=minutes))
    store.keys[name] = key
    if is_good:
        pluggy.keys.add(key.value)
    pluggy.calls.clear()
    return name


def used(world: PluggyWorld) -> str:
    return world.pluggy.calls[-1].headers["X-API-KEY"]


def test_one_key_serves_every_call(kept: PluggyWorld) -> None:
    for _ in range(3):
        trips.connect(kept)
    assert len(kept.pluggy.made("POST /auth")) == 1


def test_a_key_lasts_two_hours(kept: PluggyWorld, store: MemoryKeyStore) -> None:
    trips.connect(kept)
    (key,) = store.keys.values()
    left = key.expires_at - datetime.now(UTC)
    assert timedelta(minutes=119) < left <= timedelta(hours=2)
    assert key.value not in repr(key)


def test_the_clients_id_and_address_are_the_keys_name_but_cannot_be_read_from_it(
    kept: PluggyWorld, store: MemoryKeyStore
) -> None:
    trips.connect(kept)
    (name,) = store.keys
    assert CLIENT_ID not in name
    other = person.provider(kept.pluggy, keys=store, client_id="another")
    with pytest.raises(ProviderError):
        other.connectors()
    assert list(store.keys) == [name]


def test_another_process_uses_the_same_key(kept: PluggyWorld, store: MemoryKeyStore) -> None:
    keep(kept.pluggy, store, minutes=60)
    trips.connect(kept)
    assert kept.pluggy.made("POST /auth") == []
    assert used(kept) == "key-kept"


@pytest.mark.parametrize("minutes", [-5, 0.5, 9])
def test_a_key_is_renewed_before_it_ends(
    kept: PluggyWorld, store: MemoryKeyStore, minutes: float
) -> None:
    keep(kept.pluggy, store, minutes=minutes)
    trips.connect(kept)
    assert len(kept.pluggy.made("POST /auth")) == 1
    assert used(kept) != "key-kept"


def test_while_another_renews_it_early_the_old_key_serves(
    kept: PluggyWorld, store: MemoryKeyStore
) -> None:
    name = keep(kept.pluggy, store, minutes=9)
    store.leases[name] = "another process"
    trips.connect(kept)
    assert kept.pluggy.made("POST /auth") == []
    assert used(kept) == "key-kept"


def test_an_early_renewal_that_fails_stops_nobody_and_is_not_tried_at_once_again(
    kept: PluggyWorld, store: MemoryKeyStore
) -> None:
    keep(kept.pluggy, store, minutes=9)
    kept.pluggy.fail("POST /auth", status=503)
    trips.connect(kept)
    assert used(kept) == "key-kept"
    assert len(kept.pluggy.made("POST /auth")) == 1


def test_a_first_key_that_does_not_come_says_why_and_leaves_the_way_free(
    kept: PluggyWorld, store: MemoryKeyStore
) -> None:
    kept.pluggy.fail("POST /auth", status=503)
    with pytest.raises(ProviderError) as caught:
        trips.connect(kept)
    assert caught.value.reason is Reason.BANK_DOWN
    assert store.leases == {}
    kept.pluggy.faults.clear()
    assert trips.connect(kept).is_confirmed


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_pluggy_does_not_take_any_more_is_renewed_and_the_call_made(
    kept: PluggyWorld, store: MemoryKeyStore, status: int
) -> None:
    keep(kept.pluggy, store, minutes=60, is_good=False)
    kept.pluggy.key_refusal = status
    assert trips.connect(kept).is_confirmed
    assert len(kept.pluggy.made("POST /auth")) == 1


def test_a_key_that_another_process_renewed_meanwhile_is_not_renewed_again(
    kept: PluggyWorld, store: MemoryKeyStore
) -> None:
    name = keep(kept.pluggy, store, minutes=60)
    trips.connect(kept)
    kept.pluggy.expire_keys()
    fresh = ApiKey(value="key-fresh", expires_at=datetime.now(UTC) + timedelta(hours=2))
    store.keys[name] = fresh
    kept.pluggy.keys.add(fresh.value)
    trips.connect(kept)
    assert kept.pluggy.made("POST /auth") == []
    assert used(kept) == "key-fresh"


def test_a_new_key_that_is_not_taken_is_for_staff_and_not_renewed_for_ever(
    kept: PluggyWorld,
) -> None:
    kept.pluggy.fail("GET /connectors", status=403)
    for _ in range(3):
        with pytest.raises(ProviderError) as caught:
            kept.provider.connectors()
        assert caught.value.reason is Reason.CLIENT_REFUSED
    assert len(kept.pluggy.made("POST /auth")) == 1


def test_who_waits_for_a_key_in_vain_is_told_in_time(
    pluggy: Pluggy, store: MemoryKeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = person.provider(pluggy, keys=store, connect_timeout=0.1, total_timeout=0.1)
    monkeypatch.setattr(provider._api._keys, "lease", 0.2)
    store.leases[provider._api._keys.name] = "a process that hangs"
    with pytest.raises(ProviderError) as caught:
        provider.connectors()
    assert (caught.value.reason, caught.value.details) == (Reason.BANK_DOWN, "no API key in time")


@pytest.mark.parametrize("key", ["7", '""', '"two\\nlines"', "null"])
def test_a_key_that_no_header_can_hold_is_not_kept(
    kept: PluggyWorld, store: MemoryKeyStore, key: str
) -> None:
    kept.pluggy.fail("POST /auth", body=f'{{"apiKey": {key}}}'.encode())
    with pytest.raises(ProviderError) as caught:
        kept.provider.connectors()
    assert caught.value.reason is Reason.BAD_ANSWER
    assert store.keys == {}
