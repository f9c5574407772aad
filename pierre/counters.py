"""A counter cache that is exact with any number of processes: what django-ratelimit counts in."""

import random
from collections.abc import Sequence
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

_ADD = """
    INSERT INTO pierre_counter AS c (key, value, expires_at)
    VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s))
    ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value, expires_at = EXCLUDED.expires_at
    WHERE c.expires_at <= clock_timestamp() RETURNING value"""
_INCREMENT = """
    UPDATE pierre_counter SET value = value + %s
    WHERE key = %s AND expires_at > clock_timestamp() RETURNING value"""
_GET = "SELECT value FROM pierre_counter WHERE key = %s AND expires_at > clock_timestamp()"
_SWEEP = "DELETE FROM pierre_counter WHERE expires_at <= clock_timestamp()"
_SWEEP_CHANCE = 0.01


class PostgresCounters(BaseCache):
    """Keep whole numbers in an unlogged table, which only a crash of PostgreSQL forgets.

    Only what counting needs is here: `add`, `incr`, `get` and `clear`.
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(
        self, key: str, value: int, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Start a counter for `timeout` seconds; False when one is running already."""
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        started = self._one(_ADD, [self.make_and_validate_key(key, version), value, seconds])
        if started is not None and random.random() < _SWEEP_CHANCE:  # noqa: S311
            self._one(_SWEEP, [])
        return started is not None

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Add to a running counter and return it; ValueError when none is running."""
        value = self._one(_INCREMENT, [delta, self.make_and_validate_key(key, version)])
        if value is None:
            raise ValueError(f"Key '{key}' not found")
        return value

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return a running counter, or the default."""
        value = self._one(_GET, [self.make_and_validate_key(key, version)])
        return default if value is None else value

    def clear(self) -> None:
        """Forget every counter."""
        self._one("DELETE FROM pierre_counter", [])

    @staticmethod
    def _one(sql: str, params: Sequence[str | float | None]) -> int | None:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None
