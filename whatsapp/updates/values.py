"""Every update, as the value it is read into."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from whatsapp.updates.account import AccountEvent, AccountUpdate, TemplateStatus
from whatsapp.updates.base import Failure, Received
from whatsapp.updates.inbound import (
    ButtonReply,
    FlowReply,
    ListReply,
    Media,
    OtherMessage,
    Reaction,
    SharedContacts,
    TemplateReply,
    Text,
)


class DeliveryState(StrEnum):
    """What became of a message of ours."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    PLAYED = "played"
    OTHER = "other"  # a word that Meta did not use when this was written


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(Received):
    """What became of a message of ours, at `at`; statuses come in any order.

    `word` is Meta's own for the state. `callback_data` is what we sent along as
    `biz_opaque_callback_data`. `recipient_wa_id` (digits)
    and `recipient_user_id` (business-scoped) may be missing, both too. `failure` comes with FAILED.
    """

    message_id: str
    state: DeliveryState
    word: str
    at: datetime
    recipient_wa_id: str | None
    recipient_user_id: str | None
    callback_data: str | None
    failure: Failure | None
    pricing_category: str | None
    pricing_type: str | None


class SystemChangeKind(StrEnum):
    """Which identifier of a person changed."""

    NUMBER = "user_changed_number"
    USER_ID = "user_changed_user_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemChange(Received):
    """A person has a new number, a new business-scoped id, or both.

    It is no message of theirs: it opens no window. A new number always comes with a new id, but
    WhatsApp may tell only the id; what it does not tell is None.
    """

    kind: SystemChangeKind
    message_id: str
    at: datetime
    wa_id: str | None
    previous_wa_id: str | None
    user_id: str | None
    previous_user_id: str | None


class Preference(StrEnum):
    """What a person wants of a category of messages."""

    STOP = "stop"
    RESUME = "resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceChange(Received):
    """A person stopped or resumed a category (`marketing_messages`) in WhatsApp's own settings.

    `wa_id` or `user_id` may be missing, never both.
    """

    wa_id: str | None
    user_id: str | None
    category: str
    preference: Preference
    at: datetime
    details: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedFailure(Received):
    """An error that Meta reports on its own, of no message in particular."""

    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Received):
    """An update to keep and to ignore; `reason` says what is not known of it, for staff."""

    reason: str


Message = (
    Text
    | ListReply
    | ButtonReply
    | TemplateReply
    | FlowReply
    | SharedContacts
    | Reaction
    | Media
    | OtherMessage
)
Update = (
    Message
    | Status
    | SystemChange
    | PreferenceChange
    | ReportedFailure
    | TemplateStatus
    | AccountUpdate
    | AccountEvent
    | Unknown
)
