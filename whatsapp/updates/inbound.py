"""What a person sent us."""

from dataclasses import dataclass
from datetime import datetime

from whatsapp.updates.base import Failure, Received
from whatsapp.updates.strict_json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who wrote: `wa_id` (digits) or `user_id` (business-scoped) may be missing, never both."""

    wa_id: str | None
    user_id: str | None
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound(Received):
    """A message from a person; it opens the 24-hour window at `at`, the message's own time.

    `context_message_id` is the message of ours it answers, None when WhatsApp does not say.
    """

    sender: Sender
    message_id: str
    at: datetime
    context_message_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Inbound):
    """Words the person typed."""

    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReply(Inbound):
    """A row picked from a list of ours."""

    id: str
    title: str
    description: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonReply(Inbound):
    """A button of an interactive message of ours."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateReply(Inbound):
    """A quick-reply button of a template of ours; `payload` is None when we set none."""

    payload: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowReply(Inbound):
    """A finished WhatsApp Flow.

    `response` comes from the person's device: believe only what our own record confirms.
    `flow_token` is the one in it, None when it has none.
    """

    flow_token: str | None
    response: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedContact:
    """A contact card.

    `wa_ids` are the digits of those of its phones that are on WhatsApp. `is_requested` when the
    person answered our request for their own number; otherwise the card may be anyone's.
    """

    name: str | None
    wa_ids: tuple[str, ...]
    is_requested: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedContacts(Inbound):
    """Contact cards."""

    contacts: tuple[SharedContact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction(Inbound):
    """An emoji put on a message, or taken back: then `emoji` is None."""

    reacted_message_id: str
    emoji: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Media(Inbound):
    """A file, which we do not download; `kind` is audio, document, image, sticker or video."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherMessage(Inbound):
    """A message we have no use for: its kind is unknown to us, or WhatsApp cannot pass it on."""

    kind: str
    failure: Failure | None
