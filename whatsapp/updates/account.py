"""What Meta says of the WhatsApp Business account rather than of a conversation."""

from dataclasses import dataclass
from datetime import datetime

from whatsapp.updates.base import Received
from whatsapp.updates.strict_json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLevel(Received):
    """`account_id` is the WhatsApp Business account; `at` is None when Meta gives no time."""

    account_id: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateStatus(AccountLevel):
    """A template of ours changed state.

    `event` is Meta's state in capitals: APPROVED, REJECTED, PAUSED, DISABLED and others. `language`
    is written with "_" whichever way it came (pt_BR). `reason` is None for Meta's NONE; `title` and
    `details` are what Meta adds to a pause, a lock or a rejection; `disable_date` is its own text.
    """

    event: str
    template_id: str
    name: str
    language: str
    category: str | None
    reason: str | None
    title: str | None
    details: str | None
    disable_date: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUpdate(AccountLevel):
    """The account was restricted, banned, deleted, or changed otherwise.

    `restrictions` are Meta's restriction types, `ban_state` is DISABLE, REINSTATE or
    SCHEDULE_FOR_DISABLE; `details` is all that Meta said.
    """

    event: str
    violation: str | None
    restrictions: tuple[str, ...]
    ban_state: str | None
    details: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEvent(AccountLevel):
    """Any other subscribed field (`flows`, `security` …); `event` is None when it names none."""

    field: str
    event: str | None
    details: JsonObject
