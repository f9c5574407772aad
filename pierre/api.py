"""Where what happened in the domain becomes HTTP: never a stack trace, JSON for programs."""

import logging
import math
from collections.abc import Iterable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults
from django.views.csrf import csrf_failure as django_csrf_failure
from rest_framework import exceptions as drf
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from openfinance.exceptions import FlowError, PhoneMissing, TooManyMessages
from pierre.answers import ANSWERS, PHONE_MISSING
from whatsapp.exceptions import NotConfigured, TemplateUnavailable, Unavailable

logger = logging.getLogger(__name__)

# What people open in a browser: they get a page, in their language.
_PAGES = ("/conectar/", "/conexoes/", "/conta/", "/plans")


class PrefetchRefused(drf.PermissionDenied):
    """A browser only guesses that the person will come here."""


_CODES: dict[type[Exception], str] = {
    drf.AuthenticationFailed: "invalid_api_key",
    drf.NotAuthenticated: "invalid_api_key",
    PrefetchRefused: "prefetch_refused",
    drf.MethodNotAllowed: "method_not_allowed",
}


class AlwaysJson(BaseContentNegotiation):
    """Answer JSON whatever the caller says it accepts: there is nothing else to choose from."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


def error(code: str, *, retry_after: float | None = None) -> Response:
    """Build the answer for an error type; a 401 says how to authenticate."""
    answer = ANSWERS[code]
    response = Response(answer.body(code), status=answer.status)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    if retry_after is not None:
        response["Retry-After"] = str(max(1, math.ceil(retry_after)))
    return response


def exception_handler(exc: Exception, context: dict[str, object]) -> Response:
    """Turn whatever a view raised into an answer; what was not foreseen is logged in full."""
    match exc:
        case PhoneMissing():
            return Response(PHONE_MISSING, status=HTTPStatus.BAD_REQUEST)
        case TooManyMessages():
            return error(exc.code, retry_after=exc.retry_after)
        case drf.Throttled():
            return error("rate_limited", retry_after=getattr(exc, "wait", None) or 1)
        case FlowError() | NotConfigured() | Unavailable() | TemplateUnavailable():
            return error(exc.code)
    for kind, code in _CODES.items():
        if isinstance(exc, kind):
            return error(code)
    logger.error("unforeseen error", exc_info=exc)
    return error("internal_error")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django itself refuses, such as one for an unknown host."""
    return _refusal(request, "bad_request")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 for a form that cannot be known to be ours; staff see Django's page."""
    if _is_for_staff(request):
        return django_csrf_failure(request, reason=reason)
    return _refusal(request, "forbidden")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403; staff see a page."""
    if _is_for_staff(request):
        return defaults.permission_denied(request, exception)
    return _refusal(request, "forbidden")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404; staff see a page."""
    if _is_for_staff(request):
        return defaults.page_not_found(request, exception)
    return _refusal(request, "not_found")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500; staff see a page. Django has logged the exception."""
    if _is_for_staff(request):
        return defaults.server_error(request)
    return _refusal(request, "internal_error")


def _is_for_staff(request: HttpRequest) -> bool:
    return request.path.startswith("/admin/")


def _refusal(request: HttpRequest, code: str) -> HttpResponse:
    answer = ANSWERS[code]
    path = f"{request.path}/"
    if path.startswith(_PAGES):
        folder = "account" if path.startswith("/conta/") else "connect"
        # Without the request: whatever failed may fail again while this is rendered.
        page = render_to_string(f"{folder}/errors/{int(answer.status)}.html")
        return HttpResponse(page, status=answer.status)
    return JsonResponse(answer.body(code), status=answer.status)
