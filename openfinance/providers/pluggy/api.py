"""The calls to Pluggy's API that this service makes, each once, with the key of all processes."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from openfinance.providers.pluggy import answers
from openfinance.providers.pluggy.answers import Json
from openfinance.providers.pluggy.connectors import Connector
from openfinance.providers.pluggy.items import Agreement, Item
from openfinance.providers.pluggy.keys import LIFETIME, ApiKey, KeyRing, KeyStore
from openfinance.providers.pluggy.transport import Answer, Transport

_MOST_PAGES = 50
_KEY_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@dataclass(eq=False, kw_only=True)
class Api:
    """Pluggy's API for one client; every method raises ProviderError."""

    transport: Transport
    store: KeyStore = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)

    def __post_init__(self) -> None:
        client = f"{self.transport.url} {self.client_id}"
        self._keys = KeyRing(
            store=self.store,
            name=f"pluggy:{hashlib.sha256(client.encode()).hexdigest()[:32]}",
            fetch=self._new_key,
            lease=self.transport.connect_timeout + self.transport.total_timeout + 5,
        )

    def connect_token(self, *, item_id: str | None, options: Mapping[str, Any]) -> str:
        """Return a token that opens the widget for half an hour, maybe to update an item."""
        content: Json = {"options": dict(options)}
        if item_id:
            content["itemId"] = item_id
        answer = self._call("POST", "/connect_token", content=content)
        return answers.text(answers.json_object(answer), "accessToken")

    def item(self, item_id: str) -> Item:
        """Return an item; CONSENT_UNKNOWN says that there is none."""
        answer = self._call("GET", f"/items/{item_id}")
        return Item.read(answers.json_object(answer), of=item_id)

    def agreements(self, item_id: str) -> tuple[Agreement, ...]:
        """Return every consent that was ever given to an item."""
        found = self._pages("/consents", {"itemId": item_id})
        return tuple(Agreement.read(content, of=item_id) for content in found)

    def delete(self, item_id: str) -> None:
        """Delete an item, with the consent at the bank; one that is not there counts as done."""
        answer = self._call("DELETE", f"/items/{item_id}")
        is_done = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
        if not is_done and answer.status != HTTPStatus.NOT_FOUND:
            raise answers.refusal(answer)

    def connectors(self, *, with_sandbox: bool) -> tuple[Connector, ...]:
        """Return the Brazilian connectors of Open Finance."""
        query = {"countries": "BR", "isOpenFinance": "true"}
        if with_sandbox:
            query["sandbox"] = "true"
        return tuple(map(Connector.read, self._pages("/connectors", query)))

    def _pages(self, path: str, query: dict[str, str]) -> Iterator[Json]:
        seen: set[str] = set()
        for number in range(1, _MOST_PAGES + 1):
            page = answers.json_object(
                self._call("GET", path, query={**query, "page": str(number)})
            )
            results = page.get("results")
            if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
                raise answers.bad("no results")
            fresh = [one for one in results if str(one.get("id")) not in seen]
            seen.update(str(one.get("id")) for one in fresh)
            yield from fresh
            pages = page.get("totalPages")
            # A page that brings nothing new is the last, whatever it says of others.
            if not fresh or not isinstance(pages, int | float) or number >= pages:
                return
        raise answers.bad("too many pages")

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        content: Json | None = None,
    ) -> Answer:
        key = self._keys.current()
        answer = self._send(method, path, key=key, query=query, content=content)
        if answer.status not in _KEY_REFUSED:
            return answer
        # A call whose key is refused did nothing, so that this repeats nothing.
        key = self._keys.instead_of(key)
        return self._send(method, path, key=key, query=query, content=content)

    def _send(
        self,
        method: str,
        path: str,
        *,
        key: ApiKey | None = None,
        query: Mapping[str, str] | None = None,
        content: Json | None = None,
    ) -> Answer:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "pierre-connect",
        }
        if key:
            headers["X-API-KEY"] = key.value
        if content is not None:
            headers["Content-Type"] = "application/json"
        body = None if content is None else json.dumps(content).encode()
        return self.transport.call(method, path, headers=headers, query=query, body=body)

    def _new_key(self) -> ApiKey:
        asked_at = datetime.now(UTC)
        credentials = {"clientId": self.client_id, "clientSecret": self.client_secret}
        answer = self._send("POST", "/auth", content=credentials)
        return ApiKey(
            value=answers.text(answers.json_object(answer), "apiKey"),
            expires_at=asked_at + LIFETIME,
        )
