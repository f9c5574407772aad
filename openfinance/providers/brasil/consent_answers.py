"""What a bank tells of a consent, as values (Consents API 3.3.1)."""

import re
from enum import StrEnum
from typing import Final, TypeVar

from openfinance import permissions
from openfinance.providers.brasil import answers, times
from openfinance.providers.brasil.transport import Answer
from openfinance.providers.values import (
    BankConsent,
    ConsentStatus,
    Extension,
    RejectedBy,
    Rejection,
    RejectionReason,
)

_CONSENT_ID: Final = re.compile(
    r"urn:[a-zA-Z0-9][a-zA-Z0-9-]{0,31}:[a-zA-Z0-9()+,\-.:=@;$_!*'%/?#]+"
)
_LONGEST_ID = 256

Choice = TypeVar("Choice", bound=StrEnum)


def is_id(value: object) -> bool:
    """Say whether a value is the id of a consent, as the specification has them."""
    return (
        isinstance(value, str)
        and len(value) <= _LONGEST_ID
        and _CONSENT_ID.fullmatch(value) is not None
    )


def consent(answer: Answer, *, of: str | None = None) -> BankConsent:
    """Return the consent of an answer, which has to be the one `of` that id, if one is given.

    Raises ProviderError with BAD_ANSWER.
    """
    data = answers.json_object(answer).get("data")
    if not isinstance(data, dict) or not is_id(data.get("consentId")):
        raise answers.bad("no consent", answer)
    if of is not None and data["consentId"] != of:
        raise answers.bad("another consent", answer)
    try:
        return BankConsent(
            id=data["consentId"],
            status=ConsentStatus(data["status"]),
            permissions=_names(data["permissions"]),
            created_at=times.read(data["creationDateTime"]),
            changed_at=times.read(data["statusUpdateDateTime"]),
            expires_at=times.read_end(data.get("expirationDateTime")),
            rejection=_rejection(data.get("rejection")),
        )
    except (KeyError, ValueError, TypeError):
        raise answers.bad("a malformed consent", answer) from None


def _names(value: object) -> tuple[str, ...]:
    """Return the permissions that we know, as no other can have been asked for."""
    if not isinstance(value, list):
        raise TypeError
    names = tuple(dict.fromkeys(name for name in value if name in permissions.KNOWN))
    if not names:
        raise ValueError
    return names


def _rejection(value: object) -> Rejection | None:
    if not isinstance(value, dict):
        return None
    reason = value.get("reason")
    return Rejection(
        by=_choice(RejectedBy, value.get("rejectedBy")),
        reason=_choice(RejectionReason, reason.get("code") if isinstance(reason, dict) else None),
    )


def _choice(choices: type[Choice], value: object) -> Choice | None:
    return next((choice for choice in choices if choice == value), None)


def extensions(answer: Answer) -> tuple[list[Extension], int]:
    """Return the extensions of one page, and how many pages there are.

    Raises ProviderError with BAD_ANSWER.
    """
    content = answers.json_object(answer)
    try:
        found = [
            Extension(
                requested_at=times.read(entry["requestDateTime"]),
                expires_at=times.read_end(entry.get("expirationDateTime")),
                previous_expires_at=times.read_end(entry.get("previousExpirationDateTime")),
            )
            for entry in content["data"]
        ]
        return found, int(content["meta"]["totalPages"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise answers.bad("malformed extensions", answer) from None
