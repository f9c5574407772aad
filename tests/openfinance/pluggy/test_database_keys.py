"""One API key for all processes, sealed in PostgreSQL: renewed once, however many want it."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models.functions import Now

from accounts import encryption
from accounts.models import AuditEvent
from openfinance import provider_keys
from openfinance.models import ProviderKey
from openfinance.provider_keys import DatabaseKeyStore
from openfinance.providers.pluggy import ApiKey, PluggyProvider
from tests.openfinance.pluggy.person import provider
from tests.openfinance.pluggy.server import CLIENT_ID, CLIENT_SECRET, Call, Pluggy

PROCESSES = 8


def process(pluggy: Pluggy) -> PluggyProvider:
    """Return an adapter that shares nothing with another one but the database."""
    return provider(pluggy, keys=DatabaseKeyStore(), total_timeout=5.0, read_timeout=5.0)


def together(acts: list[Callable[[], object]]) -> list[object]:
    """Do all of it at one moment, each in a thread with a connection of its own."""
    start, ends = threading.Barrier(len(acts)), list[object]()

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            ends.append(act())
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            ends.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def age(**ends_in: float) -> None:
    """Let the key that is kept end so soon."""
    ProviderKey.objects.update(expires_at=datetime.now(UTC) + timedelta(**ends_in))


def auths(pluggy: Pluggy) -> int:
    return len(pluggy.made("POST /auth"))


@pytest.mark.usefixtures("live_db")
def test_processes_that_all_want_the_first_key_ask_for_one(pluggy: Pluggy) -> None:
    pluggy.auth_pause = 0.3
    ends = together([process(pluggy).connectors for _ in range(PROCESSES)])
    assert [len(end) for end in ends if isinstance(end, tuple)] == [5] * PROCESSES
    assert auths(pluggy) == 1


@pytest.mark.usefixtures("live_db")
def test_processes_that_all_find_it_ended_renew_it_once(pluggy: Pluggy) -> None:
    process(pluggy).connectors()
    age(minutes=-1)
    pluggy.expire_keys()
    pluggy.auth_pause = 0.3
    ends = together([process(pluggy).connectors for _ in range(PROCESSES)])
    assert [type(end) for end in ends] == [tuple] * PROCESSES
    assert auths(pluggy) == 2


@pytest.mark.usefixtures("live_db")
def test_processes_whose_key_is_refused_renew_it_once(pluggy: Pluggy) -> None:
    running = [process(pluggy) for _ in range(PROCESSES)]
    process(pluggy).connectors()
    age(minutes=60)
    for one in running:
        one.connectors()
    pluggy.expire_keys()
    pluggy.auth_pause = 0.3
    ends = together([one.connectors for one in running])
    assert [type(end) for end in ends] == [tuple] * PROCESSES
    assert auths(pluggy) == 2


@pytest.mark.usefixtures("live_db")
def test_nobody_waits_while_one_renews_it_early(pluggy: Pluggy) -> None:
    process(pluggy).connectors()
    age(minutes=9)
    pluggy.auth_pause = 1.0
    old = set(pluggy.keys)
    ends = together([process(pluggy).connectors for _ in range(PROCESSES)])
    assert [type(end) for end in ends] == [tuple] * PROCESSES
    assert auths(pluggy) == 2
    by_old = [c for c in pluggy.made("GET /connectors") if c.headers["X-API-KEY"] in old]
    assert len(by_old) == 3 * PROCESSES


@pytest.mark.usefixtures("live_db")
def test_the_key_of_a_process_that_was_killed_while_it_renewed_is_renewed_by_another(
    pluggy: Pluggy,
) -> None:
    process(pluggy).connectors()
    age(minutes=-1)
    store, name = DatabaseKeyStore(), ProviderKey.objects.get().name
    assert store.lock(name, seconds=0.5)
    assert store.lock(name, seconds=0.5) is None
    assert len(process(pluggy).connectors()) == 5
    assert auths(pluggy) == 2


@pytest.mark.django_db
def test_whoever_lost_the_lease_overwrites_nothing() -> None:
    store, now = DatabaseKeyStore(), datetime.now(UTC)
    late = store.lock("pluggy:x", seconds=30)
    assert late
    ProviderKey.objects.update(leased_until=Now())
    fresh = store.lock("pluggy:x", seconds=30)
    assert fresh
    store.unlock("pluggy:x", lease=late)
    store.put("pluggy:x", ApiKey(value="late", expires_at=now + timedelta(hours=2)), lease=late)
    assert store.get("pluggy:x", after=now) is None
    store.put("pluggy:x", ApiKey(value="fresh", expires_at=now + timedelta(hours=1)), lease=fresh)
    kept = store.get("pluggy:x", after=now)
    assert kept is not None
    assert kept.value == "fresh"


@pytest.mark.django_db
def test_a_key_that_ends_too_soon_is_not_even_decrypted() -> None:
    store, end = DatabaseKeyStore(), datetime.now(UTC) + timedelta(hours=1)
    lease = store.lock("pluggy:x", seconds=30)
    assert lease
    store.put("pluggy:x", ApiKey(value="a-key", expires_at=end), lease=lease)
    assert store.get("pluggy:x", after=end) is None
    assert AuditEvent.objects.count() == 0


@pytest.mark.django_db
def test_a_key_is_sealed_in_its_own_row_and_each_reading_is_recorded() -> None:
    store, end = DatabaseKeyStore(), datetime.now(UTC) + timedelta(hours=1)
    for name in ("pluggy:x", "pluggy:y"):
        lease = store.lock(name, seconds=30)
        assert lease
        store.put(name, ApiKey(value=f"the-key-of-{name}", expires_at=end), lease=lease)
    first, second = ProviderKey.objects.order_by("name")
    assert b"the-key" not in bytes(first.key) + bytes(second.key)
    store.get("pluggy:x", after=datetime.now(UTC))
    event = AuditEvent.objects.get()
    assert (event.act, event.result, event.user) == ("decrypted", "api_key", None)
    ProviderKey.objects.filter(pk=first.pk).update(key=second.key)
    with pytest.raises(encryption.Unreadable):
        store.get("pluggy:x", after=datetime.now(UTC))


@pytest.mark.usefixtures("live_db")
def test_no_connection_is_held_during_a_call(
    pluggy: Pluggy, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, held = connections["default"], list[bool]()

    def answer(call: Call) -> tuple[int, Any]:
        held.append(mine.connection is not None)
        return Pluggy.answer(pluggy, call)

    monkeypatch.setattr(pluggy, "answer", answer)
    assert ProviderKey.objects.count() == 0
    assert mine.connection is not None
    process(pluggy).connectors()
    assert held == [False] * 4


def test_settings_can_name_it(pluggy: Pluggy) -> None:
    made = provider_keys.pluggy(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    assert isinstance(made.keys, DatabaseKeyStore)
    assert made.api_url == "https://api.pluggy.ai"
