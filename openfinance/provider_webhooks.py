"""Where providers' webhooks come in: checked and kept here, followed by a worker."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from openfinance import provider_events, serving
from openfinance.providers import Hears, Provider, ProviderError

# An item's event has a few hundred bytes.
LONGEST_BODY = 64 * 1024
_TEXT = "text/plain; charset=utf-8"


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider: str) -> HttpResponse:
    """Keep what a provider tells, and answer 200 once that is committed.

    What is no event of a consent gets its 200 too: what does not comes again for hours.
    """
    adapter = _hearing(provider)
    if adapter is None:
        return _answer(HTTPStatus.NOT_FOUND)
    if request.headers.get("Content-Encoding", "identity") != "identity":
        return _answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        body = request.read(LONGEST_BODY + 1)
    except UnreadablePostError:
        return _answer(HTTPStatus.BAD_REQUEST)
    if len(body) > LONGEST_BODY:
        return _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        notices = adapter.parse(headers=request.headers, body=body)
    except ProviderError:
        return _answer(HTTPStatus.FORBIDDEN)
    provider_events.store(provider, notices)
    return _answer(HTTPStatus.OK)


def _hearing(name: str) -> Hears | None:
    try:
        adapter: Provider = serving.named(name)
    except serving.NoProvider:
        return None
    return adapter if isinstance(adapter, Hears) else None


def _answer(status: HTTPStatus) -> HttpResponse:
    return HttpResponse(status.phrase, status=status, content_type=_TEXT)
