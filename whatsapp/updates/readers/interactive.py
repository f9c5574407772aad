"""What a person chose in an interactive message of ours."""

from collections.abc import Callable

from whatsapp.updates import fields, strict_json
from whatsapp.updates.inbound import ButtonReply, FlowReply, ListReply, OtherMessage
from whatsapp.updates.readers.envelopes import Envelope
from whatsapp.updates.strict_json import JsonObject

Reply = ListReply | ButtonReply | FlowReply


def read(update: JsonObject, envelope: Envelope) -> Reply | OtherMessage:
    """Return the reply; raises Malformed when it lacks what its kind must have."""
    interactive = fields.child(update, "interactive")
    kind = fields.text(interactive, "type")
    reader = _READERS.get(kind)
    if reader is None:
        return OtherMessage(**envelope, kind=kind, failure=None)
    return reader(fields.child(interactive, kind), envelope)


def _list_reply(reply: JsonObject, envelope: Envelope) -> ListReply:
    return ListReply(
        **envelope,
        id=fields.text(reply, "id"),
        title=fields.text(reply, "title"),
        description=fields.optional_text(reply, "description"),
    )


def _button_reply(reply: JsonObject, envelope: Envelope) -> ButtonReply:
    return ButtonReply(**envelope, id=fields.text(reply, "id"), title=fields.text(reply, "title"))


def _flow_reply(reply: JsonObject, envelope: Envelope) -> FlowReply:
    try:
        response = strict_json.parse(fields.text(reply, "response_json").encode(errors="replace"))
    except strict_json.Unreadable as error:
        raise fields.Malformed(f"response_json is {error}") from error
    return FlowReply(
        **envelope, flow_token=fields.optional_text(response, "flow_token"), response=response
    )


_READERS: dict[str, Callable[[JsonObject, Envelope], Reply]] = {
    "list_reply": _list_reply,
    "button_reply": _button_reply,
    "nfm_reply": _flow_reply,
}
