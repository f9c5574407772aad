"""What a person sent."""

from collections.abc import Callable

from whatsapp.updates import fields
from whatsapp.updates.inbound import (
    Media,
    OtherMessage,
    Reaction,
    SharedContact,
    SharedContacts,
    TemplateReply,
    Text,
)
from whatsapp.updates.pieces import Piece
from whatsapp.updates.readers import envelopes, failures, interactive, system
from whatsapp.updates.readers.envelopes import Envelope
from whatsapp.updates.strict_json import JsonObject
from whatsapp.updates.values import Message, SystemChange

_MEDIA = {"audio", "document", "image", "sticker", "video"}


def read(piece: Piece) -> Message | SystemChange:
    """Return the message; raises Malformed when it lacks what its kind must have."""
    update = fields.child(piece.content, "update")
    kind = fields.text(update, "type")
    if kind == "system":
        return system.read(piece)
    envelope = envelopes.read(piece)
    if kind in _MEDIA:
        return Media(**envelope, kind=kind)
    return _READERS.get(kind, _other)(update, envelope)


def _text(update: JsonObject, envelope: Envelope) -> Text:
    return Text(**envelope, body=fields.text(fields.child(update, "text"), "body"))


def _template_reply(update: JsonObject, envelope: Envelope) -> TemplateReply:
    button = fields.child(update, "button")
    return TemplateReply(
        **envelope,
        payload=fields.optional_text(button, "payload"),
        text=fields.text(button, "text"),
    )


def _reaction(update: JsonObject, envelope: Envelope) -> Reaction:
    reaction = fields.child(update, "reaction")
    return Reaction(
        **envelope,
        reacted_message_id=fields.required_identifier(reaction, "message_id"),
        emoji=fields.optional_text(reaction, "emoji"),
    )


def _contacts(update: JsonObject, envelope: Envelope) -> SharedContacts:
    contacts = tuple(map(_contact, fields.children(update, "contacts")))
    if not contacts:
        raise fields.Malformed("no contacts")
    return SharedContacts(**envelope, contacts=contacts)


def _contact(card: JsonObject) -> SharedContact:
    wa_ids = (fields.wa_id(phone, "wa_id") for phone in fields.children(card, "phones"))
    return SharedContact(
        name=fields.optional_text(fields.child(card, "name"), "formatted_name"),
        wa_ids=tuple(wa_id for wa_id in wa_ids if wa_id),
        is_requested=card.get("origin") == "contact_request",
    )


def _other(update: JsonObject, envelope: Envelope) -> OtherMessage:
    kind = fields.text(update, "type")
    return OtherMessage(
        **envelope,
        kind=fields.optional_text(fields.child(update, kind), "type") or kind,
        failure=failures.first(update),
    )


_READERS: dict[str, Callable[[JsonObject, Envelope], Message]] = {
    "text": _text,
    "button": _template_reply,
    "interactive": interactive.read,
    "contacts": _contacts,
    "reaction": _reaction,
}
