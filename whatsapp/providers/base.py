"""What every way to WhatsApp has in common: one method, one value, one error."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol


class Outcome(StrEnum):
    """What is known of a message that was not accepted."""

    UNSENT = "unsent"  # proven: it may be tried again
    PERMANENT = "permanent"  # refused: not sent, and pointless to repeat as it is
    UNKNOWN = "unknown"  # it may have been sent: never repeat it blindly


class NextStep(StrEnum):
    """What to do about a message that was not accepted."""

    RETRY_LATER = "retry_later"
    PAUSE_QUEUE = "pause_queue"  # every message of this account, for minutes
    PAUSE_CONTACT = "pause_contact"  # every message to this person, for seconds
    RECONCILE = "reconcile"  # wait for the status webhook that carries the callback data
    STOP_NUMBER = "stop_number"  # nothing leaves this business number until staff act: alert them
    REGISTER_NUMBER = "register_number"  # likewise, and the number must be registered (again)
    STOP_TEMPLATES = "stop_templates"  # no unprompted message until staff act: alert them
    RESYNC_TEMPLATES = "resync_templates"  # ours is not what Meta approved, or it is paused
    USE_TEMPLATE = "use_template"  # the 24-hour window is closed
    FALL_BACK_TO_LIST = "fall_back_to_list"  # the WhatsApp Flow cannot be used
    TRY_OTHER_VARIANT = "try_other_variant"  # a Brazilian number, with or without its ninth digit
    RECORD_OPT_OUT = "record_opt_out"
    FIX_REQUEST = "fix_request"  # our bug
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """WhatsApp took the message; whether it was delivered comes by webhook.

    `wa_id` is None when WhatsApp leaves it out, `user_id` (business-scoped) when it knows none, and
    `message_status` for all but templates.
    """

    message_id: str
    wa_id: str | None
    user_id: str | None
    message_status: str | None


@dataclass(kw_only=True, eq=False)
class SendError(Exception):
    """WhatsApp did not accept the message.

    `details` is safe to log and to show to staff: no phone, no token. `code` is Graph's, None when
    there is no readable answer; `http_status` is None when there is no answer; `message_id` is set
    only when WhatsApp named the message and has yet to decide on it. `retry_after` is how long
    Graph says that the account's limit lasts, None when it says nothing.
    """

    outcome: Outcome
    next_step: NextStep
    details: str
    code: int | None = None
    http_status: int | None = None
    fbtrace_id: str | None = None
    message_id: str | None = None
    retry_after: timedelta | None = None

    def __str__(self) -> str:
        return f"{self.outcome}, code {self.code}, HTTP {self.http_status}: {self.details}"


class Provider(Protocol):
    def send(self, *, to: str, content: dict[str, Any], callback_data: str) -> Accepted:
        """Hand one message over, once.

        `to` is a phone in E.164 with its `+`, or a business-scoped user id; `content` is what
        `payloads.content` makes of a message. `callback_data` comes back in every status of the
        message. Raises SendError.
        """
