import re
from dataclasses import dataclass
from typing import ClassVar

from whatsapp.messages import limits
from whatsapp.messages.kinds import Kind

_NAME = 512
_LANGUAGE = 10
# A template's whole body is at most 1024, so no parameter of it can be more.
_PARAMETER = 1024
_BUTTONS = 10
_SUFFIX = 2000
# Meta gives no length for it; 128 is the least that any of its payloads allows.
_PAYLOAD = 128

_LOWERCASE = re.compile(r"[a-z0-9_]+")
_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?")
_NO_SPACE = re.compile(r"\S+")
_RUN_OF_SPACES = re.compile(r" {5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextParameter:
    """What fills one variable of the body: by position, or by `name` where they have names."""

    text: str
    name: str = ""

    def __post_init__(self) -> None:
        limits.line("parameter.text", self.text, limit=_PARAMETER)
        if self.name:
            limits.pattern("parameter.name", self.name, limit=_NAME, allowed=_LOWERCASE)
        if _RUN_OF_SPACES.search(self.text):
            raise limits.InvalidMessage(
                "parameter.text",
                "has more than 4 spaces in a row",
                length=limits.length(self.text),
                limit=_PARAMETER,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlSuffix:
    """What ends the URL of the template's button number `index`, counted from 0."""

    index: int
    text: str

    def __post_init__(self) -> None:
        _check_index(self.index)
        limits.pattern("url_suffix.text", self.text, limit=_SUFFIX, allowed=_NO_SPACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickReply:
    """What comes back when the template's button number `index`, counted from 0, is tapped."""

    index: int
    payload: str

    def __post_init__(self) -> None:
        _check_index(self.index)
        limits.line("quick_reply.payload", self.payload, limit=_PAYLOAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """An approved template, the only message allowed more than 24 hours after the person's last.

    `body` fills its variables, all by position or all by name; `buttons` are only those that have
    something to fill.
    """

    kind: ClassVar[Kind] = Kind.TEMPLATE

    name: str
    language: str
    body: tuple[TextParameter, ...] = ()
    buttons: tuple[UrlSuffix | QuickReply, ...] = ()

    def __post_init__(self) -> None:
        limits.pattern("template.name", self.name, limit=_NAME, allowed=_LOWERCASE)
        limits.pattern("template.language", self.language, limit=_LANGUAGE, allowed=_LANGUAGE_CODE)
        self._check_names()
        indexes = [str(button.index) for button in self.buttons]
        limits.unique("template.buttons.index", indexes, limit=_BUTTONS)

    def _check_names(self) -> None:
        names = [parameter.name for parameter in self.body if parameter.name]
        if not names:
            return
        if len(names) < len(self.body):
            raise limits.InvalidMessage(
                "template.body.name",
                "is given to some parameters only",
                length=len(names),
                limit=len(self.body),
            )
        limits.unique("template.body.name", names, limit=len(names))


def _check_index(index: int) -> None:
    if not 0 <= index < _BUTTONS:
        raise limits.InvalidMessage(
            "button.index", "is not the number of a button", length=index, limit=_BUTTONS - 1
        )
