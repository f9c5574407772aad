import re
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts import addresses, origins
from accounts.origins import ActorKind, Origin
from pierre import logs
from pierre.staff import visits

# By the first part of the path; an integrator's call says itself when it came through MCP.
_CHANNELS = {
    "tools": "api",
    "webhooks": "webhook",
    "conectar": "page",
    "conexoes": "page",
    "plans": "page",
    "conta": "page",
    "admin": "admin",
}
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


class PermissionsPolicyMiddleware:
    """Let no page, nor anything in it, use what a browser could give: a camera, where one is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return response


class StaffSessionMiddleware:
    """Sign staff out whose session has ended, in whatever process it was ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Only there, because it reads the session: no other page needs one.
        if request.path_info.startswith("/admin/"):
            visits.require_live(request)
        return self._get_response(request)


class OriginMiddleware:
    """Let the audit know from where a request comes, and which of the staff makes it.

    It stands after the request's name and its session are known; who holds an API key, or a link to
    a page, is known only later.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with origins.acting(_origin(request)):
            return self._get_response(request)


def _origin(request: HttpRequest) -> Origin:
    channel = _CHANNELS.get(request.path_info.lstrip("/").partition("/")[0], "")
    if channel == "api" and request.GET.get("s") == "s":
        channel = "mcp"
    # Only there, because it reads the session: no other page needs one.
    staff = request.user.pk if channel == "admin" and request.user.is_authenticated else None
    return Origin(
        kind=ActorKind.STAFF if staff else ActorKind.UNKNOWN,
        actor=str(staff or ""),
        address=addresses.whole(request),
        user_agent=request.headers.get("User-Agent", ""),
        channel=channel,
        request_id=logs.request_id.get(),
    )
