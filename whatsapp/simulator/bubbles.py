"""Messages as a phone shows them, whatever their type: a text, its buttons, what it answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from whatsapp.simulator import template_texts
from whatsapp.simulator.models import SimulatedMessage, SimulatedTemplate
from whatsapp.simulator.template_texts import Filled

Json = Mapping[str, Any]

# A phone shows so many buttons; with more it shows one fewer, and all of them in a sheet.
_BUTTONS_SHOWN = 3


class Does(StrEnum):
    """What a button does."""

    SHEET = "sheet"
    REPLY = "reply"
    TEMPLATE_REPLY = "template_reply"
    LINK = "link"
    FLOW = "flow"
    COPY = "copy"
    CALL = "call"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button; `value` is what it sends, opens, copies or calls."""

    does: Does
    text: str
    value: str = ""

    @property
    def template(self) -> str:
        """Return the template that shows it."""
        return f"simulator/buttons/{self.does}.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """A message on a phone. `answers` is the message that it replies to, None for most.

    `code` is a one-time code, for which the words are WhatsApp's own, and `minutes` how long it
    holds.
    """

    message: SimulatedMessage
    header: str = ""
    body: str = ""
    footer: str = ""
    buttons: Sequence[Button] = ()
    sections: Sequence[Json] = ()
    is_flow_reply: bool = False
    code: str = ""
    minutes: int | None = None
    answers: "Bubble | None" = None

    @property
    def buttons_shown(self) -> Sequence[Button]:
        """Return the buttons under the text."""
        hides_some = len(self.buttons) > _BUTTONS_SHOWN
        return self.buttons[: _BUTTONS_SHOWN - 1] if hides_some else self.buttons

    @property
    def buttons_in_sheet(self) -> Sequence[Button]:
        """Return all of them where the text has room for some only, else none."""
        return self.buttons if len(self.buttons) > _BUTTONS_SHOWN else ()


def show(messages: Iterable[SimulatedMessage]) -> dict[int, Bubble]:
    """Return the bubble of each message by its pk, in two queries for however many."""
    shown = list(messages)
    quoted = SimulatedMessage.objects.filter(wamid__in=filter(None, map(_context, shown)))
    by_wamid = {message.wamid: message for message in quoted}
    templates = _templates([*shown, *by_wamid.values()])
    bubbles = {}
    for message in shown:
        answered = by_wamid.get(_context(message))
        answers = Bubble(message=answered, **_content(answered, templates)) if answered else None
        bubbles[message.pk] = Bubble(
            message=message, answers=answers, **_content(message, templates)
        )
    return bubbles


def _context(message: SimulatedMessage) -> str:
    """Return the wamid of the message answered; webhooks and Graph name it differently."""
    context = message.payload.get("context", {})
    return str(context.get("id") or context.get("message_id") or "")


Templates = Mapping[tuple[str, str], SimulatedTemplate]


def _templates(messages: Iterable[SimulatedMessage]) -> Templates:
    names = {message.payload.get("template", {}).get("name") for message in messages} - {None}
    found = SimulatedTemplate.objects.filter(name__in=names) if names else ()
    return {(template.name, template.language): template for template in found}


def _content(message: SimulatedMessage, templates: Templates) -> dict[str, Any]:
    payload = message.payload
    match payload["type"]:
        case "text":
            return {"body": payload["text"]["body"]}
        case "button":
            return {"body": payload["button"]["text"]}
        case "template":
            return _template(payload["template"], templates)
        case "interactive":
            return _interactive(payload["interactive"])
    return {}


def _interactive(content: Json) -> dict[str, Any]:
    match content["type"]:
        case "list_reply":
            reply = content["list_reply"]
            return {"header": reply["title"], "body": reply.get("description", "")}
        case "button_reply":
            return {"body": content["button_reply"]["title"]}
        case "nfm_reply":
            return {"is_flow_reply": True}
    action = content["action"]
    return {
        "header": content.get("header", {}).get("text", ""),
        "body": content["body"]["text"],
        "footer": content.get("footer", {}).get("text", ""),
        "buttons": list(_buttons(content["type"], action)),
        "sections": action.get("sections", ()),
    }


def _buttons(kind: str, action: Json) -> Iterator[Button]:
    parameters = action.get("parameters", {})
    match kind:
        case "list":
            yield Button(does=Does.SHEET, text=action["button"])
        case "cta_url":
            text = parameters["display_text"]
            yield Button(does=Does.LINK, text=text, value=parameters["url"])
        case "flow":
            yield Button(does=Does.FLOW, text=parameters["flow_cta"])
        case "button":
            for button in action["buttons"]:
                reply = button["reply"]
                yield Button(does=Does.REPLY, text=reply["title"], value=reply["id"])


def _template(content: Json, templates: Templates) -> dict[str, Any]:
    name, language = content["name"], content["language"]["code"].replace("-", "_")
    filled = Filled(templates.get((name, language)), content)
    return {
        "header": filled.text("HEADER"),
        "body": filled.text("BODY"),
        "footer": filled.text("FOOTER"),
        "buttons": [
            _template_button(index, button, given) for index, button, given in filled.buttons()
        ],
        "code": filled.code if filled.is_authentication else "",
        "minutes": filled.minutes,
    }


def _template_button(index: int, button: Json, given: Mapping[str, str]) -> Button:
    text = button.get("text", "")
    match button["type"]:
        case "QUICK_REPLY":
            return Button(does=Does.TEMPLATE_REPLY, text=text, value=str(index))
        case "URL":
            url = template_texts.address(button["url"], given)
            return Button(does=Does.LINK, text=text, value=url)
        case "PHONE_NUMBER":
            return Button(does=Does.CALL, text=text, value=button["phone_number"])
        case "OTP" | "COPY_CODE":
            return Button(does=Does.COPY, text=text, value=next(iter(given.values()), ""))
    return Button(does=Does.NOTHING, text=text)
