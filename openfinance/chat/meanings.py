"""What a person's message means, whether they typed it or tapped it. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from openfinance.chat import vocabulary
from openfinance.chat.answers import ASK_TO_END, END_BUTTON, REQUEST_BUTTON
from openfinance.chat.vocabulary import Consent, Request
from openfinance.invitations import BANK_ROW, OTHER_BANK_ROW
from openfinance.models import ConnectionLink
from openfinance.notices import RENEW_BUTTON
from whatsapp import updates

Via = ConnectionLink.Via

_BUTTONS = {
    OTHER_BANK_ROW: Request.OTHER_BANK,
    **{f"{REQUEST_BUTTON}{request}": request for request in Request},
}


class Act(StrEnum):
    """What can be tapped on one of their connections; what follows it is the connection's id."""

    ASK = ASK_TO_END  # whether to end it
    END = END_BUTTON
    RENEW = RENEW_BUTTON


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionPicked:
    """They tapped what belongs to a connection; `id` may be anything."""

    act: Act
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BankPicked:
    """They tapped a bank on our message `on`, None when WhatsApp does not say which."""

    slug: str
    via: ConnectionLink.Via
    on: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowFinished:
    """Their phone says that the WhatsApp Flow of our message `on` came to its end."""

    token: str | None
    on: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """They ask for something, None when we do not know for what; `bank` may name one, or be "".

    `is_tap` when it is the text of a button of ours.
    """

    request: Request | None
    bank: str = ""
    is_tap: bool = False


Meaning = Consent | ConnectionPicked | BankPicked | FlowFinished | Asked


def of(message: updates.Message) -> Meaning | None:
    """Return what a message means; None for a reaction, which says nothing to us."""
    match message:
        case updates.Text():
            return _read(message.body)
        case updates.ListReply() | updates.ButtonReply():
            return _tapped(message.id, message.title, message, via=Via.LIST)
        case updates.TemplateReply():
            return _tapped(message.payload or "", message.text, message, via=Via.TEMPLATE)
        case updates.FlowReply():
            return FlowFinished(token=message.flow_token, on=message.context_message_id)
        case updates.Reaction():
            return None
        case updates.Media() | updates.SharedContacts() | updates.OtherMessage():
            return Asked(request=None)
    assert_never(message)


def _tapped(
    button: str, title: str, message: updates.Message, *, via: ConnectionLink.Via
) -> Meaning:
    """Read the id we gave to what was tapped; without one of ours, its text as if typed."""
    if button.startswith(BANK_ROW):
        slug = button.removeprefix(BANK_ROW)
        return BankPicked(slug=slug, via=via, on=message.context_message_id)
    for act in Act:
        if button.startswith(act):
            return ConnectionPicked(act=act, id=button.removeprefix(act))
    if request := _BUTTONS.get(button):
        return Asked(request=request, is_tap=True)
    return _read(title, is_tap=True)


def _read(text: str, *, is_tap: bool = False) -> Meaning:
    said = vocabulary.read(text)
    if isinstance(said.meaning, Consent):
        return said.meaning
    return Asked(request=said.meaning, bank=said.rest, is_tap=is_tap)
