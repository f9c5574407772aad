"""Templates as we define them for Meta to approve: values that cannot be built outside its rules.

The rules are those of Meta's template reference; only its review is the final word.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any, ClassVar

from whatsapp.messages import limits

Json = dict[str, Any]

_NAME = 512
_BODY = 1024
_FOOTER = 60
_BUTTONS = 10
_BUTTON_TEXT = 25
_URL_BUTTONS = 2
_LOWERCASE = re.compile(r"[a-z0-9_]+")
_VARIABLE = re.compile(r"\{\{([a-z0-9_]+)\}\}")
_ADJACENT = re.compile(r"\}\}\s*\{\{")


class Category(StrEnum):
    """What a template is for, which decides its price and who may get it."""

    UTILITY = "UTILITY"
    MARKETING = "MARKETING"
    AUTHENTICATION = "AUTHENTICATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyButton:
    """A button that answers for the person."""

    text: str

    def __post_init__(self) -> None:
        limits.line("button.text", self.text, limit=_BUTTON_TEXT)

    def content(self) -> Json:
        """Return the button as Graph takes it."""
        return {"type": "QUICK_REPLY", "text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlButton:
    """A button that opens an address, the same for everybody."""

    text: str
    url: str

    def __post_init__(self) -> None:
        limits.line("button.text", self.text, limit=_BUTTON_TEXT)
        limits.url("button.url", self.url)

    def content(self) -> Json:
        """Return the button as Graph takes it."""
        return {"type": "URL", "text": self.text, "url": self.url}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTemplate:
    """A template of our own words.

    `examples` has one for each variable of the body, which stands there as {{name}}. `fills` is
    kept with the template, for whoever fills it in.
    """

    name: str
    category: Category
    body: str
    examples: Mapping[str, str] = field(default_factory=dict)
    footer: str = ""
    buttons: tuple[ReplyButton | UrlButton, ...] = ()
    fills: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        limits.pattern("template.name", self.name, limit=_NAME, allowed=_LOWERCASE)
        limits.body("template.body", self.body, limit=_BODY)
        limits.optional_line("template.footer", self.footer, limit=_FOOTER)
        _check_variables(self.body, self.examples)
        _check_buttons(self.buttons)

    def content(self) -> Json:
        """Return what creates the template, but for its name and language."""
        body: Json = {"type": "BODY", "text": self.body}
        if self.examples:
            examples = [
                {"param_name": name, "example": text} for name, text in self.examples.items()
            ]
            body["example"] = {"body_text_named_params": examples}
        components = [body]
        if self.footer:
            components.append({"type": "FOOTER", "text": self.footer})
        if self.buttons:
            buttons = [button.content() for button in self.buttons]
            components.append({"type": "BUTTONS", "buttons": buttons})
        return {"parameter_format": "named", "components": components}

    def is_like(self, components: Iterable[Json]) -> bool:
        """Tell whether a template at Meta says the same."""
        return are_alike(components, self.content()["components"])


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTemplate:
    """A template of Meta's words for a one-time code, with a button that copies it."""

    category: ClassVar[Category] = Category.AUTHENTICATION
    fills: ClassVar[Mapping[str, Any]] = {}

    name: str
    minutes: int
    button: str

    def __post_init__(self) -> None:
        limits.pattern("template.name", self.name, limit=_NAME, allowed=_LOWERCASE)
        limits.line("button.text", self.button, limit=_BUTTON_TEXT)

    def content(self) -> Json:
        """Return what creates the template, but for its name and language."""
        button = {"type": "OTP", "otp_type": "COPY_CODE", "text": self.button}
        return {
            "components": [
                {"type": "BODY", "add_security_recommendation": True},
                {"type": "FOOTER", "code_expiration_minutes": self.minutes},
                {"type": "BUTTONS", "buttons": [button]},
            ]
        }

    def is_like(self, components: Iterable[Json]) -> bool:
        """Tell whether a template at Meta says the same, as far as Meta tells."""
        told = {str(component.get("type")).upper(): component for component in components}
        body, footer = told.get("BODY", {}), told.get("FOOTER", {})
        return bool(
            body.get("add_security_recommendation", True)
            and footer.get("code_expiration_minutes", self.minutes) == self.minutes
        )


Definition = TextTemplate | CodeTemplate


def are_alike(some: Iterable[Json], others: Iterable[Json]) -> bool:
    """Tell whether people see the same of two templates, by their components in Graph's JSON."""
    return _said(some) == _said(others)


def _said(components: Iterable[Json]) -> list[tuple[object, ...]]:
    """Return what people see, without the examples and what Meta adds of its own."""
    told = {str(component.get("type")).upper(): component for component in components}
    said: list[tuple[object, ...]] = [
        (kind, str(told[kind].get("text", "")).strip())
        for kind in ("HEADER", "BODY", "FOOTER")
        if kind in told
    ]
    buttons = told.get("BUTTONS", {}).get("buttons", [])
    said += [(button.get("type"), button.get("text"), button.get("url")) for button in buttons]
    return said


def _check_variables(body: str, examples: Mapping[str, str]) -> None:
    length = limits.length(body)

    def refuse(problem: str) -> None:
        raise limits.InvalidMessage("template.body", problem, length=length, limit=_BODY)

    text = body.strip()
    if text.startswith("{{") or text.endswith("}}"):
        refuse("starts or ends with a variable")
    if _ADJACENT.search(text):
        refuse("has a variable right after another")
    if set(_VARIABLE.findall(text)) != set(examples):
        refuse("has other variables than the examples")
    for name, example in examples.items():
        limits.line(f"template.examples.{name}", example, limit=_BODY)


def _check_buttons(buttons: tuple[ReplyButton | UrlButton, ...]) -> None:
    if not buttons:
        return
    limits.count("template.buttons", buttons, limit=_BUTTONS)
    limits.unique("template.buttons.text", [button.text for button in buttons], limit=_BUTTONS)
    addresses = [button for button in buttons if isinstance(button, UrlButton)]
    runs = [kind for kind, _ in groupby(buttons, key=type)]
    if len(addresses) > _URL_BUTTONS or len(runs) > len(set(runs)):
        raise limits.InvalidMessage(
            "template.buttons",
            "are mixed, or open too many addresses",
            length=len(addresses),
            limit=_URL_BUTTONS,
        )
