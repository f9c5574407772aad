"""Pluggy's API key: good for two hours, for every call, renewed once for all processes."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from openfinance.providers.errors import ProviderError, Reason

LIFETIME: Final = timedelta(hours=2)
# Renewed so long before its end; whoever does not renew it goes on with it meanwhile.
EARLY: Final = timedelta(minutes=10)
# One that ends sooner may end on its way.
_MARGIN: Final = timedelta(seconds=60)
# A key refused so soon after it was made is not refused for its age: another would be too.
_YOUNG: Final = timedelta(seconds=60)
_LOOK_AGAIN = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key that opens every item of the client."""

    value: str = field(repr=False)
    expires_at: datetime


class KeyStore(Protocol):
    """Keeps a key, by name, for all processes, and lets one of them at a time renew it."""

    def get(self, name: str, *, after: datetime) -> ApiKey | None:
        """Return the key if it ends after this moment, None if there is no such key."""

    def lock(self, name: str, *, seconds: float) -> str | None:
        """Take the lease to renew the key and return its name, None while another has it.

        It ends by `put` or `unlock`, or by itself after these seconds.
        """

    def put(self, name: str, key: ApiKey, *, lease: str) -> None:
        """Keep a new key and end the lease; do nothing when another has the lease now."""

    def unlock(self, name: str, *, lease: str) -> None:
        """End the lease without a new key."""


@dataclass(eq=False, kw_only=True)
class KeyRing:
    """The key of one client, as one process knows it; share one between threads.

    `fetch` asks Pluggy for a new one. `lease` is in seconds, longer than that can last: whoever
    renews for longer has died. All methods raise ProviderError.
    """

    store: KeyStore
    name: str
    fetch: Callable[[], ApiKey]
    lease: float

    def __post_init__(self) -> None:
        self._kept: ApiKey | None = None

    def current(self) -> ApiKey:
        """Return a key that is good for a minute at least."""
        kept = self._kept
        if kept and _is_fresh(kept):
            return kept
        return self._find(after=datetime.now(UTC) + _MARGIN)

    def instead_of(self, refused: ApiKey) -> ApiKey:
        """Return a newer key than one that Pluggy did not take."""
        if datetime.now(UTC) < refused.expires_at - LIFETIME + _YOUNG:
            raise ProviderError(reason=Reason.CLIENT_REFUSED, details="a new API key is not taken")
        return self._find(after=refused.expires_at)

    def _find(self, *, after: datetime) -> ApiKey:
        until = time.monotonic() + self.lease + 1
        while time.monotonic() < until:
            stored = self.store.get(self.name, after=after)
            if stored and _is_fresh(stored):
                self._kept = stored
                return stored
            lease = self.store.lock(self.name, seconds=self.lease)
            if lease:
                return self._renew(lease, after=after)
            if stored:
                return stored
            time.sleep(_LOOK_AGAIN)
        raise ProviderError(reason=Reason.BANK_DOWN, details="no API key in time")

    def _renew(self, lease: str, *, after: datetime) -> ApiKey:
        # It may have been renewed between the look and the lease.
        stored = self.store.get(self.name, after=after)
        if stored and _is_fresh(stored):
            self.store.unlock(self.name, lease=lease)
            self._kept = stored
            return stored
        try:
            key = self.fetch()
        except ProviderError:
            if stored:  # the lease is left to end, so that not every call tries again at once
                return stored
            self.store.unlock(self.name, lease=lease)
            raise
        self.store.put(self.name, key, lease=lease)
        self._kept = key
        return key


def _is_fresh(key: ApiKey) -> bool:
    return datetime.now(UTC) < key.expires_at - EARLY
