"""What can be learnt from a message that WhatsApp refused, and what may go out in its place."""

from dataclasses import dataclass
from typing import Any

from openfinance.forms import Form
from whatsapp import approved_templates, contacts, native_flows, updates
from whatsapp.messages import Kind
from whatsapp.models import Delivery, OutgoingMessage
from whatsapp.providers import NextStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Instead:
    """Where a message goes after all, and in which form; None for the one it would have now."""

    to: str
    form: Form | None = None


def learn(message: OutgoingMessage) -> Instead | None:
    """Remember what a refusal says of the person, the Flow or the template.

    Return what may go out in the message's place, or None: also when it was not refused, and when
    it stands itself in the place of another.
    """
    instead = _learn(message) if _is_refused(message) else None
    return None if message.replaces_id else instead


def _is_refused(message: OutgoingMessage) -> bool:
    is_failed = message.status == OutgoingMessage.Status.FAILED
    return is_failed or message.delivery == Delivery.FAILED


def _learn(message: OutgoingMessage) -> Instead | None:
    match message.next_step:
        case NextStep.USE_TEMPLATE if message.kind != Kind.TEMPLATE:
            contacts.close_window(phone=message.phone)
            return Instead(to=message.phone, form=Form.TEMPLATE)
        case NextStep.FALL_BACK_TO_LIST if message.kind == Kind.FLOW:
            action: dict[str, Any] = message.payload["interactive"]["action"]
            native_flows.refused(action["parameters"]["flow_id"], code=message.error_code)
            return Instead(to=message.phone, form=Form.LIST)
        case NextStep.TRY_OTHER_VARIANT:
            others = updates.variants(message.phone.removeprefix("+"))[1:]
            return Instead(to=f"+{others[0]}") if others else None
        case NextStep.RECORD_OPT_OUT:
            contacts.stop_marketing(phone=message.phone, at=message.settled_at)
        case NextStep.RESYNC_TEMPLATES if message.kind == Kind.TEMPLATE:
            approved_templates.refused(
                message.payload["template"]["name"],
                code=message.error_code,
                details=message.error_details,
            )
    return None
