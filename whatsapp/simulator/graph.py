"""Meta's Graph API, as far as sending goes: POST /{version}/{phone-number-id}/messages."""

import hmac
import json
import re
import secrets

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from whatsapp.simulator import lost, refusals, rules
from whatsapp.simulator.models import (
    Fault,
    Mode,
    SimulatedMessage,
    SimulatedPhone,
    Trouble,
)
from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules.fields import Json


@csrf_exempt
@require_POST
def messages(request: HttpRequest, version: str, phone_number_id: str) -> HttpResponse:
    """Take a message as Graph does, refuse it with Graph's code, or meet the fault that is set."""
    try:
        _authorise(request, version, phone_number_id)
        message = rules.check(_body(request))
        trouble = _trouble()
    except Refusal as refusal:
        return refusals.answer(refusal)
    stored = _store(message)
    return _meet(trouble, request) or _accepted(message, stored)


def _authorise(request: HttpRequest, version: str, phone_number_id: str) -> None:
    token = request.headers.get("Authorization", "")
    expected = f"Bearer {settings.SIMULATOR['ACCESS_TOKEN']}"
    if not hmac.compare_digest(token.encode(), expected.encode()):
        raise Refusal(190, "The access token is not valid")
    if not re.fullmatch(r"v[0-9]+\.[0-9]+", version):
        raise Refusal(100, f"Unknown version {version!r}")
    if phone_number_id != settings.SIMULATOR["PHONE_NUMBER_ID"]:
        raise Refusal(
            100, f"Unsupported post request. Object with ID '{phone_number_id}' does not exist"
        )


def _body(request: HttpRequest) -> object:
    if request.content_type != "application/json":
        raise Refusal(100, "Content-Type must be application/json")
    try:
        return json.loads(request.body)
    except RequestDataTooBig as error:
        raise Refusal(100, "The body is too large") from error
    except (ValueError, RecursionError) as error:
        raise Refusal(100, "The body is not JSON") from error


def _trouble() -> Trouble:
    trouble = Fault.objects.take()
    if trouble.mode == Mode.REFUSE:
        raise Refusal(trouble.code, "The simulator was asked to refuse")
    return trouble


def _store(message: Json) -> SimulatedMessage:
    phone = SimulatedPhone.objects.filter(number=message["to"]).first()
    return SimulatedMessage.objects.create(
        phone=phone,
        to=message["to"],
        wamid=f"wamid.{secrets.token_urlsafe(32)}",
        payload={key: value for key, value in message.items() if key != "to"},
        callback_data=message.get("biz_opaque_callback_data") or "",
        status=SimulatedMessage.Status.DELIVERED if phone else SimulatedMessage.Status.SENT,
    )


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
    phone = stored.phone
    wa_id = phone.wa_id if phone and phone.wa_id else stored.to.removeprefix("+")
    status = {"message_status": "accepted"} if message["type"] == "template" else {}
    return JsonResponse(
        {
            "messaging_product": "whatsapp",
            "contacts": [{"input": stored.to, "wa_id": wa_id}],
            "messages": [{"id": stored.wamid, **status}],
        }
    )
