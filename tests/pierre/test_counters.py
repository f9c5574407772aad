from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import caches
from django.db import connection

pytestmark = pytest.mark.usefixtures("live_db")

counters = caches["counters"]


def test_a_counter_starts_once() -> None:
    assert counters.add("a", 1, 60)
    assert not counters.add("a", 1, 60)


def test_a_counter_counts_from_where_it_started() -> None:
    counters.add("a", 1, 60)
    assert [counters.incr("a"), counters.incr("a"), counters.get("a")] == [2, 3, 3]


def test_a_counter_that_never_started_cannot_count() -> None:
    assert counters.get("a") is None
    with pytest.raises(ValueError, match="not found"):
        counters.incr("a")


def test_a_counter_ends_and_starts_again() -> None:
    counters.add("a", 5, 60)
    _age_all()
    assert counters.get("a") is None
    assert counters.add("a", 1, 60)
    assert counters.get("a") == 1


def test_counters_that_ended_are_swept_away(monkeypatch: pytest.MonkeyPatch) -> None:
    counters.add("old", 1, 60)
    _age_all()
    monkeypatch.setattr("pierre.counters._SWEEP_CHANCE", 1.0)
    counters.add("new", 1, 60)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pierre_counter")
        assert cursor.fetchone() == (1,)


def test_the_count_is_exact_when_many_count_at_once() -> None:
    def count(_: int) -> int:
        try:
            return 1 if counters.add("a", 1, 60) else counters.incr("a")
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        assert sorted(pool.map(count, range(200))) == list(range(1, 201))


def _age_all() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pierre_counter SET expires_at = now() - interval '1 second'")
