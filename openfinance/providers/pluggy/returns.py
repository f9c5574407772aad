"""The way back from the widget: what was kept for it, what the page brings, and what came of it."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn

from openfinance import permissions
from openfinance.providers.errors import ProviderError, Reason
from openfinance.providers.memories import Kept
from openfinance.providers.pluggy import items, outcomes
from openfinance.providers.pluggy.items import Agreement, Item
from openfinance.providers.pluggy.outcomes import Standing
from openfinance.providers.values import BankConsent, ConsentStatus, Granted

# What the page sends as `error` when the person closed the widget.
CLOSED: Final = "closed"
_CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory(Kept):
    """What a departure keeps until its return, all of it text.

    `user` is our opaque name for the person, and `item_id` None for a trip that makes a new item.
    """

    state: str = field(repr=False)
    user: str = field(repr=False)
    connector_id: int
    item_id: str | None
    started_at: str

    def check(self, item: Item) -> None:
        """Raise ProviderError for an item that is not this trip's, before it is believed.

        WRONG_SUBJECT: another person's; WRONG_ISSUER: another bank's; WRONG_NONCE: not the one that
        was to be updated.
        """
        if not hmac.compare_digest(item.user.encode(), self.user.encode()):
            raise ProviderError(reason=Reason.WRONG_SUBJECT, details="another person's item")
        if item.connector_id != self.connector_id:
            raise ProviderError(reason=Reason.WRONG_ISSUER, details="another bank's item")
        if self.item_id is not None and item.id != self.item_id:
            raise ProviderError(reason=Reason.WRONG_NONCE, details="not the item to be updated")

    def made(self, item: Item) -> bool:
        """Say whether an item was made on this trip, and is not one of before."""
        started_at = datetime.fromisoformat(self.started_at)
        return self.item_id is None and item.created_at >= started_at - _CLOCKS_DIFFER


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What the page brings, not checked yet; `was_closed` says that the person gave up."""

    item_id: str
    was_closed: bool


def read(returned: Mapping[str, str], memory: Memory) -> Arrival:
    """Return what came back: `state` and `item_id`, and `error` for a widget that was closed.

    Raises ProviderError: WRONG_STATE first, for then it is nobody's answer; then, without an item,
    what `error` stands for, which is one of Pluggy's codes or `closed`.
    """
    if not hmac.compare_digest(returned.get("state", "").encode(), memory.state.encode()):
        raise ProviderError(reason=Reason.WRONG_STATE)
    item_id, error = returned.get("item_id", ""), returned.get("error", "")
    if not item_id:
        raise ProviderError(
            reason=Reason.REFUSED if error == CLOSED else outcomes.reason(error),
            details="the widget ended without an item",
        )
    if not items.is_id(item_id):
        raise ProviderError(reason=Reason.MALFORMED, details="no id of an item")
    return Arrival(item_id=item_id, was_closed=error == CLOSED)


def give_up(item: Item, memory: Memory) -> NoReturn:
    """Raise ProviderError with REFUSED; what was there before this trip is not touched by it."""
    told = outcomes.rejected(item) if memory.made(item) else None
    raise ProviderError(reason=Reason.REFUSED, details="the widget was closed", consent=told)


def granted(item: Item, agreements: Sequence[Agreement] | None, memory: Memory) -> Granted:
    """Return what an item of this trip gives; `agreements` is None when Pluggy did not tell them.

    Raises ProviderError, with the consent: BANK_BUSY when the person, another approver or Pluggy is
    not ready yet, so that its id is worth keeping; else why nothing is granted.
    """
    now = datetime.now(UTC)
    given, how = items.newest(agreements), outcomes.standing(item)
    is_live = given is not None and given.is_live(now)
    if is_live and how not in {Standing.AWAITS, Standing.LOST} and agreements:
        consent = outcomes.consent(item, agreements, now=now)
        is_settled = how in {Standing.WORKS, Standing.FAILED}
        return _within(consent, item, memory, is_settled=is_settled)
    if given is None and how in {Standing.WORKS, Standing.COLLECTING}:
        return _unconfirmed(item, memory)
    told = None if agreements is None else outcomes.consent(item, agreements, now=now)
    if how in {Standing.AWAITS, Standing.LOGGING_IN, Standing.COLLECTING}:
        raise ProviderError(
            reason=Reason.BANK_BUSY,
            details=f"the item is not ready: {how}",
            consent=told or outcomes.awaiting(item),
        )
    if how is Standing.WORKS:
        raise ProviderError(reason=Reason.CONSENT_ENDED, consent=told)
    code = outcomes.code(item)
    raise ProviderError(reason=outcomes.reason(code), details=code, consent=told)


def _within(consent: BankConsent, item: Item, memory: Memory, *, is_settled: bool) -> Granted:
    if not consent.permissions:
        return _unconfirmed(item, memory)
    names = tuple(name for name in consent.permissions if name in memory.permissions)
    if not permissions.groups(names):
        raise ProviderError(reason=Reason.NOTHING_TO_SHARE, consent=consent)
    return Granted(
        tokens=None, consent=replace(consent, permissions=names), is_confirmed=is_settled
    )


def _unconfirmed(item: Item, memory: Memory) -> Granted:
    return Granted(
        tokens=None,
        consent=BankConsent(
            id=item.id,
            status=ConsentStatus.AUTHORISED,
            permissions=memory.permissions,
            created_at=item.created_at,
            changed_at=item.updated_at,
            expires_at=item.expires_at,
        ),
        is_confirmed=False,
    )
