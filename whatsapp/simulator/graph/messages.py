"""POST /{version}/{phone-number-id}/messages: take a message as Graph does, or refuse it."""

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse

from whatsapp.simulator import admission, lost, rules, statuses
from whatsapp.simulator.graph import asking
from whatsapp.simulator.models import (
    Fault,
    Mode,
    SimulatedMessage,
    SimulatedPhone,
    Trouble,
)
from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules.fields import Json

_ADDRESS = ("to", "recipient")


@asking.answering("POST")
def send(request: HttpRequest, node: str) -> HttpResponse:
    """Take a message, refuse it with Graph's code, or meet the fault that is set."""
    asking.require_number(node)
    message = rules.check(asking.json_body(request))
    phone = _phone(message)
    category = admission.admit(message, phone)
    trouble = _trouble()
    stored = _store(message, phone, category=category, trouble=trouble)
    return _meet(trouble, request) or _accepted(message, stored)


def _phone(message: Json) -> SimulatedPhone | None:
    """Return who has the number, or else the business-scoped id; None when nobody has."""
    number = message.get("to")
    if number is None:
        return SimulatedPhone.objects.filter(user_id=message["recipient"]).first()
    has_number = Q(number=number) | Q(wa_id=number.removeprefix("+"))
    return SimulatedPhone.objects.filter(has_number).first()


def _trouble() -> Trouble:
    trouble = Fault.objects.take()
    if trouble.mode == Mode.REFUSE:
        raise Refusal(trouble.code, "The simulator was asked to refuse")
    return trouble


@transaction.atomic
def _store(
    message: Json, phone: SimulatedPhone | None, *, category: str, trouble: Trouble
) -> SimulatedMessage:
    """Keep the message with what becomes of it, so that the webhook may come before the answer."""
    stored = SimulatedMessage.objects.create(
        phone=phone,
        to=message.get("to") or message["recipient"],
        payload={key: value for key, value in message.items() if key not in _ADDRESS},
        callback_data=message.get("biz_opaque_callback_data") or "",
    )
    if trouble.mode == Mode.FAIL:
        statuses.fail(stored, code=trouble.code, details="The simulator was asked to fail")
    else:
        statuses.accepted(stored, category=category)
    return stored


def _meet(trouble: Trouble, request: HttpRequest) -> HttpResponse | None:
    match trouble.mode:
        case Mode.SLOW:
            lost.wait(trouble.seconds)
        case Mode.DROP:
            return lost.drop(request)
        case Mode.HANG:
            return lost.hang(request, trouble.seconds)
        case Mode.HTTP_500:
            return HttpResponse("<html>Sorry, something went wrong.</html>", status=500)
    return None


def _accepted(message: Json, stored: SimulatedMessage) -> JsonResponse:
    """Answer as Graph does; one that went to a business-scoped id tells no number."""
    contact = {"input": stored.to}
    if stored.to.startswith("+"):
        contact["wa_id"] = stored.phone.digits if stored.phone else stored.to.removeprefix("+")
    else:
        contact["user_id"] = stored.to
    status = {"message_status": "accepted"} if message["type"] == "template" else {}
    return JsonResponse(
        {
            "messaging_product": "whatsapp",
            "contacts": [contact],
            "messages": [{"id": stored.wamid, **status}],
        }
    )
