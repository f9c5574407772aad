"""Template messages in themselves (reference §1.3); what was approved is asked later."""

import re
from collections.abc import Callable
from typing import Any

from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules import fields

BAD_PARAMETER = 132012

# What fills in each type of button.
_BUTTONS = {
    "quick_reply": "payload",
    "url": "text",
    "flow": "action",
    "copy_code": "coupon_code",
}

# pt_BR, or with a hyphen, as some of Meta's own samples have it.
_LANGUAGE = re.compile(r"[a-z]{2,3}([_-][A-Z]{2,3})?")


def check(value: Any) -> None:
    """Refuse a template message that Graph could not fill in."""
    template = fields.mapping(value, "template", allowed="name language components")
    name = fields.text(template, "name", "template", most=512)
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise Refusal(fields.INVALID, "template.name holds lower-case letters, digits and _ only")
    language = fields.mapping(template.get("language"), "template.language", allowed="code policy")
    if not _LANGUAGE.fullmatch(fields.text(language, "code", "template.language", most=10)):
        raise Refusal(fields.INVALID, "template.language.code must be like pt_BR")
    if language.get("policy", "deterministic") != "deterministic":
        raise Refusal(fields.INVALID, "template.language.policy must be deterministic")
    if "components" in template:
        for component in fields.items(template["components"], "template.components", most=12):
            _component(component)


def _component(value: Any) -> None:
    component = fields.mapping(value, "component", allowed="type sub_type index parameters")
    kind = fields.text(component, "type", "component", most=200)
    if kind not in {"header", "body", "button"}:
        raise Refusal(fields.INVALID, f"component.type {kind!r} is not known")
    if kind == "button":
        _button(component)
        return
    for parameter in fields.items(component.get("parameters"), "component.parameters", most=20):
        _parameter(parameter, kind="text")


def _button(component: fields.Json) -> None:
    sub_type = fields.text(component, "sub_type", "component", most=20)
    if sub_type not in _BUTTONS:
        raise Refusal(fields.INVALID, f"component.sub_type {sub_type!r} is not known")
    if not re.fullmatch("[0-9]", fields.text(component, "index", "component", most=2)):
        raise Refusal(fields.INVALID, "component.index must be 0 to 9")
    for parameter in fields.items(component.get("parameters"), "component.parameters", most=1):
        _parameter(parameter, kind=_BUTTONS[sub_type])


def _parameter(value: Any, *, kind: str) -> None:
    """Check a parameter, which must be of that kind."""
    parameter = fields.mapping(value, "parameter", allowed=f"type parameter_name {kind}")
    if fields.text(parameter, "type", "parameter", most=200) != kind:
        raise Refusal(fields.INVALID, f"parameter.type must be {kind}")
    _PARAMETERS[kind](parameter)


def _text(value: Any) -> None:
    parameter = fields.mapping(value, "parameter", allowed="type text parameter_name")
    fields.text(parameter, "parameter_name", "parameter", most=60, optional=True)
    text = fields.text(parameter, "text", "parameter", most=1024)
    if re.search(r"[\n\t]| {5}", text):
        raise Refusal(BAD_PARAMETER, "A parameter has no new line, tab or five blanks in a row")


def _payload(value: Any) -> None:
    parameter = fields.mapping(value, "parameter", allowed="type payload")
    fields.text(parameter, "payload", "parameter", most=128)


def _coupon_code(value: Any) -> None:
    parameter = fields.mapping(value, "parameter", allowed="type coupon_code")
    fields.text(parameter, "coupon_code", "parameter", most=20)


def _action(value: Any) -> None:
    parameter = fields.mapping(value, "parameter", allowed="type action")
    action = fields.mapping(
        parameter.get("action"), "parameter.action", allowed="flow_token flow_action_data"
    )
    fields.text(action, "flow_token", "parameter.action", most=200, optional=True)
    fields.storable(action.get("flow_action_data"), "parameter.action.flow_action_data")


_PARAMETERS: dict[str, Callable[[Any], None]] = {
    "text": _text,
    "payload": _payload,
    "coupon_code": _coupon_code,
    "action": _action,
}
