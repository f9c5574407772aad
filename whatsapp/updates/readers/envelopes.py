"""What every message from a person has."""

from datetime import datetime
from typing import TypedDict

from whatsapp.updates import fields
from whatsapp.updates.inbound import Sender
from whatsapp.updates.pieces import Piece


class Envelope(TypedDict):
    """The fields that all kinds of Inbound share, to build any of them."""

    key: str
    phone_number_id: str | None
    sender: Sender
    message_id: str
    at: datetime
    context_message_id: str | None


def read(piece: Piece) -> Envelope:
    """Return the envelope; raises Malformed without a sender, a message id or a time."""
    update = fields.child(piece.content, "update")
    return Envelope(
        key=piece.key,
        phone_number_id=piece.phone_number_id,
        sender=_sender(piece),
        message_id=fields.required_identifier(update, "id"),
        at=fields.moment(update, "timestamp"),
        context_message_id=fields.identifier(fields.child(update, "context"), "id"),
    )


def _sender(piece: Piece) -> Sender:
    update = fields.child(piece.content, "update")
    contact = fields.child(piece.content, "contact")
    sender = Sender(
        wa_id=fields.wa_id(update, "from") or fields.wa_id(contact, "wa_id"),
        user_id=fields.identifier(update, "from_user_id") or fields.identifier(contact, "user_id"),
        name=fields.optional_text(fields.child(contact, "profile"), "name"),
    )
    if sender.wa_id is None and sender.user_id is None:
        raise fields.Malformed("no sender")
    return sender
