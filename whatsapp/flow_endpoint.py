"""The data endpoint of a WhatsApp Flow: Meta's signature, encryption and statuses, and no screens.

Who answers for the screens is given to `view`. The statuses are those of Meta's reference (WhatsApp
Flows, "Error codes"): on 421 a phone fetches our public key again and repeats the request, on 427
it closes the Flow and shows our words. Any other but 200 is to it an error of ours.
"""

import logging
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import assert_never

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from whatsapp import flow_keys, updates
from whatsapp.native_flow import requests
from whatsapp.native_flow.encryption import LONGEST_BODY, Opened
from whatsapp.native_flow.exceptions import InvalidRequest, Malformed, TokenEnded, Undecryptable
from whatsapp.native_flow.requests import Back, ErrorNotice, Exchange, Init, Ping

logger = logging.getLogger(__name__)

Respond = Callable[[Init | Back | Exchange], Mapping[str, object]]

_TOKEN_ENDED = 427
_NOT_FROM_META = 432
_TEXT = "text/plain; charset=utf-8"
# What phones call their errors and our screens; a text of any other form may be somebody's.
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z_.-]{0,59}")


def view(respond: Respond) -> Callable[[HttpRequest], HttpResponse]:
    """Return the view of an endpoint whose screens come from `respond`.

    `respond` takes a request and returns the screen with its data, the same for the same request,
    without calling anybody. It raises TokenEnded when the request's token is not valid.
    """

    @csrf_exempt
    @require_POST
    def answer(request: HttpRequest) -> HttpResponse:
        # Meta compresses nothing, so what is compressed is never opened.
        if request.headers.get("Content-Encoding", "identity") != "identity":
            return _refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        try:
            body = request.read(LONGEST_BODY + 1)
        except UnreadablePostError:
            return _refusal(HTTPStatus.BAD_REQUEST)
        if len(body) > LONGEST_BODY:
            return _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        signature = request.headers.get("X-Hub-Signature-256")
        if not updates.is_genuine(body, signature, secrets=settings.WHATSAPP_APP_SECRETS):
            return _plain("Bad signature", status=_NOT_FROM_META)
        return _exchange(body, respond)

    return answer


def _exchange(body: bytes, respond: Respond) -> HttpResponse:
    try:
        opened = flow_keys.keyring().open(body)
    except Malformed:
        return _refusal(HTTPStatus.BAD_REQUEST)
    except Undecryptable:
        return _refusal(HTTPStatus.MISDIRECTED_REQUEST)
    try:
        return _plain(opened.answer(_payload(opened, respond)))
    except InvalidRequest:
        return _refusal(HTTPStatus.BAD_REQUEST)
    except TokenEnded as ended:
        return _plain(opened.answer({"error_msg": ended.message}), status=_TOKEN_ENDED)


def _payload(opened: Opened, respond: Respond) -> Mapping[str, object]:
    request = requests.read(opened.request)
    match request:
        case Ping():
            return {"data": {"status": "active"}}
        case ErrorNotice():
            logger.warning(
                "a phone could not use our answer: %s on %s",
                _name(request.error),
                _name(request.screen),
            )
            return {"data": {"acknowledged": True}}
        # Their `flow_token_signature` comes with Data API 4.0; we publish 3.0, and the token is
        # ours and unguessable by itself.
        case Init() | Back() | Exchange():
            return respond(request)
    assert_never(request)


def _name(text: str) -> str:
    return text if _IDENTIFIER.fullmatch(text) else "(unnamed)"


def _refusal(status: HTTPStatus) -> HttpResponse:
    return _plain(status.phrase, status=status)


def _plain(text: str, *, status: int = HTTPStatus.OK) -> HttpResponse:
    return HttpResponse(text, status=status, content_type=_TEXT)
