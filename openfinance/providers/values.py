"""What goes into a provider and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class ConsentStatus(StrEnum):
    """The states of the Consents API; a provider that has others maps them to these."""

    AWAITING_AUTHORISATION = "AWAITING_AUTHORISATION"
    AUTHORISED = "AUTHORISED"
    REJECTED = "REJECTED"  # whatever ended it, at any time; it is final


class RejectedBy(StrEnum):
    USER = "USER"
    ASPSP = "ASPSP"  # the bank
    TPP = "TPP"  # us


class RejectionReason(StrEnum):
    """Why a consent is REJECTED (Consents API 3.3.1)."""

    CONSENT_EXPIRED = "CONSENT_EXPIRED"  # not authorised within 60 minutes
    CUSTOMER_MANUALLY_REJECTED = "CUSTOMER_MANUALLY_REJECTED"
    CUSTOMER_MANUALLY_REVOKED = "CUSTOMER_MANUALLY_REVOKED"
    CONSENT_MAX_DATE_REACHED = "CONSENT_MAX_DATE_REACHED"
    CONSENT_TECHNICAL_ISSUE = "CONSENT_TECHNICAL_ISSUE"
    INTERNAL_SECURITY_REASON = "INTERNAL_SECURITY_REASON"  # never call it fraud to anybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Who ended a consent and why; None for what the bank says and the specification does not."""

    by: RejectedBy | None
    reason: RejectionReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankConsent:
    """A consent as the bank has it.

    `permissions` are those that the bank makes of the ones requested, maybe fewer. `expires_at` is
    None for a term without an end, and `rejection` for a consent that is not REJECTED, or whose
    bank does not say why it is. `interaction_ids` are those of the calls that told it.
    """

    id: str
    status: ConsentStatus
    permissions: tuple[str, ...]
    created_at: datetime
    changed_at: datetime
    expires_at: datetime | None = None
    rejection: Rejection | None = None
    interaction_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who agrees, from where. Nothing of it shows in a repr.

    `cpf` is 11 digits, "" where the provider asks for it itself; `cnpj` is None unless the data are
    a business's. `ip` and `user_agent` are "" when nobody is there, as in a job; `logged_in_at` is
    when they last identified themselves to us, None when unknown.
    """

    cpf: str = field(default="", repr=False)
    cnpj: str | None = field(default=None, repr=False)
    ip: str = field(default="", repr=False)
    user_agent: str = field(default="", repr=False)
    logged_in_at: datetime | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequest:
    """What a person agreed to, to be asked of their bank.

    `bank` is what the provider needs to find the bank, as staff or the catalogue's sync wrote it.
    `permissions` are whole groups; `expires_at` is None for a term without an end. `consent_id` is
    that of an earlier try whose consent still awaits, and then only the trip is made anew.
    `renews` is the id at the bank of the consent that this one is to replace, and `user_reference`
    an opaque name of ours for the person; a provider uses them where it has a place for them.
    """

    bank: Mapping[str, Any]
    permissions: tuple[str, ...]
    expires_at: datetime | None
    person: Person
    consent_id: str | None = None
    renews: str | None = None
    user_reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Send the person to this URL, at once: it may be good for a minute only."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Widget:
    """Open the provider's widget in a page of ours, with its short-lived token.

    The page sends `state` back with what the widget says.
    """

    token: str = field(repr=False)
    state: str = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Where to send the person, and what to keep until they are back.

    `state` comes back with them, in whatever browser: keep its digest, unique, and take it once.
    `remembered` goes back to `finish` as it is; it holds secrets, so store it sealed, and erase it
    when it is used or `expires_at` is over. `consent` is None where the provider creates it only
    while the person is away.
    """

    to: Redirect | Widget
    state: str = field(repr=False)
    remembered: str = field(repr=False)
    expires_at: datetime
    consent: BankConsent | None
    interaction_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Access to a person's data; `refresh_token` is None where a provider has none."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: datetime
    interaction_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What came of a trip to the bank.

    `tokens` is None for a provider that holds them itself. `is_confirmed` is False when the bank
    gave tokens but did not answer about the consent, which is then as it was at its creation, only
    authorised: read it again later.
    """

    tokens: Tokens | None
    consent: BankConsent
    is_confirmed: bool = True
    interaction_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A longer term that was given to a consent; None for a term without an end."""

    requested_at: datetime
    expires_at: datetime | None
    previous_expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A webhook's hint that something happened to a consent: read it to know what.

    `event_id` is the provider's, unique, for a notice that comes twice.
    """

    event_id: str
    consent_id: str
