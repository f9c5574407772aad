"""This service as Pluggy knows it, and a person before its widget."""

import threading
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from openfinance import permissions
from openfinance.permissions import Group
from openfinance.providers import ConsentRequest, Departure, Person, Widget
from openfinance.providers.pluggy import ApiKey, PluggyProvider
from tests.openfinance.pluggy.server import CLIENT_ID, CLIENT_SECRET, Pluggy

ALICE = "6f1c2e9a-6f0d-4f5e-9d0a-0a4c6f4b2a11"
BRUNO = "0d9b6a3f-1f77-4d0e-8a52-3a1a1c3a5b22"
BANK = {"connector_id": 601}
ASKED = permissions.expand([Group.BALANCES, Group.TRANSACTIONS])


class MemoryKeyStore:
    """A `KeyStore` for one process."""

    def __init__(self) -> None:
        self.keys: dict[str, ApiKey] = {}
        self.leases: dict[str, str] = {}
        self._guard = threading.Lock()

    def get(self, name: str, *, after: datetime) -> ApiKey | None:
        key = self.keys.get(name)
        return key if key and key.expires_at > after else None

    def lock(self, name: str, *, seconds: float) -> str | None:
        with self._guard:
            if name in self.leases:
                return None
            self.leases[name] = str(uuid.uuid4())
            return self.leases[name]

    def put(self, name: str, key: ApiKey, *, lease: str) -> None:
        if self.leases.get(name) == lease:
            self.keys[name] = key
            del self.leases[name]

    def unlock(self, name: str, *, lease: str) -> None:
        if self.leases.get(name) == lease:
            del self.leases[name]


def provider(pluggy: Pluggy, **options: Any) -> PluggyProvider:
    """Return an adapter that may call this machine."""
    mine = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "keys": MemoryKeyStore(),
        "api_url": pluggy.url,
        "read_timeout": 2.0,
        "total_timeout": 2.0,
        "allow_loopback": True,
    }
    return PluggyProvider(**{**mine, **options})


@dataclass(eq=False)
class PluggyWorld:
    """A `World` of the shared suite: Alice, whose bank Pluggy reaches."""

    pluggy: Pluggy
    provider: PluggyProvider
    bank: dict[str, Any] = field(default_factory=lambda: dict(BANK))

    def request(self, **changes: Any) -> ConsentRequest:
        asked = ConsentRequest(
            bank=self.bank,
            permissions=ASKED,
            expires_at=datetime.now(UTC) + timedelta(days=365),
            person=Person(),
            user_reference=ALICE,
        )
        return replace(asked, **changes)

    def go(self, departure: Departure, *, approves: bool = True) -> dict[str, str]:
        """Do in the widget what a person does, as far as the server and the page see it."""
        assert isinstance(departure.to, Widget)
        item_id = self.item_of(departure)
        item = self.pluggy.items[item_id]
        if approves:
            item.update(status="UPDATED", executionStatus="SUCCESS", error=None)
            self.pluggy.agree(item_id)
        else:
            code = "USER_AUTHORIZATION_NOT_GRANTED"
            error = {"code": code, "message": "Alice said no"}
            item.update(status="LOGIN_ERROR", executionStatus=code, error=error)
        return {"state": departure.state, "item_id": item_id}

    def item_of(self, departure: Departure, **changes: Any) -> str:
        """Return the item that the widget makes or updates, before anything is agreed to."""
        assert isinstance(departure.to, Widget)
        asked = self.pluggy.connect_tokens[departure.to.token]
        known = asked.get("itemId")
        if known:
            self.pluggy.items[known].update(**changes)
            return str(known)
        connector = departure.to.options["selectedConnectorId"]
        user = asked["options"]["clientUserId"]
        return self.pluggy.add_item(user=user, connector_id=connector, **changes)
