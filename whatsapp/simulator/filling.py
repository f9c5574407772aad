"""Whether a template message fills in what its template asks for (reference §1.3, §3)."""

from collections.abc import Mapping
from typing import Any

from whatsapp.simulator.models import SimulatedTemplate
from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules import fields
from whatsapp.simulator.rules.approval import VARIABLE
from whatsapp.simulator.rules.fields import Json

WRONG_COUNT = 132000
WRONG_FORMAT = 132012
NO_SUCH_BUTTON = 132018

# What each type of button is called in a message.
_SUB_TYPES = {
    "QUICK_REPLY": "quick_reply",
    "URL": "url",
    "OTP": "url",
    "COPY_CODE": "copy_code",
    "FLOW": "flow",
}


def check(template: SimulatedTemplate, content: Json) -> None:
    """Refuse a message that leaves something open, or fills in what is not there."""
    given = content.get("components", ())
    texts = {component["type"]: component for component in given if component["type"] != "button"}
    for kind in ("header", "body"):
        _text(template, kind, texts.get(kind, {}).get("parameters", ()))
    buttons = [component for component in given if component["type"] == "button"]
    fields.unique([button["index"] for button in buttons], "The indexes of the buttons")
    _buttons(template, {int(button["index"]): button for button in buttons})


def _text(template: SimulatedTemplate, kind: str, parameters: Any) -> None:
    wanted = _variables(template, kind)
    if len(wanted) != len(parameters):
        raise Refusal(
            WRONG_COUNT,
            f"{kind}: number of localizable_params ({len(parameters)}) does not match the"
            f" expected number of params ({len(wanted)})",
        )
    names = {parameter.get("parameter_name") for parameter in parameters}
    expected = wanted if template.parameter_format == "NAMED" else {None} if wanted else set()
    if names != expected:
        raise Refusal(WRONG_FORMAT, f"{kind}: the names of the parameters do not match")


def _variables(template: SimulatedTemplate, kind: str) -> set[str]:
    if template.category == "AUTHENTICATION":
        return {"1"} if kind == "body" else set()
    return set(VARIABLE.findall(template.component(kind.upper()).get("text", "")))


def _buttons(template: SimulatedTemplate, given: Mapping[int, Json]) -> None:
    buttons = dict(enumerate(template.buttons))
    for index, component in given.items():
        if index not in buttons:
            raise Refusal(NO_SUCH_BUTTON, f"The template has no button at index {index}")
        if _SUB_TYPES.get(buttons[index]["type"]) != component["sub_type"]:
            raise Refusal(WRONG_FORMAT, f"The button at index {index} is of another type")
    for index, button in buttons.items():
        if _is_open(button) and index not in given:
            raise Refusal(fields.MISSING, f"The button at index {index} requires a parameter")
        if button["type"] == "URL" and not _is_open(button) and index in given:
            raise Refusal(WRONG_FORMAT, f"The button at index {index} takes no parameter")


def _is_open(button: Json) -> bool:
    """Say whether a button does not work until it is filled in."""
    is_code = button["type"] in {"OTP", "COPY_CODE"}
    return is_code or bool(VARIABLE.search(button.get("url", "")))
