"""What the chat says; the words are in templates/whatsapp/."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from openfinance import consents, exceptions
from openfinance.chat.vocabulary import Request
from openfinance.exceptions import FlowError
from openfinance.invitations import OTHER_BANK_ROW, bank_row
from openfinance.models import Bank, ConnectionLink, Consent, Flow
from openfinance.notices import RENEW_BUTTON
from whatsapp.exceptions import WhatsAppError
from whatsapp.messages import InteractiveList, ReplyButton, ReplyButtons, Row, Section, Text

# A button with it asks for what its text says, as if that were typed.
REQUEST_BUTTON = "request:"
# A row and a button with them ask whether to end the connection whose id follows, and do so.
ASK_TO_END = "end:"
END_BUTTON = "revoke:"
# A WhatsApp list has ten rows.
_MOST_ROWS = 10


def help_text() -> ReplyButtons:
    """Say what can be written here, and who helps further."""
    return _with_buttons("chat/help", Request.CONNECT, support=settings.SUPPORT_CONTACT)


def stranger() -> Text:
    """Say to somebody who is no user of ours what this number is for."""
    return Text(body=_text("chat/stranger", support=settings.SUPPORT_CONTACT))


def opted_out() -> Text:
    """Confirm that nothing more is sent."""
    return Text(body=_text("chat/opted_out"))


def opted_in() -> ReplyButtons:
    """Confirm that messages may be sent again."""
    return _with_buttons("chat/opted_in", Request.CONNECT)


def ask_for_bank() -> Text:
    """Ask for the name of a bank."""
    return Text(body=_text("chat/ask_for_bank"))


def bank_hits(banks: Iterable[Bank]) -> InteractiveList:
    """Show the banks that a search found, at most nine, and the way to another search."""
    again = Row(
        id=OTHER_BANK_ROW,
        title=_text("bank_hits/again_title"),
        description=_text("bank_hits/again_description"),
    )
    rows = (*(bank_row(bank) for bank in banks), again)
    return InteractiveList(
        body=_text("bank_hits/body"),
        button=_text("bank_hits/button"),
        sections=(Section(rows=rows),),
    )


def nothing_found() -> ReplyButtons:
    """Say that a search found no bank."""
    return _with_buttons("chat/nothing_found", Request.CONNECT)


def unavailable_bank(bank: Bank | None) -> ReplyButtons:
    """Say that a bank cannot be chosen; None when it is not even known."""
    requests = (Request.CONNECT, Request.OTHER_BANK)
    return _with_buttons("chat/unavailable_bank", *requests, bank=bank)


def old_reply() -> ReplyButtons:
    """Say that what was tapped counts no more."""
    return _with_buttons("chat/old_reply", Request.CONNECT)


def unfinished_flow() -> ReplyButtons:
    """Say that what a WhatsApp Flow sent is not the end of one."""
    return _with_buttons("chat/unfinished_flow", Request.CONNECT)


def nothing_to_end() -> ReplyButtons:
    """Say that there is no connection."""
    return _with_buttons("chat/nothing_to_end", Request.CONNECT)


def no_connections() -> ReplyButtons:
    """Say that there is nothing to look after."""
    return _with_buttons("chat/no_connections", Request.CONNECT)


def ask_to_end(bank: Bank, connection_id: UUID) -> ReplyButtons:
    """Say what ending a connection means, and ask once whether to."""
    button = ReplyButton(id=f"{END_BUTTON}{connection_id}", title=_text("chat/button_end"))
    return ReplyButtons(body=_text("chat/ask_to_end", bank=bank), buttons=(button,))


def which_to_end(found: Iterable[Consent]) -> InteractiveList:
    """Show the connections that can be ended."""
    return _which(found, ASK_TO_END, body=_text("chat/which_to_end"))


def which_to_renew(found: Iterable[Consent]) -> InteractiveList:
    """Show the connections that can be renewed."""
    return _which(found, RENEW_BUTTON, body=_text("chat/which_to_renew"))


def ending(bank: Bank) -> Text:
    """Say that a connection gives no access any more, and what follows."""
    return Text(body=_text("chat/ending", bank=bank))


def already_sent(flow: Flow) -> Text:
    """Say that what the person asks for was sent, and how to go on if it did not arrive."""
    return Text(body=_text("chat/already_sent", flow=flow, support=settings.SUPPORT_CONTACT))


def status(
    *,
    link: ConnectionLink | None,
    flow: Flow | None = None,
    connected: Iterable[Consent] = (),
) -> ReplyButtons:
    """Say how the connections and the last request stand: what was chosen, else what was sent."""
    context = {
        "link": link,
        "is_live": link is not None and link.expires_at > timezone.now(),
        "flow": flow,
        "states": [_state(consent) for consent in connected][:_MOST_ROWS],
    }
    return _with_buttons("chat/status", Request.CONNECT, **context)


def refused(error: FlowError | WhatsAppError) -> Text:
    """Say why nothing can be sent for what the person asked, and what they can do."""
    name = error.code if isinstance(error, FlowError) else "unavailable"
    seconds = error.retry_after if isinstance(error, exceptions.TooManyMessages) else 0
    # Shown in whole minutes, none too early.
    again_at = timezone.now() + timedelta(seconds=seconds + 59)
    context = {"support": settings.SUPPORT_CONTACT, "upgrade_url": settings.UPGRADE_URL}
    return Text(body=_text(f"chat/refused/{name}", error=error, again_at=again_at, **context))


def _which(found: Iterable[Consent], act: str, *, body: str) -> InteractiveList:
    rows = tuple(
        Row(
            id=f"{act}{consent.connection_id}",
            title=consent.connection.bank.name,
            description=_text("chat/state", **_state(consent)),
        )
        for consent in found
    )
    sections = (Section(rows=rows[:_MOST_ROWS]),)
    return InteractiveList(body=body, button=_text("chat/button_which"), sections=sections)


def _state(consent: Consent) -> dict[str, object]:
    is_active = consents.shown(consent) is Consent.Shown.ACTIVE
    name = consents.state_name(consent)
    return {"consent": consent, "state": name, "is_active": is_active}


def _with_buttons(name: str, *requests: Request, **context: object) -> ReplyButtons:
    buttons = (
        ReplyButton(id=f"{REQUEST_BUTTON}{request}", title=_text(f"chat/button_{request}"))
        for request in requests
    )
    return ReplyButtons(body=_text(name, **context), buttons=tuple(buttons))


def _text(name: str, **context: object) -> str:
    return render_to_string(f"{name}.txt", context, using="whatsapp").strip()
