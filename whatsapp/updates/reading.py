"""A piece, read into its value."""

from collections.abc import Callable

from whatsapp.updates import fields
from whatsapp.updates.pieces import Kind, Piece
from whatsapp.updates.readers import account, failures, messages, preferences, statuses
from whatsapp.updates.values import Unknown, Update

_READERS: dict[str, Callable[[Piece], Update]] = {
    Kind.MESSAGE: messages.read,
    Kind.STATUS: statuses.read,
    Kind.FAILURE: failures.read,
    Kind.PREFERENCE: preferences.read,
    Kind.ACCOUNT: account.read,
}


def read(piece: Piece) -> Update:
    """Return what the piece says; Unknown, with the reason, when it is new to us or malformed.

    Raises nothing, whatever the content.
    """
    reader = _READERS.get(fields.optional_text(piece.content, "kind") or "")
    if reader is None:
        return _unknown(piece, "not an update of a kind we know")
    try:
        return reader(piece)
    except fields.Malformed as error:
        return _unknown(piece, str(error))


def _unknown(piece: Piece, reason: str) -> Unknown:
    return Unknown(key=piece.key, phone_number_id=piece.phone_number_id, reason=reason)
