"""Where Meta's webhooks come in: checked and kept here, made sense of by a worker."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from whatsapp import inbox, updates

_TEXT = "text/plain; charset=utf-8"


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest) -> HttpResponse:
    """Prove to Meta that this address is ours (GET), or keep what it tells (POST).

    A POST is answered 200 once it is committed, whatever is in it: what Meta does not get a 200 for
    comes again for seven days.
    """
    return _handshake(request) if request.method == "GET" else _keep(request)


def _handshake(request: HttpRequest) -> HttpResponse:
    token, given = settings.WHATSAPP_VERIFY_TOKEN, request.GET.get("hub.verify_token", "")
    challenge = request.GET.get("hub.challenge")
    is_meta = bool(token) and constant_time_compare(given, token)
    if not is_meta or challenge is None or request.GET.get("hub.mode") != "subscribe":
        return _answer(HTTPStatus.FORBIDDEN)
    return HttpResponse(challenge, content_type=_TEXT)


def _keep(request: HttpRequest) -> HttpResponse:
    # Meta compresses nothing, so what is compressed is never opened.
    if request.headers.get("Content-Encoding", "identity") != "identity":
        return _answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        # Not `request.body`, whose limit is that of every other page.
        body = request.read(updates.LONGEST_BODY + 1)
    except UnreadablePostError:
        return _answer(HTTPStatus.BAD_REQUEST)
    if len(body) > updates.LONGEST_BODY:
        return _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    signature = request.headers.get("X-Hub-Signature-256")
    if not updates.is_genuine(body, signature, secrets=settings.WHATSAPP_APP_SECRETS):
        return _answer(HTTPStatus.FORBIDDEN)
    inbox.store(body)
    return _answer(HTTPStatus.OK)


def _answer(status: HTTPStatus) -> HttpResponse:
    return HttpResponse(status.phrase, status=status, content_type=_TEXT)
