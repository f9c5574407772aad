"""A person's new number or new business-scoped user id."""

from whatsapp.updates import fields
from whatsapp.updates.pieces import Piece
from whatsapp.updates.values import SystemChange, SystemChangeKind


def read(piece: Piece) -> SystemChange:
    """Return the change; raises Malformed for other kinds and without the new identifier.

    `from` is the number the person had: Meta's system messages reference, 11 August 2026.
    """
    update = fields.child(piece.content, "update")
    system = fields.child(update, "system")
    kind = _kind(fields.text(system, "type"))
    wa_id = fields.wa_id(system, "wa_id")
    user_id = fields.identifier(system, "user_id")
    if (wa_id if kind is SystemChangeKind.NUMBER else user_id) is None:
        raise fields.Malformed("no new identifier")
    return SystemChange(
        key=piece.key,
        phone_number_id=piece.phone_number_id,
        kind=kind,
        message_id=fields.required_identifier(update, "id"),
        at=fields.moment(update, "timestamp"),
        wa_id=wa_id,
        previous_wa_id=fields.wa_id(update, "from"),
        user_id=user_id,
        previous_user_id=fields.identifier(system, "previous_user_id"),
    )


def _kind(value: str) -> SystemChangeKind:
    try:
        return SystemChangeKind(value)
    except ValueError:
        raise fields.Malformed("the system message is of an unknown kind") from None
