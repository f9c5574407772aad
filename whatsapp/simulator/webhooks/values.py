"""The values of webhooks' changes, in Meta's shapes (reference §5.2 to §5.4)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from whatsapp.simulator import refusals
from whatsapp.simulator.models import (
    SimulatedFlow,
    SimulatedMessage,
    SimulatedPhone,
    SimulatedTemplate,
)

Json = dict[str, Any]

DISPLAY_NUMBER = "15550783881"

# What Meta adds to the status of a template.
_MORE_OF_STATUS: dict[str, Json] = {
    SimulatedTemplate.Status.PAUSED: {
        "other_info": {"title": "FIRST_PAUSE", "description": "Paused for 3 hours."}
    },
    SimulatedTemplate.Status.REJECTED: {
        "rejection_info": {"reason": "It was asked for.", "recommendation": "Edit the template."}
    },
}


def seconds(at: datetime) -> str:
    """Return a time as Meta writes it."""
    return str(int(at.timestamp()))


def status(message: SimulatedMessage, state: str, at: datetime, *, category: str = "") -> Json:
    """Tell that a message of the business came so far; `category` is what it is billed as."""
    pricing = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": category}
    told = {
        "id": message.wamid,
        "status": state,
        "timestamp": seconds(at),
        **_recipient(message),
        **_callback(message),
        **({"pricing": pricing} if state in {"sent", "delivered"} else {}),
    }
    contacts = [contact(message.phone)] if message.phone else []
    return _of_number(contacts=contacts, statuses=[told])


def failure(message: SimulatedMessage, at: datetime, *, code: int, details: str) -> Json:
    """Tell that a message of the business was not delivered; such a status has no contacts."""
    recipient = _recipient(message)
    if "recipient_id" in recipient:
        recipient.pop("recipient_user_id", None)
    title = refusals.meaning(code)
    error = {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details},
        "href": "/documentation/business-messaging/whatsapp/support/error-codes",
    }
    told = {
        "id": message.wamid,
        "status": "failed",
        "timestamp": seconds(at),
        **recipient,
        **_callback(message),
        "errors": [error],
    }
    return _of_number(statuses=[told])


def sender(phone: SimulatedPhone) -> Json:
    """Return who wrote: the business-scoped id, and the number unless it is hidden."""
    number = {} if phone.hides_number else {"from": phone.digits}
    return {**number, "from_user_id": phone.user_id}


def message(phone: SimulatedPhone, told: Mapping[str, Any]) -> Json:
    """Tell of a message that a person sent."""
    return _of_number(contacts=[contact(phone)], messages=[told])


def system(told: Mapping[str, Any]) -> Json:
    """Tell of a change of a person's number or id, which comes without contacts."""
    return _of_number(messages=[told])


def preference(phone: SimulatedPhone, *, wants: str, at: datetime) -> Json:
    """Tell that a person stopped or resumed marketing messages in WhatsApp's own settings."""
    told = {
        **_wa_id(phone),
        "detail": f"User requested to {wants} marketing messages",
        "category": "marketing_messages",
        "value": wants,
        "timestamp": int(at.timestamp()),
    }
    return _of_number(contacts=[contact(phone)], user_preferences=[told])


def template_status(template: SimulatedTemplate) -> Json:
    """Tell the status of a template; the language comes with a hyphen, as in Meta's samples."""
    return {
        "event": template.status,
        "message_template_id": int(template.meta_id),
        "message_template_name": template.name,
        "message_template_language": template.language.replace("_", "-"),
        "message_template_category": template.category,
        "reason": template.rejected_reason,
        **_MORE_OF_STATUS.get(template.status, {}),
    }


def flow_status(flow: SimulatedFlow, *, old: str) -> Json:
    """Tell that a Flow has another status than before."""
    return {
        "event": "FLOW_STATUS_CHANGE",
        "message": f"Flow {flow.name} changed status from {old} to {flow.status}",
        "flow_id": flow.flow_id,
        "old_status": old,
        "new_status": flow.status,
    }


def contact(phone: SimulatedPhone) -> Json:
    """Return a person as the contacts of a change have them."""
    return {"profile": {"name": phone.name}, **_wa_id(phone), "user_id": phone.user_id}


def _of_number(*, contacts: list[Json] | None = None, **updates: list[Any]) -> Json:
    metadata = {
        "display_phone_number": DISPLAY_NUMBER,
        "phone_number_id": settings.SIMULATOR["PHONE_NUMBER_ID"],
    }
    known = {"contacts": contacts} if contacts else {}
    return {"messaging_product": "whatsapp", "metadata": metadata, **known, **updates}


def _wa_id(phone: SimulatedPhone) -> Json:
    return {} if phone.hides_number else {"wa_id": phone.digits}


def _recipient(message: SimulatedMessage) -> Json:
    phone = message.phone
    if phone is None:
        digits = message.to.removeprefix("+")
        return {"recipient_id": digits} if digits != message.to else {"recipient_user_id": digits}
    number = {} if phone.hides_number else {"recipient_id": phone.digits}
    return {**number, "recipient_user_id": phone.user_id}


def _callback(message: SimulatedMessage) -> Json:
    data = message.callback_data
    return {"biz_opaque_callback_data": data} if data else {}
