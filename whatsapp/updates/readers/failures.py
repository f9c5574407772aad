"""Graph's errors, as webhooks carry them."""

from whatsapp.updates import fields
from whatsapp.updates.base import Failure
from whatsapp.updates.pieces import Piece
from whatsapp.updates.strict_json import JsonObject
from whatsapp.updates.values import ReportedFailure


def read(piece: Piece) -> ReportedFailure:
    """Return the error that came alone; raises Malformed when it has no code."""
    failure = _failure(fields.child(piece.content, "update"))
    if failure is None:
        raise fields.Malformed("no code")
    return ReportedFailure(key=piece.key, phone_number_id=piece.phone_number_id, failure=failure)


def first(update: JsonObject) -> Failure | None:
    """Return the first of the errors that an update carries, None when it has none with a code."""
    failures = map(_failure, fields.children(update, "errors"))
    return next((failure for failure in failures if failure), None)


def _failure(error: JsonObject) -> Failure | None:
    code = fields.whole(error, "code")
    if code is None:
        return None
    details = fields.optional_text(fields.child(error, "error_data"), "details")
    return Failure(
        code=code,
        title=fields.optional_text(error, "title"),
        details=details or fields.optional_text(error, "message"),
    )
