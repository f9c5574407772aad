"""Banks by way of Pluggy: its widget in our page, and an item in the place of a consent."""

import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from openfinance.providers.base import Bank
from openfinance.providers.errors import ProviderError, Reason
from openfinance.providers.pluggy import grants, items, outcomes, returns, webhooks
from openfinance.providers.pluggy.api import Api
from openfinance.providers.pluggy.connectors import Connector
from openfinance.providers.pluggy.items import Agreement, Item
from openfinance.providers.pluggy.keys import KeyStore
from openfinance.providers.pluggy.outcomes import Standing
from openfinance.providers.pluggy.returns import Memory
from openfinance.providers.pluggy.transport import Transport
from openfinance.providers.values import (
    BankConsent,
    ConsentRequest,
    ConsentStatus,
    Departure,
    Granted,
    Notice,
    Tokens,
    Widget,
)

# How long a connect token opens the widget.
_TOKEN_LASTS = timedelta(minutes=30)
# Opaque: a UUID or the like. Pluggy stores it and sends it in webhooks.
_USER = re.compile(r"[A-Za-z0-9_-]{8,64}")
_NUMBER = re.compile(r"[0-9-]*")


@dataclass(eq=False, kw_only=True)
class PluggyProvider:
    """The connectors of Pluggy, for one of its clients; share one between threads.

    A consent's id is its item's. `keys` keeps the API key for all processes. `webhook_url` is told
    to Pluggy with each item, "" when webhooks are registered there once and for all, which is the
    only way to have them sent with a header: `webhook_header` then has to hold `webhook_secret`.
    `redirect_uri` is where a bank's app leads back to, left out unless it is https. Timeouts are in
    seconds: to connect, for the next bytes, for a whole answer. `with_sandbox` admits Pluggy's own
    banks, `allow_loopback` is for tests. Raises ValueError for what cannot be used, naming it.
    """

    needs_cpf: ClassVar[bool] = False
    gives_tokens: ClassVar[bool] = False

    client_id: str
    client_secret: str = field(repr=False)
    keys: KeyStore = field(repr=False)
    webhook_url: str = ""
    webhook_header: str = "X-Webhook-Secret"
    webhook_secret: str = field(default="", repr=False)
    redirect_uri: str = ""
    api_url: str = "https://api.pluggy.ai"
    connect_timeout: float = 3.05
    read_timeout: float = 10.0
    total_timeout: float = 20.0
    with_sandbox: bool = False
    allow_loopback: bool = False

    def __post_init__(self) -> None:
        if not self.client_id or not self.client_secret:
            raise ValueError("client_id and client_secret are needed")
        if self.webhook_url and not _is_public(self.webhook_url):
            raise ValueError("webhook_url is not an https address that Pluggy can call")
        self._transport = Transport(
            url=self.api_url,
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            total_timeout=self.total_timeout,
            allow_loopback=self.allow_loopback,
        )
        self._api = Api(
            transport=self._transport,
            store=self.keys,
            client_id=self.client_id,
            client_secret=self.client_secret,
        )

    def start(self, request: ConsentRequest) -> Departure:
        """Prepare the widget, to make an item or to update the one of `consent_id` or `renews`.

        An item that was authorised meanwhile is gone on with as well: there are no tokens that
        could have been lost. A `renews` that is no item of the bank any more is left alone.
        """
        if not _is_opaque(request.user_reference):
            raise ProviderError(
                reason=Reason.REQUEST_REFUSED, details="user_reference is not an opaque name"
            )
        now = datetime.now(UTC)
        memory = Memory(
            state=secrets.token_urlsafe(32),
            user=request.user_reference,
            connector_id=_connector_id(request.bank),
            item_id=None,
            permissions=request.permissions,
            started_at=now.isoformat(),
        )
        consent = self._consent_before(request, memory)
        item_id = consent.id if consent else self._item_before(request.renews, memory)
        memory = replace(memory, item_id=item_id)
        token = self._api.connect_token(item_id=item_id, options=self._token_options(memory))
        return Departure(
            to=Widget(token=token, state=memory.state, options=self._widget_options(memory)),
            state=memory.state,
            remembered=memory.write(),
            expires_at=now + _TOKEN_LASTS,
            consent=consent,
        )

    def finish(self, *, bank: Bank, returned: Mapping[str, str], remembered: str) -> Granted:
        """Read the item that the page names, and believe it once it is known to be the person's.

        `returned` has `state` and `item_id`; without an item, or for a widget that was closed, it
        has `error`: `closed`, or the code that the widget told. BANK_BUSY has the consent of an
        item that is not ready: keep its id, and `read` it later. An item that was made on this trip
        and gives nothing is deleted, or it might come to work when nobody knows of it any more.
        """
        memory = Memory.read(remembered)
        if _connector_id(bank) != memory.connector_id:
            raise ProviderError(reason=Reason.WRONG_ISSUER, details="the bank's row changed")
        arrival = returns.read(returned, memory)
        item = self._api.item(arrival.item_id)
        memory.check(item)
        try:
            if arrival.was_closed:
                returns.give_up(item, memory)
            return returns.granted(item, self._told(item.id), memory)
        except ProviderError as error:
            if error.consent and error.reason is not Reason.BANK_BUSY and memory.made(item):
                with suppress(ProviderError):
                    self._api.delete(item.id)
            raise

    def refresh(self, *, bank: Bank, consent_id: str, refresh_token: str | None) -> Tokens:
        """Raise ProviderError: Pluggy holds the tokens, so that there is nothing to renew.

        CONSENT_ENDED and ACCESS_LOST say how it is, and MISCONFIGURED that all is well and should
        not have been asked for. The API key is never handed out as if it were a person's token: it
        opens every item.
        """
        try:
            consent = self.read(bank=bank, consent_id=consent_id)
        except ProviderError as error:
            if error.reason is not Reason.CONSENT_UNKNOWN:
                raise
            raise ProviderError(reason=Reason.CONSENT_ENDED, details=error.details) from None
        if consent.status is ConsentStatus.REJECTED:
            raise ProviderError(reason=Reason.CONSENT_ENDED, consent=consent)
        raise ProviderError(reason=Reason.MISCONFIGURED, details="this provider gives no tokens")

    def revoke(self, *, bank: Bank, consent_id: str) -> None:
        """Delete the item, which ends the consent at the bank and erases what Pluggy has."""
        if items.is_id(consent_id):
            self._api.delete(consent_id)

    def read(self, *, bank: Bank, consent_id: str) -> BankConsent:
        """Return the consent of an item; its term is the bank's, maybe longer than was agreed to.

        Raises ProviderError: CONSENT_UNKNOWN for a deleted item, and ACCESS_LOST, with the consent,
        for one that does not work again until the person has been at the bank.
        """
        item = self._item(consent_id)
        now = datetime.now(UTC)
        consent = outcomes.consent(item, self._api.agreements(item.id), now=now)
        how = outcomes.standing(item)
        is_lost = how in {Standing.LOST, Standing.AWAITS}
        if consent.status is ConsentStatus.AUTHORISED and is_lost:
            code = outcomes.code(item)
            raise ProviderError(reason=Reason.ACCESS_LOST, details=code, consent=consent)
        return consent

    def parse(self, *, headers: Mapping[str, str], body: bytes) -> tuple[Notice, ...]:
        """Return which item to read; WRONG_SIGNATURE without the secret, when there is one."""
        if self.webhook_secret:
            webhooks.require_secret(headers, header=self.webhook_header, secret=self.webhook_secret)
        return webhooks.parse(body)

    def connectors(self) -> tuple[Connector, ...]:
        """Return Pluggy's connectors of Open Finance in Brazil, to be mapped to our banks."""
        return self._api.connectors(with_sandbox=self.with_sandbox)

    def close(self) -> None:
        """Close the idle connections."""
        self._transport.close()

    def _consent_before(self, request: ConsentRequest, memory: Memory) -> BankConsent | None:
        """Return the consent of an earlier try, if there is one to go on with."""
        if request.consent_id is None:
            return None
        try:
            item = self._item(request.consent_id)
        except ProviderError as error:
            if error.reason is not Reason.CONSENT_UNKNOWN:
                raise
            raise ProviderError(reason=Reason.CONSENT_ENDED, details=error.details) from None
        memory.check(item)
        consent = outcomes.consent(item, self._api.agreements(item.id), now=datetime.now(UTC))
        if consent.status is ConsentStatus.REJECTED:
            raise ProviderError(reason=Reason.CONSENT_ENDED, consent=consent)
        return consent

    def _item_before(self, renews: str | None, memory: Memory) -> str | None:
        try:
            item = self._item(renews or "")
            memory.check(item)
        except ProviderError as error:
            if error.is_permanent:
                return None
            raise
        return item.id

    def _item(self, item_id: str) -> Item:
        if not items.is_id(item_id):  # another provider's consent, of before the bank's row changed
            raise ProviderError(reason=Reason.CONSENT_UNKNOWN, details="no id of an item")
        return self._api.item(item_id)

    def _told(self, item_id: str) -> tuple[Agreement, ...] | None:
        try:
            return self._api.agreements(item_id)
        except ProviderError:
            return None

    def _token_options(self, memory: Memory) -> dict[str, Any]:
        options: dict[str, Any] = {
            "clientUserId": memory.user,
            "avoidDuplicates": True,
            "products": grants.products(memory.permissions),
        }
        if self.webhook_url:
            options["webhookUrl"] = self.webhook_url
        if _is_public(self.redirect_uri):
            options["oauthRedirectUri"] = self.redirect_uri
        return options

    def _widget_options(self, memory: Memory) -> dict[str, Any]:
        options: dict[str, Any] = {"includeSandbox": self.with_sandbox}
        if memory.item_id:
            return {**options, "updateItem": memory.item_id}
        connector = memory.connector_id
        return {**options, "connectorIds": [connector], "selectedConnectorId": connector}


def _connector_id(bank: Bank) -> int:
    value = bank.get("connector_id")
    if not isinstance(value, int) or isinstance(value, bool):
        raise ProviderError(reason=Reason.MISCONFIGURED, details="the bank has no connector_id")
    return value


def _is_opaque(name: str) -> bool:
    """Say whether a name can be nobody's CPF, CNPJ, phone or address."""
    return _USER.fullmatch(name) is not None and _NUMBER.fullmatch(name) is None


def _is_public(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "https" and "." in host and not host.endswith(".localhost")
