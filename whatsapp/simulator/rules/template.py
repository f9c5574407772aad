"""Template messages (reference §1.3); whether Meta approved one is not asked yet."""

import re
from typing import Any

from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules import fields

BAD_PARAMETER = 132012


def check(value: Any) -> None:
    """Refuse a template message that Graph could not fill in."""
    template = fields.mapping(value, "template", allowed="name language components")
    name = fields.text(template, "name", "template", most=512)
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise Refusal(fields.INVALID, "template.name holds lower-case letters, digits and _ only")
    language = fields.mapping(template.get("language"), "template.language", allowed="code policy")
    fields.text(language, "code", "template.language", most=10)
    if "components" in template:
        for component in fields.items(template["components"], "template.components", most=12):
            _component(component)


def _component(value: Any) -> None:
    component = fields.mapping(value, "component", allowed="type sub_type index parameters")
    kind = fields.text(component, "type", "component", most=10)
    if kind not in {"header", "body", "button"}:
        raise Refusal(fields.INVALID, f"component.type {kind!r} is not known")
    if kind == "button":
        fields.text(component, "sub_type", "component", most=20)
        fields.text(component, "index", "component", most=2)
    for parameter in fields.items(component.get("parameters"), "component.parameters", most=20):
        _parameter(parameter)


def _parameter(value: Any) -> None:
    parameter = fields.mapping(
        value, "parameter", allowed="type text payload parameter_name action"
    )
    kind = fields.text(parameter, "type", "parameter", most=10)
    if kind == "text":
        text = fields.text(parameter, "text", "parameter", most=1024)
        if re.search(r"[\n\t]| {5}", text):
            raise Refusal(BAD_PARAMETER, "A parameter has no new line, tab or five blanks in a row")
    elif kind == "payload":
        fields.text(parameter, "payload", "parameter", most=128)
    else:
        raise Refusal(fields.INVALID, f"parameter.type {kind!r} is not known")
