"""Pluggy's item, which is a person's link to one connector, and the consents given to it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self, TypeGuard

from openfinance.providers.pluggy import answers
from openfinance.providers.pluggy.answers import Json

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

BUSINESS: Final = "BUSINESS_BANK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item as Pluggy has it.

    `error_code` is "" when there is none. `user` is the opaque name that we gave its person, and
    `expires_at` None for a consent without an end.
    """

    id: str
    status: str
    execution: str
    error_code: str
    user: str = field(repr=False)
    connector_id: int
    is_business: bool
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None

    @classmethod
    def read(cls, content: Json, *, of: str) -> Self:
        """Return the item of an answer, which has to be the one of this id.

        Raises ProviderError with BAD_ANSWER.
        """
        if content.get("id") != of:
            raise answers.bad("another item")
        error = content.get("error")
        try:
            connector = content["connector"]
            created_at = _time(content["createdAt"])
            return cls(
                id=of,
                status=_text(content["status"]),
                execution=_text(content.get("executionStatus") or ""),
                error_code=_text(error.get("code") or "") if isinstance(error, dict) else "",
                user=_text(content.get("clientUserId") or ""),
                connector_id=int(connector["id"]),
                is_business=connector.get("type") == BUSINESS,
                created_at=created_at,
                updated_at=_end(content.get("updatedAt")) or created_at,
                expires_at=_end(content.get("consentExpiresAt")),
            )
        except (KeyError, ValueError, TypeError, AttributeError):
            raise answers.bad("a malformed item") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One consent of an item; `names` are Pluggy's, None where it does not tell them."""

    names: frozenset[str] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def read(cls, content: Json, *, of: str) -> Self:
        """Return a consent of an answer, which has to be one of this item.

        Raises ProviderError with BAD_ANSWER.
        """
        if content.get("itemId") != of:
            raise answers.bad("another item's consent")
        names = content.get("openFinancePermissionsGranted")
        try:
            return cls(
                names=None if names is None else frozenset(map(_text, names)),
                created_at=_time(content["createdAt"]),
                expires_at=_end(content.get("expiresAt")),
                revoked_at=_end(content.get("revokedAt")),
            )
        except (KeyError, ValueError, TypeError):
            raise answers.bad("a malformed consent") from None

    def is_live(self, now: datetime) -> bool:
        """Say whether it stands: not revoked, nor over."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


def newest(agreements: Sequence[Agreement] | None) -> Agreement | None:
    """Return the consent that counts: reconnecting an item adds one to those before."""
    return max(agreements, key=lambda given: given.created_at) if agreements else None


def is_id(value: object) -> TypeGuard[str]:
    """Say whether a value can be the id of an item."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _time(value: Any) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)


def _end(value: Any) -> datetime | None:
    return None if value is None else _time(value)
