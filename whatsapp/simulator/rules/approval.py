"""What Meta checks by machine when a template is created or edited (reference §2.3)."""

import re
from itertools import groupby
from typing import Any

from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules import fields

VARIABLE = re.compile(r"\{\{([A-Za-z0-9_]+)\}\}")

CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")

# Meta's subcodes, by which its texts for people are found.
_FORMAT = 2388273
_VARIABLE_AT_END = 2388299
_NO_EXAMPLE = 2388043

_KINDS = {"HEADER", "BODY", "FOOTER", "BUTTONS"}
_BUTTONS = {"QUICK_REPLY", "URL", "PHONE_NUMBER", "OTP", "COPY_CODE", "FLOW"}
_MOST_BUTTONS = 10
_MOST_OF_TYPE = {"URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1}
_ADJACENT = re.compile(r"\}\}\s*\{\{")


def check_new(content: fields.Json) -> None:
    """Refuse the name, language and category of a template that Meta would not take."""
    if not re.fullmatch("[a-z0-9_]{1,512}", fields.text(content, "name", "template", most=512)):
        raise _refusal("name holds lower-case letters, digits and _ only")
    if not re.fullmatch("[a-z]{2,3}(_[A-Z]{2,3})?", str(content.get("language"))):
        raise _refusal("language must be like pt_BR")
    if content.get("category") not in CATEGORIES:
        raise _refusal(f"category must be one of {', '.join(CATEGORIES)}")
    if str(content.get("parameter_format", "positional")).lower() not in {"positional", "named"}:
        raise _refusal("parameter_format must be positional or named")


def check_components(components: Any, *, category: str) -> None:
    """Refuse the components of a template that Meta would not take."""
    given = fields.items(components, "components", most=len(_KINDS))
    by_kind = {_kind(component): component for component in given}
    if len(by_kind) < len(given) or "BODY" not in by_kind:
        raise _refusal("components need one BODY, and none of a kind twice")
    if category == "AUTHENTICATION":
        _check_code(by_kind)
        return
    _text(by_kind["BODY"], "BODY", most=1024)
    for kind in ("HEADER", "FOOTER"):
        if kind in by_kind:
            _text(by_kind[kind], kind, most=60)
    if "BUTTONS" in by_kind:
        _buttons(by_kind["BUTTONS"])


def _kind(component: Any) -> str:
    kind = str(component.get("type")).upper() if isinstance(component, dict) else ""
    if kind not in _KINDS:
        raise _refusal(f"component.type must be one of {', '.join(sorted(_KINDS))}")
    return kind


def _check_code(by_kind: fields.Json) -> None:
    given = by_kind.get("BUTTONS", {}).get("buttons")
    (button,) = fields.items(given, "BUTTONS.buttons", most=1)
    if "text" in by_kind["BODY"] or not isinstance(button, dict) or button.get("type") != "OTP":
        raise _refusal("a code comes in Meta's own words, with one OTP button")


def _text(component: fields.Json, kind: str, *, most: int) -> None:
    text = fields.text(component, "text", kind, most=most).strip()
    variables = set(VARIABLE.findall(text))
    if text.startswith("{{") or text.endswith("}}"):
        raise _refusal(f"{kind} starts or ends with a variable", subcode=_VARIABLE_AT_END)
    if _ADJACENT.search(text):
        raise _refusal(f"{kind} has a variable right after another")
    if len(variables) != _examples(component, kind.lower()):
        raise _refusal(f"{kind} needs an example for each variable", subcode=_NO_EXAMPLE)


def _examples(component: fields.Json, kind: str) -> int:
    """Count the examples, given by name or by position."""
    example = component.get("example")
    given = example if isinstance(example, dict) else {}
    named = given.get(f"{kind}_text_named_params")
    if isinstance(named, list):
        return len({str(each.get("param_name")) for each in named if isinstance(each, dict)})
    positional = given.get(f"{kind}_text")
    if kind == "body" and isinstance(positional, list) and positional:
        positional = positional[0]
    return len(positional) if isinstance(positional, list) else 0


def _buttons(component: fields.Json) -> None:
    buttons = fields.items(component.get("buttons"), "BUTTONS.buttons", most=_MOST_BUTTONS)
    types = [_button(button) for button in buttons]
    for kind, most in _MOST_OF_TYPE.items():
        if types.count(kind) > most:
            raise _refusal(f"there may be {most} buttons of type {kind}")
    runs = [is_reply for is_reply, _ in groupby(kind == "QUICK_REPLY" for kind in types)]
    if runs.count(True) > 1:
        raise _refusal("quick replies must stand together")


def _button(button: Any) -> str:
    kind = str(button.get("type")) if isinstance(button, dict) else ""
    if kind not in _BUTTONS:
        raise _refusal(f"button.type must be one of {', '.join(sorted(_BUTTONS))}")
    fields.text(button, "text", "button", most=25)
    if kind == "URL":
        url = fields.url(button, "url", "button")
        variables = VARIABLE.findall(url)
        if variables and (len(variables) > 1 or not url.endswith("}}")):
            raise _refusal("a URL has one variable, at its end")
        if variables and not button.get("example"):
            raise _refusal("a URL with a variable needs an example", subcode=_NO_EXAMPLE)
    return kind


def _refusal(details: str, *, subcode: int = _FORMAT) -> Refusal:
    return Refusal(100, details, subcode=subcode)
