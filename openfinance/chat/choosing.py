"""Choosing a bank in the conversation: by a tap, by its name, or after a search."""

from datetime import timedelta
from typing import assert_never

from django.conf import settings

from accounts.models import ConnectionRoute, User
from openfinance import catalogue, choices, flows, reach
from openfinance.chat import answers
from openfinance.chat.meanings import BankPicked
from openfinance.chat.turns import Turn
from openfinance.exceptions import FlowError
from openfinance.models import Bank, ConnectionLink, Flow
from whatsapp.exceptions import WhatsAppError
from whatsapp.models import OutgoingMessage

Status = OutgoingMessage.Status
Via = ConnectionLink.Via

# People answer a list hours or days later, and its banks are still the same.
USEFUL_FOR = timedelta(days=7)
# One digit is rather the place of a bank in a list than its code.
_SHORTEST_CODE = 2


def start(turn: Turn, user: User) -> OutgoingMessage:
    """Send what the user's plan decides; what was just sent is returned and not sent again.

    Nor is what was sent before and may still arrive; they hear that.
    """
    try:
        flow = flows.enqueue(user=user, to=turn.contact.address)
    except (FlowError, WhatsAppError) as error:
        return turn.say(answers.refused(error))
    return turn.say(answers.already_sent(flow)) if _is_old(turn, flow.message) else flow.message


def ask(turn: Turn, user: User) -> OutgoingMessage:
    """Ask for a bank's name: what they type next is one."""
    turned_away = _turned_away(turn, user)
    if turned_away is None:
        turn.ask_for_bank()
    return turned_away or turn.say(answers.ask_for_bank())


def pick(turn: Turn, user: User, picked: BankPicked) -> OutgoingMessage:
    """Choose the bank that was tapped, if that was on a message of theirs that is not too old.

    The choice belongs to that message's flow.
    """
    on = _tapped_on(user, picked.on) if picked.on else None
    if picked.on and (on is None or turn.began_at - on.created_at > USEFUL_FOR):
        return _turned_away(turn, user) or turn.say(answers.old_reply())
    bank = Bank.objects.active().filter(slug=picked.slug).first()
    if bank is None:
        known = Bank.objects.filter(slug=picked.slug).first()
        return _turned_away(turn, user) or turn.say(answers.unavailable_bank(known))
    flow = Flow.objects.filter(message=on).first() if on else None
    return choose(turn, user, bank, via=picked.via, flow=flow)


def search(turn: Turn, user: User, name: str) -> OutgoingMessage | None:
    """Choose the bank that a typed name can only mean, or show those that it may mean.

    None when it means none.
    """
    hits = _hits(name)
    match _exactly(hits, name) or hits:
        case []:
            return None
        case [bank]:
            return choose(turn, user, bank, via=Via.TEXT)
    return _turned_away(turn, user) or turn.say(answers.bank_hits(hits))


def named(name: str) -> Bank | None:
    """Return the only bank of which a text is the very name; else None."""
    match _exactly(_hits(name), name):
        case [bank]:
            return bank
    return None


def choose(
    turn: Turn, user: User, bank: Bank, *, via: ConnectionLink.Via, flow: Flow | None = None
) -> OutgoingMessage:
    """Start a bank's connection; without a flow, the choice belongs to their last one."""
    turned_away = _turned_away(turn, user)
    if turned_away:
        return turned_away
    turn.conversation.asked_for_bank_at = None
    if via is not Via.RENEWAL:  # which answers no flow
        flow = flow or _last_flow(turn, user)
    link = choices.choose(user=user, bank=bank, via=via, to=turn.contact.address, flow=flow)
    return turn.say(answers.status(link=link)) if _is_old(turn, link.message) else link.message


def _turned_away(turn: Turn, user: User) -> OutgoingMessage | None:
    """Return what a user gets who may choose no bank: the notice, or why not; None if they may."""
    try:
        route = reach.of(user=user, to=turn.contact.address).route
    except FlowError as error:
        return turn.say(answers.refused(error))
    match route:
        case ConnectionRoute.FLOW:
            return None
        case ConnectionRoute.NOTICE:
            return start(turn, user)
    assert_never(route)


def _is_old(turn: Turn, message: OutgoingMessage) -> bool:
    """Tell whether the message is no answer to who wrote now, since it went out long before."""
    return turn.began_at - message.created_at > timedelta(seconds=settings.FLOW_DEBOUNCE_SECONDS)


def _tapped_on(user: User, whatsapp_id: str) -> OutgoingMessage | None:
    """Return the user's message that they tapped on; None for one of somebody else, or of nobody.

    Where WhatsApp's answer to the sending was lost, we do not know the id that it has.
    """
    known = OutgoingMessage.objects.filter(whatsapp_id=whatsapp_id).first()
    if known:
        return known if known.user_id == user.pk else None
    lost = (Status.SENDING, Status.UNKNOWN, Status.UNCONFIRMED)
    return user.outgoing_messages.filter(whatsapp_id="", status__in=lost).first()


def _last_flow(turn: Turn, user: User) -> Flow | None:
    recent = Flow.objects.live().filter(user=user, created_at__gt=turn.began_at - USEFUL_FOR)
    return recent.filter(route=ConnectionRoute.FLOW).first()


def _hits(name: str) -> list[Bank]:
    is_one_digit = name.isdigit() and len(name) < _SHORTEST_CODE
    return [] if is_one_digit else catalogue.search(name)


def _exactly(banks: list[Bank], name: str) -> list[Bank]:
    return [bank for bank in banks if catalogue.is_named(bank, name)]
