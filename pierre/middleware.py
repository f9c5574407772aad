import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from pierre import logs

_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestIdMiddleware:
    """Name every request, in the answer and in each log line; the caller's own name is kept,
    unless it could forge a log line or is itself a secret.

    It is the outermost middleware, so that no answer leaves without `X-Request-Id`, and it forbids
    caching wherever a view did not say otherwise.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        is_fit = _ACCEPTABLE.fullmatch(given) and logs.mask(given) == given
        name = given if is_fit else uuid.uuid4().hex
        # It stays set: what Django and the server log after the answer belongs to it too, and the
        # thread's next request replaces it.
        logs.request_id.set(name)
        response = self._get_response(request)
        response.headers["X-Request-Id"] = name
        response.headers.setdefault("Cache-Control", "no-store")
        return response
