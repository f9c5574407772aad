"""What a person chose in WhatsApp's own settings."""

from whatsapp.updates import fields
from whatsapp.updates.pieces import Piece
from whatsapp.updates.values import Preference, PreferenceChange


def read(piece: Piece) -> PreferenceChange:
    """Return the change; raises Malformed without a person, a category, a time or a known value."""
    update = fields.child(piece.content, "update")
    contact = fields.child(piece.content, "contact")
    wa_id = fields.wa_id(update, "wa_id") or fields.wa_id(contact, "wa_id")
    user_id = fields.identifier(update, "user_id") or fields.identifier(contact, "user_id")
    if wa_id is None and user_id is None:
        raise fields.Malformed("no person")
    return PreferenceChange(
        key=piece.key,
        phone_number_id=piece.phone_number_id,
        wa_id=wa_id,
        user_id=user_id,
        category=fields.text(update, "category"),
        preference=_preference(fields.text(update, "value")),
        at=fields.moment(update, "timestamp"),
        details=fields.optional_text(update, "detail"),
    )


def _preference(value: str) -> Preference:
    try:
        return Preference(value)
    except ValueError:
        raise fields.Malformed("value is neither stop nor resume") from None
