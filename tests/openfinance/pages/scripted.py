"""A way to a bank that answers what a test says: for what the bank of tests never does."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from openfinance.providers import (
    BankConsent,
    ConsentRequest,
    ConsentStatus,
    Departure,
    Granted,
    ProviderError,
    Reason,
    Tokens,
    Widget,
)
from openfinance.providers.base import Bank

STATE = "a-state-that-nobody-guesses"


class Scripted:
    """Opens a widget and grants nothing; fails with `start_fails` or `finish_fails` if given."""

    needs_cpf: ClassVar[bool] = False
    gives_tokens: ClassVar[bool] = False

    def __init__(self, *, start_fails: str = "", finish_fails: str = "") -> None:
        self._start_fails = start_fails
        self._finish_fails = finish_fails

    def start(self, request: ConsentRequest) -> Departure:
        if self._start_fails:
            raise ProviderError(reason=Reason(self._start_fails))
        now = datetime.now(UTC)
        return Departure(
            to=Widget(token="a-token", state=STATE, options={"connectorIds": [612]}),
            state=STATE,
            remembered="what was kept",
            expires_at=now + timedelta(minutes=30),
            consent=None,
        )

    def finish(self, *, bank: Bank, returned: Mapping[str, str], remembered: str) -> Granted:
        if self._finish_fails:
            raise ProviderError(reason=Reason(self._finish_fails))
        now = datetime.now(UTC)
        consent = BankConsent(
            id=returned["item_id"],
            status=ConsentStatus.AUTHORISED,
            permissions=(),
            created_at=now,
            changed_at=now,
        )
        return Granted(tokens=None, consent=consent)

    def refresh(self, *, bank: Bank, consent_id: str, refresh_token: str | None) -> Tokens:
        raise ProviderError(reason=Reason.MISCONFIGURED)

    def revoke(self, *, bank: Bank, consent_id: str) -> None:
        """Do nothing: there is no bank."""
