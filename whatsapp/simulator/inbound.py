"""What a person sends to the business: kept on the phone, and told by webhook."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from whatsapp.simulator import statuses
from whatsapp.simulator.models import SimulatedMessage, SimulatedPhone, SimulatedTemplate
from whatsapp.simulator.webhooks import outgoing, values

Json = Mapping[str, Any]

_WINDOW = timedelta(hours=24)


class NotOnMessage(Exception):
    """The message is not on this phone, or has nothing like that to tap."""

    def __str__(self) -> str:
        return self.__doc__ or ""


def say(phone: SimulatedPhone, text: str) -> SimulatedMessage:
    """Type a text and send it."""
    return _send(phone, {"type": "text", "text": {"body": text}})


def pick_row(phone: SimulatedPhone, message: SimulatedMessage, row_id: str) -> SimulatedMessage:
    """Pick a row of a list. Raises NotOnMessage."""
    sections = _action(phone, message, "list").get("sections", ())
    row = _with_id((row for section in sections for row in section["rows"]), row_id)
    return _answer(phone, message, {"type": "list_reply", "list_reply": dict(row)})


def press_button(
    phone: SimulatedPhone, message: SimulatedMessage, button_id: str
) -> SimulatedMessage:
    """Press a reply button. Raises NotOnMessage."""
    buttons = _action(phone, message, "button").get("buttons", ())
    reply = _with_id((button["reply"] for button in buttons), button_id)
    return _answer(phone, message, {"type": "button_reply", "button_reply": dict(reply)})


def press_template_button(
    phone: SimulatedPhone, message: SimulatedMessage, index: int
) -> SimulatedMessage:
    """Press a quick reply of a template, by its place from 0. Raises NotOnMessage."""
    _require_on(phone, message)
    content = message.payload.get("template", {})
    text = _quick_reply(content, index)
    payload = _payload(content, index) or text
    button = {"payload": payload, "text": text}
    return _send(phone, {"type": "button", "button": button}, answered=message)


def finish_flow(
    phone: SimulatedPhone, message: SimulatedMessage, response: Json
) -> SimulatedMessage:
    """Send what a Flow ended with; `response` is the whole answer, with its token."""
    told = {"name": "flow", "body": "Sent", "response_json": json.dumps(dict(response))}
    return _answer(phone, message, {"type": "nfm_reply", "nfm_reply": told})


def move_window(phone: SimulatedPhone, *, is_open: bool) -> None:
    """Let the business write anything for 24 hours from now, or only templates."""
    phone.window_ends_at = timezone.now() + _WINDOW if is_open else None
    phone.save(update_fields=["window_ends_at"])


def _answer(phone: SimulatedPhone, message: SimulatedMessage, reply: Json) -> SimulatedMessage:
    return _send(phone, {"type": "interactive", "interactive": reply}, answered=message)


@transaction.atomic
def _send(
    phone: SimulatedPhone, content: Json, *, answered: SimulatedMessage | None = None
) -> SimulatedMessage:
    now = timezone.now()
    if answered:
        statuses.read(answered)
    sent = SimulatedMessage(phone=phone, to=values.DISPLAY_NUMBER, is_from_person=True)
    context = {"context": {"from": values.DISPLAY_NUMBER, "id": answered.wamid}} if answered else {}
    sent.payload = {
        **values.sender(phone),
        "id": sent.wamid,
        "timestamp": values.seconds(now),
        **context,
        **content,
    }
    sent.created_at = now
    sent.save()
    move_window(phone, is_open=True)
    outgoing.add(values.message(phone, sent.payload))
    return sent


def _require_on(phone: SimulatedPhone, message: SimulatedMessage) -> None:
    if message.phone_id != phone.pk or message.is_from_person:
        raise NotOnMessage


def _action(phone: SimulatedPhone, message: SimulatedMessage, kind: str) -> Json:
    _require_on(phone, message)
    interactive = message.payload.get("interactive", {})
    action: Json = interactive["action"] if interactive.get("type") == kind else {}
    return action


def _with_id(items: Iterator[Json], wanted: str) -> Json:
    for item in items:
        if item["id"] == wanted:
            return item
    raise NotOnMessage


def _quick_reply(content: Json, index: int) -> str:
    """Return the text of a button of the approved template."""
    template = SimulatedTemplate.objects.named(content)
    buttons = template.buttons if template else []
    if index < len(buttons) and buttons[index]["type"] == "QUICK_REPLY":
        return str(buttons[index]["text"])
    raise NotOnMessage


def _payload(content: Json, index: int) -> str:
    """Return what the business put behind a button, "" when it did not."""
    for component in content.get("components", ()):
        if component["type"] == "button" and int(component["index"]) == index:
            return str(component["parameters"][0].get("payload", ""))
    return ""
