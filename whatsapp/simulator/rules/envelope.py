"""The envelope of every message (reference §1.1), and what each type asks for."""

import re
from collections.abc import Callable
from typing import Any

from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules import fields, interactive, template

_KEYS = "messaging_product recipient_type to recipient type context biz_opaque_callback_data"
_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")
_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")


def check(value: object) -> fields.Json:
    """Return a body that Graph takes, or raise the Refusal that Graph would answer."""
    if not isinstance(value, dict):
        raise Refusal(100, "The body must be a JSON object")
    kind = fields.text(value, "type", "message", most=200)
    content = _CONTENTS.get(kind)
    if content is None:
        raise Refusal(100, f"Param type must be one of {{{', '.join(_CONTENTS).upper()}}}")
    message = fields.mapping(value, "message", allowed=f"{_KEYS} {kind}")
    _envelope(message)
    content(message.get(kind))
    return message


def _envelope(message: fields.Json) -> None:
    if message.get("messaging_product") != "whatsapp":
        raise Refusal(100, "Param messaging_product must be whatsapp")
    if message.get("recipient_type", "individual") != "individual":
        raise Refusal(100, "Param recipient_type must be individual")
    _recipient(message)
    fields.text(message, "biz_opaque_callback_data", "message", most=512, optional=True)
    if "context" in message:
        context = fields.mapping(message["context"], "context", allowed="message_id")
        fields.text(context, "message_id", "context", most=255)


def _recipient(message: fields.Json) -> None:
    """Check who it is for; a number wins over a business-scoped id (reference §1.1)."""
    if "to" not in message and "recipient" in message:
        if not _USER_ID.fullmatch(fields.text(message, "recipient", "message", most=140)):
            raise Refusal(fields.INVALID, "message.recipient must be a business-scoped user id")
    elif not _NUMBER.fullmatch(fields.text(message, "to", "message", most=20)):
        raise Refusal(fields.INVALID, "message.to must be + and 8 to 15 digits")


def _text(value: Any) -> None:
    text = fields.mapping(value, "text", allowed="body preview_url")
    body = fields.text(text, "body", "text", most=4096)
    preview = text.get("preview_url", False)
    if not isinstance(preview, bool):
        raise Refusal(fields.INVALID, "text.preview_url must be true or false")
    if preview and not re.search(r"https?://", body):
        raise Refusal(fields.INVALID, "text.preview_url needs an address in text.body")


_CONTENTS: dict[str, Callable[[Any], None]] = {
    "text": _text,
    "interactive": interactive.check,
    "template": template.check,
}
