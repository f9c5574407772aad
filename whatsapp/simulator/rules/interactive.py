"""Lists, reply buttons, links and Flows (reference §1.3)."""

from collections.abc import Callable
from typing import Any

from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules import fields

MOST_ROWS = 10
MOST_SECTIONS = 10
MOST_BUTTONS = 3

_FLOW_KEYS = (
    "flow_message_version flow_token flow_id flow_name flow_cta mode flow_action"
    " flow_action_payload"
)


def check(value: Any) -> None:
    """Refuse an interactive message that WhatsApp could not show."""
    message = fields.mapping(value, "interactive", allowed="type header body footer action")
    kind = fields.text(message, "type", "interactive", most=200)
    action = _ACTIONS.get(kind)
    if action is None:
        raise Refusal(fields.INVALID, f"interactive.type {kind!r} is not known")
    body = fields.mapping(message.get("body"), "interactive.body", allowed="text")
    fields.text(body, "text", "interactive.body", most=1024)
    if "header" in message:
        header = fields.mapping(message["header"], "interactive.header", allowed="type text")
        if header.get("type") != "text":
            raise Refusal(fields.INVALID, "interactive.header.type must be text")
        fields.text(header, "text", "interactive.header", most=60)
    if "footer" in message:
        footer = fields.mapping(message["footer"], "interactive.footer", allowed="text")
        fields.text(footer, "text", "interactive.footer", most=60)
    action(message.get("action"))


def _list(value: Any) -> None:
    action = fields.mapping(value, "action", allowed="button sections")
    fields.text(action, "button", "action", most=20)
    sections = fields.items(action.get("sections"), "action.sections", most=MOST_SECTIONS)
    ids: list[str] = []
    for section in sections:
        ids += _section(section, titled=len(sections) > 1)
    if len(ids) > MOST_ROWS:
        raise Refusal(fields.INVALID, f"A list has {len(ids)} rows in all, the limit is 10")
    fields.unique(ids, "The ids of the rows")


def _section(value: Any, *, titled: bool) -> list[str]:
    section = fields.mapping(value, "section", allowed="title rows")
    fields.text(section, "title", "section", most=24, optional=not titled)
    rows = fields.items(section.get("rows"), "section.rows", most=MOST_ROWS)
    return [_row(row) for row in rows]


def _row(value: Any) -> str:
    row = fields.mapping(value, "row", allowed="id title description")
    fields.text(row, "title", "row", most=24)
    fields.text(row, "description", "row", most=72, optional=True)
    return fields.text(row, "id", "row", most=200)


def _buttons(value: Any) -> None:
    action = fields.mapping(value, "action", allowed="buttons")
    buttons = fields.items(action.get("buttons"), "action.buttons", most=MOST_BUTTONS)
    replies = [_reply(button) for button in buttons]
    fields.unique([title for _, title in replies], "The titles of the buttons")
    fields.unique([id_ for id_, _ in replies], "The ids of the buttons")


def _reply(value: Any) -> tuple[str, str]:
    button = fields.mapping(value, "button", allowed="type reply")
    if button.get("type") != "reply":
        raise Refusal(fields.INVALID, "button.type must be reply")
    reply = fields.mapping(button.get("reply"), "button.reply", allowed="id title")
    id_ = fields.text(reply, "id", "button.reply", most=256)
    return id_, fields.text(reply, "title", "button.reply", most=20)


def _link(value: Any) -> None:
    action = fields.mapping(value, "action", allowed="name parameters")
    if action.get("name") != "cta_url":
        raise Refusal(fields.INVALID, "action.name must be cta_url")
    parameters = fields.mapping(
        action.get("parameters"), "action.parameters", allowed="display_text url"
    )
    fields.text(parameters, "display_text", "action.parameters", most=20)
    fields.url(parameters, "url", "action.parameters")


def _flow(value: Any) -> None:
    action = fields.mapping(value, "action", allowed="name parameters")
    if action.get("name") != "flow":
        raise Refusal(fields.INVALID, "action.name must be flow")
    where = "action.parameters"
    parameters = fields.mapping(action.get("parameters"), where, allowed=_FLOW_KEYS)
    if parameters.get("flow_message_version") != "3":
        raise Refusal(fields.INVALID, f"{where}.flow_message_version must be 3")
    if ("flow_id" in parameters) == ("flow_name" in parameters):
        raise Refusal(fields.INVALID, f"{where} needs either flow_id or flow_name")
    fields.text(parameters, "flow_id" if "flow_id" in parameters else "flow_name", where, most=200)
    fields.text(parameters, "flow_cta", where, most=30)
    fields.text(parameters, "flow_token", where, most=200, optional=True)
    _one_of(parameters, "mode", where, ("published", "draft"))
    _one_of(parameters, "flow_action", where, ("navigate", "data_exchange"))
    if "flow_action_payload" in parameters:
        _first_screen(parameters)


def _first_screen(parameters: fields.Json) -> None:
    where = "flow_action_payload"
    if parameters.get("flow_action") == "data_exchange":
        raise Refusal(fields.INVALID, f"With data_exchange there is no {where}")
    payload = fields.mapping(parameters[where], where, allowed="screen data")
    fields.text(payload, "screen", where, most=80)
    if "data" in payload and not (isinstance(payload["data"], dict) and payload["data"]):
        raise Refusal(fields.INVALID, f"{where}.data must be an object that is not empty")
    fields.storable(payload.get("data"), f"{where}.data")


def _one_of(holder: fields.Json, key: str, where: str, allowed: tuple[str, ...]) -> None:
    """Refuse another value; without any, the first holds."""
    if holder.get(key, allowed[0]) not in allowed:
        raise Refusal(fields.INVALID, f"{where}.{key} must be one of {', '.join(allowed)}")


_ACTIONS: dict[str, Callable[[Any], None]] = {
    "list": _list,
    "button": _buttons,
    "cta_url": _link,
    "flow": _flow,
}
