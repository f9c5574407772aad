"""What became of a message of ours."""

from whatsapp.updates import fields
from whatsapp.updates.pieces import Piece
from whatsapp.updates.readers import failures
from whatsapp.updates.values import DeliveryState, Status

_STATES = {state.value: state for state in DeliveryState}


def read(piece: Piece) -> Status:
    """Return the status; raises Malformed without a message id, a status or a time."""
    update = fields.child(piece.content, "update")
    contact = fields.child(piece.content, "contact")
    pricing = fields.child(update, "pricing")
    word = fields.text(update, "status")
    return Status(
        key=piece.key,
        phone_number_id=piece.phone_number_id,
        message_id=fields.required_identifier(update, "id"),
        state=_STATES.get(word, DeliveryState.OTHER),
        word=word,
        at=fields.moment(update, "timestamp"),
        recipient_wa_id=fields.wa_id(update, "recipient_id") or fields.wa_id(contact, "wa_id"),
        recipient_user_id=(
            fields.identifier(update, "recipient_user_id") or fields.identifier(contact, "user_id")
        ),
        callback_data=fields.optional_text(update, "biz_opaque_callback_data"),
        failure=failures.first(update),
        pricing_category=fields.optional_text(pricing, "category"),
        pricing_type=fields.optional_text(pricing, "type"),
    )
