"""The envelope of every message (reference §1.1), and what each type asks for."""

import re
from collections.abc import Callable
from typing import Any

from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules import fields, interactive, template

_KEYS = "messaging_product recipient_type to type context biz_opaque_callback_data"
_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")


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
    if not _NUMBER.fullmatch(fields.text(message, "to", "message", most=20)):
        raise Refusal(fields.INVALID, "message.to must be + and 8 to 15 digits")
    fields.text(message, "biz_opaque_callback_data", "message", most=512, optional=True)
    if "context" in message:
        context = fields.mapping(message["context"], "context", allowed="message_id")
        fields.text(context, "message_id", "context", most=255)


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
