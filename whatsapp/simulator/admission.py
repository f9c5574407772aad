"""Whether a message that is right in itself may go to this phone now (reference §2, §3)."""

from whatsapp.simulator import filling, reviews
from whatsapp.simulator.models import SimulatedFlow, SimulatedPhone, SimulatedTemplate
from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules import fields
from whatsapp.simulator.rules.fields import Json

_FREE_FORM = "service"
_TEMPLATE_REFUSALS: dict[str, tuple[int, str]] = {
    SimulatedTemplate.Status.PAUSED: (132015, "The template is paused because of its quality"),
    SimulatedTemplate.Status.DISABLED: (132016, "The template is disabled because of its quality"),
}
_FLOW_REFUSALS: dict[str, tuple[int, str]] = {
    SimulatedFlow.Status.BLOCKED: (132068, "The Flow is blocked"),
    SimulatedFlow.Status.THROTTLED: (132069, "The Flow is throttled"),
}


def admit(message: Json, phone: SimulatedPhone | None) -> str:
    """Return what the message is billed as, or raise Graph's refusal.

    A number that nobody has is not known to have no window: the message is lost later.
    """
    if message["type"] == "template":
        return _template(message)
    if phone and not phone.is_in_window():
        raise Refusal(
            131047, "More than 24 hours have passed since the recipient last replied to you"
        )
    if message.get("interactive", {}).get("type") == "flow":
        _flow(message["interactive"]["action"]["parameters"])
    return _FREE_FORM


def _template(message: Json) -> str:
    reviews.finish()
    content = message["template"]
    template = SimulatedTemplate.objects.named(content)
    if template and template.status in _TEMPLATE_REFUSALS:
        raise Refusal(*_TEMPLATE_REFUSALS[template.status])
    if template is None or template.status != SimulatedTemplate.Status.APPROVED:
        raise Refusal(132001, f"template name ({content['name']}) does not exist in the language")
    if template.category == "AUTHENTICATION" and "to" not in message:
        raise Refusal(131062, "Codes go to phone numbers only")
    filling.check(template, content)
    return template.category.lower()


def _flow(parameters: Json) -> None:
    by = "flow_id" if "flow_id" in parameters else "flow_name"
    flow = SimulatedFlow.objects.filter(**{by.replace("flow_name", "name"): parameters[by]}).first()
    if flow is None:
        raise Refusal(fields.INVALID, f"{by} is not one of this account's Flows")
    if flow.status in _FLOW_REFUSALS:
        raise Refusal(*_FLOW_REFUSALS[flow.status])
    wanted = parameters.get("mode", "published").upper()
    if flow.status != wanted:
        raise Refusal(fields.INVALID, f"The Flow is in status {flow.status}, not {wanted}")
