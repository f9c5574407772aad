"""What the states and errors of an item mean, here: one table, and the consent that follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from openfinance.providers.errors import Reason
from openfinance.providers.pluggy import answers, grants, items
from openfinance.providers.pluggy.items import Agreement, Item
from openfinance.providers.values import (
    BankConsent,
    ConsentStatus,
    RejectedBy,
    Rejection,
    RejectionReason,
)


class Standing(StrEnum):
    """How an item is, as far as the person is concerned."""

    WORKS = "works"
    COLLECTING = "collecting"  # the bank let Pluggy in, and it fetches
    LOGGING_IN = "logging_in"  # nothing is known yet
    AWAITS = "awaits"  # the person, or another approver, has still to confirm
    LOST = "lost"  # it does not work again until the person has been at the bank
    FAILED = "failed"  # it did not work this time; Pluggy tries again by itself


_STATUSES: Final[Mapping[str, Standing]] = MappingProxyType(
    {
        "UPDATED": Standing.WORKS,
        "UPDATING": Standing.LOGGING_IN,
        "MERGING": Standing.COLLECTING,
        "WAITING_USER_INPUT": Standing.AWAITS,
        "WAITING_USER_ACTION": Standing.AWAITS,
        "LOGIN_ERROR": Standing.LOST,
        "OUTDATED": Standing.FAILED,
    }
)
# What an error says of an item that is OUTDATED, and why a trip that ends with it granted nothing.
_ERRORS: Final[Mapping[str, tuple[Standing, Reason]]] = MappingProxyType(
    {
        "INVALID_CREDENTIALS": (Standing.LOST, Reason.REFUSED),
        "INVALID_CREDENTIALS_MFA": (Standing.LOST, Reason.REFUSED),
        "ALREADY_LOGGED_IN": (Standing.FAILED, Reason.BANK_ERROR),
        "UNEXPECTED_ERROR": (Standing.FAILED, Reason.BANK_ERROR),
        "SITE_NOT_AVAILABLE": (Standing.FAILED, Reason.BANK_DOWN),
        "CONNECTION_ERROR": (Standing.FAILED, Reason.BANK_DOWN),
        "ACCOUNT_LOCKED": (Standing.LOST, Reason.REFUSED),
        "ACCOUNT_CREDENTIALS_RESET": (Standing.LOST, Reason.REFUSED),
        "ACCOUNT_NEEDS_ACTION": (Standing.LOST, Reason.BANK_ERROR),
        "USER_AUTHORIZATION_PENDING": (Standing.AWAITS, Reason.BANK_BUSY),
        "USER_AUTHORIZATION_NOT_GRANTED": (Standing.LOST, Reason.REFUSED),
        "USER_NOT_SUPPORTED": (Standing.LOST, Reason.NOTHING_TO_SHARE),
        "USER_INPUT_TIMEOUT": (Standing.LOST, Reason.REQUEST_EXPIRED),
        "CREATE_ERROR": (Standing.FAILED, Reason.BANK_ERROR),
        "MERGE_ERROR": (Standing.FAILED, Reason.BANK_ERROR),
        "ERROR": (Standing.FAILED, Reason.BANK_ERROR),
    }
)
# An execution in one of these has the login behind it; `LOGIN_…` and `CREAT…` have not.
_AFTER_LOGIN = (
    "ACCOUNTS_",
    "TRANSACTIONS_",
    "PAYMENT_DATA_",
    "CREDITCARDS_",
    "INVESTMENTS_",
    "OPPORTUNITIES_",
    "IDENTITY_",
)
_BY_PERSON: Final = Rejection(by=RejectedBy.USER, reason=RejectionReason.CUSTOMER_MANUALLY_REJECTED)
_REJECTIONS: Final[Mapping[Reason, Rejection]] = MappingProxyType(
    {
        Reason.REFUSED: _BY_PERSON,
        Reason.REQUEST_EXPIRED: Rejection(
            by=RejectedBy.USER, reason=RejectionReason.CONSENT_EXPIRED
        ),
    }
)
_TECHNICAL: Final = Rejection(by=RejectedBy.ASPSP, reason=RejectionReason.CONSENT_TECHNICAL_ISSUE)
_REVOKED: Final = Rejection(by=RejectedBy.USER, reason=RejectionReason.CUSTOMER_MANUALLY_REVOKED)
_OVER: Final = Rejection(by=RejectedBy.ASPSP, reason=RejectionReason.CONSENT_MAX_DATE_REACHED)


def standing(item: Item) -> Standing:
    """Return how an item is; raise ProviderError with BAD_ANSWER for a state that is unknown."""
    known = _STATUSES.get(item.status)
    if known is None:
        raise answers.bad("an unknown status of the item")
    told = _ERRORS.get(code(item))
    if known is Standing.LOGGING_IN and item.execution.startswith(_AFTER_LOGIN):
        return Standing.COLLECTING
    if known is Standing.FAILED and told:
        return told[0]
    if known is Standing.LOST and told and told[0] is Standing.AWAITS:
        return Standing.AWAITS
    return known


def code(item: Item) -> str:
    """Return the code of an item's error, "" for none that we know."""
    return next((c for c in (item.error_code, item.execution) if c in _ERRORS), "")


def reason(error_code: str) -> Reason:
    """Return why a trip that ended with this code granted nothing."""
    return _ERRORS[error_code][1] if error_code in _ERRORS else Reason.BANK_ERROR


def consent(item: Item, agreements: Sequence[Agreement], *, now: datetime) -> BankConsent:
    """Return the consent that an item stands for, with the item's id.

    Raises ProviderError with BAD_ANSWER for an item that works though nothing was agreed to.
    """
    given, how = items.newest(agreements), standing(item)
    if given and given.is_live(now):
        return BankConsent(
            id=item.id,
            status=ConsentStatus.AUTHORISED,
            permissions=grants.granted(given, is_business=item.is_business),
            created_at=given.created_at,
            changed_at=given.created_at,
            expires_at=given.expires_at,
        )
    # With another trip under way, what was before does not count any more.
    if how in {Standing.LOGGING_IN, Standing.COLLECTING, Standing.AWAITS}:
        return awaiting(item)
    if given:
        return _ended(item, given)
    if how is Standing.WORKS:
        raise answers.bad("no consent of an item that works")
    return rejected(item, _REJECTIONS.get(reason(code(item)), _TECHNICAL))


def awaiting(item: Item) -> BankConsent:
    """Return the consent of an item whose person has not agreed at the bank yet."""
    return BankConsent(
        id=item.id,
        status=ConsentStatus.AWAITING_AUTHORISATION,
        permissions=(),
        created_at=item.created_at,
        changed_at=item.updated_at,
    )


def rejected(item: Item, rejection: Rejection = _BY_PERSON) -> BankConsent:
    """Return the consent of an item whose person never agreed at the bank."""
    return BankConsent(
        id=item.id,
        status=ConsentStatus.REJECTED,
        permissions=(),
        created_at=item.created_at,
        changed_at=item.updated_at,
        rejection=rejection,
    )


def _ended(item: Item, given: Agreement) -> BankConsent:
    return BankConsent(
        id=item.id,
        status=ConsentStatus.REJECTED,
        permissions=grants.granted(given, is_business=item.is_business),
        created_at=given.created_at,
        changed_at=given.revoked_at or given.expires_at or item.updated_at,
        expires_at=given.expires_at,
        rejection=_REVOKED if given.revoked_at else _OVER,
    )
