"""Updates of the WhatsApp Business account, which name no conversation."""

from datetime import datetime
from typing import TypedDict

from whatsapp.updates import fields
from whatsapp.updates.account import AccountEvent, AccountUpdate, TemplateStatus
from whatsapp.updates.pieces import Piece
from whatsapp.updates.strict_json import JsonObject

_EVENT_FIELDS = {
    "account_alerts",
    "account_review_update",
    "business_capability_update",
    "flows",
    "message_template_components_update",
    "message_template_quality_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "template_category_update",
}


class _Common(TypedDict):
    key: str
    phone_number_id: str | None
    account_id: str | None
    at: datetime | None


def read(piece: Piece) -> TemplateStatus | AccountUpdate | AccountEvent:
    """Return the update; raises Malformed for fields we do not subscribe to and for odd ones."""
    field = fields.text(piece.content, "field")
    update = fields.child(piece.content, "update")
    common = _Common(
        key=piece.key,
        phone_number_id=piece.phone_number_id,
        account_id=fields.identifier(piece.content, "entry_id"),
        at=fields.optional_moment(piece.content, "time"),
    )
    if field == "message_template_status_update":
        return _template_status(update, common)
    if field == "account_update":
        return _account_update(update, common)
    if field in _EVENT_FIELDS:
        return AccountEvent(**common, field=field, event=_event(update), details=update)
    raise fields.Malformed("the field is not one we subscribe to")


def _template_status(update: JsonObject, common: _Common) -> TemplateStatus:
    other = fields.child(update, "other_info")
    rejection = fields.child(update, "rejection_info")
    reason = fields.optional_text(update, "reason")
    return TemplateStatus(
        **common,
        event=fields.text(update, "event").upper(),
        template_id=fields.required_identifier(update, "message_template_id"),
        name=fields.text(update, "message_template_name"),
        language=fields.text(update, "message_template_language").replace("-", "_"),
        category=fields.optional_text(update, "message_template_category"),
        reason=None if reason == "NONE" else reason,
        title=fields.optional_text(other, "title") or fields.optional_text(rejection, "reason"),
        details=(
            fields.optional_text(other, "description")
            or fields.optional_text(rejection, "recommendation")
        ),
        disable_date=fields.identifier(fields.child(update, "disable_info"), "disable_date"),
    )


def _account_update(update: JsonObject, common: _Common) -> AccountUpdate:
    restrictions = (
        fields.optional_text(restriction, "restriction_type")
        for restriction in fields.children(update, "restriction_info")
    )
    violation = fields.child(update, "violation_info")
    ban = fields.child(update, "ban_info")
    return AccountUpdate(
        **common,
        event=fields.text(update, "event").upper(),
        violation=fields.optional_text(violation, "violation_type"),
        restrictions=tuple(kind for kind in restrictions if kind),
        ban_state=fields.optional_text(ban, "waba_ban_state"),
        details=update,
    )


def _event(update: JsonObject) -> str | None:
    return (
        fields.optional_text(update, "event")
        or fields.optional_text(update, "decision")
        or fields.optional_text(fields.child(update, "alert_info"), "alert_type")
    )
