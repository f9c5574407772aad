"""Template messages (reference §1.3); whether Meta approved one is not asked yet."""

import re
from collections.abc import Callable
from typing import Any

from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules import fields

BAD_PARAMETER = 132012

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
    is_button = kind == "button"
    fields.text(component, "sub_type", "component", most=20, optional=not is_button)
    fields.text(component, "index", "component", most=2, optional=not is_button)
    for parameter in fields.items(component.get("parameters"), "component.parameters", most=20):
        _parameter(parameter)


def _parameter(value: Any) -> None:
    parameter = fields.mapping(value, "parameter", allowed="type text payload parameter_name")
    kind = fields.text(parameter, "type", "parameter", most=200)
    check_parameter = _PARAMETERS.get(kind)
    if check_parameter is None:
        raise Refusal(fields.INVALID, f"parameter.type {kind!r} is not known")
    check_parameter(parameter)


def _text(value: Any) -> None:
    parameter = fields.mapping(value, "parameter", allowed="type text parameter_name")
    fields.text(parameter, "parameter_name", "parameter", most=60, optional=True)
    text = fields.text(parameter, "text", "parameter", most=1024)
    if re.search(r"[\n\t]| {5}", text):
        raise Refusal(BAD_PARAMETER, "A parameter has no new line, tab or five blanks in a row")


def _payload(value: Any) -> None:
    parameter = fields.mapping(value, "parameter", allowed="type payload")
    fields.text(parameter, "payload", "parameter", most=128)


_PARAMETERS: dict[str, Callable[[Any], None]] = {"text": _text, "payload": _payload}
