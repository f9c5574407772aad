"""What is done for what a user asks of the chat."""

from datetime import datetime
from typing import Literal, assert_never

from accounts.models import User
from openfinance import bank_flow, connections
from openfinance.chat import answers, choosing, standing
from openfinance.chat.meanings import Asked, FlowFinished
from openfinance.chat.turns import HOUR, Turn
from openfinance.chat.vocabulary import Request
from openfinance.models import ConnectionLink, Flow, FlowToken
from whatsapp.models import OutgoingMessage


def fulfil(turn: Turn, user: User, asked: Asked) -> OutgoingMessage | None:
    """Return the message that answers what a user asks for; None where none is needed."""
    answer: OutgoingMessage | None = None
    match asked.request:
        case Request.CONNECT:
            answer = _connect(turn, user, asked.bank)
        case Request.OTHER_BANK:
            answer = choosing.ask(turn, user)
        case Request.STATUS:
            answer = _status(turn, user)
        case Request.DISCONNECT | Request.CONNECTIONS | Request.RENEW:
            answer = _look_after(turn, user, asked.request, asked.bank)
        case Request.HELP:
            answer = give_help(turn)
        case Request.CLOSING:
            turn.conversation.asked_for_bank_at = None
        case None:
            answer = _name_or_help(turn, user, asked.bank)
        case _:
            assert_never(asked.request)
    return answer


def give_help(turn: Turn) -> OutgoingMessage:
    """Say what can be written, to who asked for that."""
    turn.take_help()
    return turn.say(answers.help_text())


def finish(turn: Turn, user: User, finished: FlowFinished) -> OutgoingMessage | None:
    """Return nothing where our record says that the user's WhatsApp Flow is finished.

    Its endpoint already queued the link.
    """
    token = bank_flow.finished(finished.token) if finished.token else _finished_on(finished.on)
    if token and token.message.user_id == user.pk:
        return None
    return turn.say(answers.unfinished_flow())


def _finished_on(whatsapp_id: str | None) -> FlowToken | None:
    """Return the finished Flow of a message; phones do not always send its token along."""
    if not whatsapp_id:
        return None
    finished = FlowToken.objects.filter(finished_at__isnull=False).select_related("message")
    return finished.filter(message__whatsapp_id=whatsapp_id).first()


def _connect(turn: Turn, user: User, bank: str) -> OutgoingMessage:
    """Begin with the bank that they named along, or with the choice of one."""
    found = choosing.search(turn, user, bank) if bank else None
    return found or choosing.start(turn, user)


def _look_after(
    turn: Turn,
    user: User,
    request: Literal[Request.DISCONNECT, Request.CONNECTIONS, Request.RENEW],
    bank: str,
) -> OutgoingMessage:
    match request:
        case Request.DISCONNECT:
            return standing.end(turn, user, bank)
        case Request.CONNECTIONS:
            return standing.manage(turn, user)
        case Request.RENEW:  # who has nothing to renew wants to begin
            return standing.renew(turn, user, bank) or _connect(turn, user, bank)
    assert_never(request)


def _status(turn: Turn, user: User) -> OutgoingMessage:
    """Tell of their connections, and of what they chose or were sent since."""
    connected = connections.of(user)
    since = max((consent.agreed_at for consent in connected), default=None)
    failed = OutgoingMessage.Status.FAILED
    links = ConnectionLink.objects.filter(user=user, used_at=None).select_related("bank")
    link = links.exclude(message__status=failed).first()
    flow = Flow.objects.live().filter(user=user).exclude(message__status=failed).first()
    if link and ((flow and flow.created_at > link.created_at) or _is_before(link, since)):
        link = None
    if flow and _is_before(flow, since):
        flow = None
    return turn.say(answers.status(link=link, flow=flow, connected=connected))


def _is_before(sent: ConnectionLink | Flow, moment: datetime | None) -> bool:
    return moment is not None and sent.created_at < moment


def _name_or_help(turn: Turn, user: User, text: str) -> OutgoingMessage | None:
    """Take what we do not know for a bank's name, or help, but not twice within an hour."""
    if text and turn.is_asked_for_bank:
        turn.ask_for_bank()  # until they found it
        return choosing.search(turn, user, text) or turn.say(answers.nothing_found())
    bank = choosing.named(text) if text and not text.isdigit() else None
    if bank:
        return choosing.choose(turn, user, bank, via=ConnectionLink.Via.TEXT)
    return turn.say(answers.help_text()) if turn.take_help(every=HOUR) else None
