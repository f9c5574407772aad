"""Opting out of our messages and in again, which anybody may do at any time."""

from openfinance.chat import answers
from openfinance.chat.turns import CONFIRMATIONS_AN_HOUR, MOST_AN_HOUR, Turn
from whatsapp import contacts, outbox, updates
from whatsapp.messages import Message
from whatsapp.models import OutgoingMessage

_LONGEST_PROOF = 200


def opt_out(turn: Turn) -> OutgoingMessage | None:
    """Send nothing more, not even what waits in the queue, and confirm that once."""
    was_out = turn.contact.opted_out_at is not None
    contact = contacts.opt_out(turn.contact, at=turn.at, source=_proof(turn.message))
    if was_out or contact.opted_out_at is None:  # None: they came back after they wrote this
        return None
    for message in OutgoingMessage.objects.queued().filter(phone=turn.contact.address):
        outbox.withdraw(message, reason="the person asked for no more messages")
    return _confirm(turn, answers.opted_out())


def opt_in(turn: Turn) -> OutgoingMessage | None:
    """Let messages be sent again, with what the person wrote as the proof, and confirm that."""
    contact = contacts.opt_in(turn.contact, at=turn.at, proof=_proof(turn.message))
    return None if contact.opted_out_at else _confirm(turn, answers.opted_in())


def _confirm(turn: Turn, message: Message) -> OutgoingMessage | None:
    most = MOST_AN_HOUR + CONFIRMATIONS_AN_HOUR
    may_answer = not turn.is_late and turn.has_answers_left(most=most)
    return turn.say(message) if may_answer else None


def _proof(message: updates.Message) -> dict[str, object]:
    return {
        "channel": "whatsapp",
        "message_id": message.message_id,
        "at": message.at.isoformat(),
        "text": _words(message)[:_LONGEST_PROOF],
    }


def _words(message: updates.Message) -> str:
    match message:
        case updates.Text():
            return message.body
        case updates.ListReply() | updates.ButtonReply():
            return message.title
        case updates.TemplateReply():
            return message.text
    return ""
