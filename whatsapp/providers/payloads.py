"""Messages as Graph's JSON."""

from typing import Any, assert_never

from whatsapp.messages import (
    CtaUrl,
    InteractiveList,
    Message,
    OpenFlow,
    QuickReply,
    ReplyButtons,
    Row,
    Section,
    Template,
    Text,
    TextParameter,
    UrlSuffix,
)

Json = dict[str, Any]


def envelope(*, to: str, content: Json, callback_data: str) -> Json:
    """Return the whole body of a request to send a `content` to somebody.

    `to` is E.164 with its `+`, or a business-scoped user id, which has a field of its own.
    """
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to" if to.startswith("+") else "recipient": to,
        **content,
        "biz_opaque_callback_data": callback_data,
    }


def content(message: Message) -> Json:
    """Return the `type` of a message and the object named after it."""
    match message:
        case Text():
            return {
                "type": "text",
                "text": {"body": message.body, "preview_url": message.preview_url},
            }
        case InteractiveList():
            return _interactive("list", message, _list_action(message))
        case ReplyButtons():
            return _interactive("button", message, _buttons_action(message))
        case CtaUrl():
            return _interactive("cta_url", message, _url_action(message))
        case OpenFlow():
            return _interactive("flow", message, _flow_action(message))
        case Template():
            return {"type": "template", "template": _template(message)}
        case _:
            assert_never(message)


def _interactive(
    kind: str, message: InteractiveList | ReplyButtons | CtaUrl | OpenFlow, action: Json
) -> Json:
    interactive: Json = {"type": kind}
    if message.header:
        interactive["header"] = {"type": "text", "text": message.header}
    interactive["body"] = {"text": message.body}
    if message.footer:
        interactive["footer"] = {"text": message.footer}
    interactive["action"] = action
    return {"type": "interactive", "interactive": interactive}


def _list_action(message: InteractiveList) -> Json:
    return {
        "button": message.button,
        "sections": [_section(section) for section in message.sections],
    }


def _section(section: Section) -> Json:
    rows = [_row(row) for row in section.rows]
    return {"title": section.title, "rows": rows} if section.title else {"rows": rows}


def _row(row: Row) -> Json:
    described = {"description": row.description} if row.description else {}
    return {"id": row.id, "title": row.title, **described}


def _buttons_action(message: ReplyButtons) -> Json:
    return {
        "buttons": [
            {"type": "reply", "reply": {"id": button.id, "title": button.title}}
            for button in message.buttons
        ]
    }


def _url_action(message: CtaUrl) -> Json:
    parameters = {"display_text": message.display_text, "url": message.url}
    return {"name": "cta_url", "parameters": parameters}


def _flow_action(message: OpenFlow) -> Json:
    return {
        "name": "flow",
        "parameters": {
            "flow_message_version": "3",
            "flow_id": message.flow_id,
            "flow_token": message.flow_token,
            "flow_cta": message.cta,
            "flow_action": "data_exchange",
        },
    }


def _template(template: Template) -> Json:
    components = [_template_button(button) for button in template.buttons]
    if template.body:
        parameters = [_text_parameter(parameter) for parameter in template.body]
        components.insert(0, {"type": "body", "parameters": parameters})
    filled = {"components": components} if components else {}
    return {"name": template.name, "language": {"code": template.language}, **filled}


def _text_parameter(parameter: TextParameter) -> Json:
    named = {"parameter_name": parameter.name} if parameter.name else {}
    return {"type": "text", **named, "text": parameter.text}


def _template_button(button: UrlSuffix | QuickReply) -> Json:
    match button:
        case UrlSuffix():
            sub_type, parameter = "url", {"type": "text", "text": button.text}
        case QuickReply():
            sub_type, parameter = "quick_reply", {"type": "payload", "payload": button.payload}
        case _:
            assert_never(button)
    return {
        "type": "button",
        "sub_type": sub_type,
        "index": str(button.index),
        "parameters": [parameter],
    }
