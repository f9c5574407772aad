"""What every request to Graph has: a token, a version, an object, and JSON or a form."""

import hmac
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from whatsapp.simulator import refusals
from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules import fields

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def answering(*methods: str) -> Callable[[View[P]], Callable[..., HttpResponse]]:
    """Make a view one of Graph's: for whoever has the token, and refusing in Graph's shape.

    The view gets the request and what its path names after the version.
    """

    def decorate(view: View[P]) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @require_http_methods(list(methods))
        @wraps(view)
        def answer(
            request: HttpRequest, version: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            try:
                _authorise(request, version)
                return view(request, *args, **kwargs)
            except Refusal as refusal:
                return refusals.answer(refusal)

        return answer

    return decorate


def success(**facts: object) -> JsonResponse:
    """Answer that it was done."""
    return JsonResponse({"success": True, **facts})


def require_number(node: str) -> None:
    """Refuse an object that is not the business's one phone number."""
    if node != settings.SIMULATOR["PHONE_NUMBER_ID"]:
        raise no_such_object(node)


def require_account(node: str) -> None:
    """Refuse an object that is not the business's account."""
    if node != settings.SIMULATOR["BUSINESS_ACCOUNT_ID"]:
        raise no_such_object(node)


def no_such_object(node: str) -> Refusal:
    """Build the refusal of an object that nobody here knows."""
    return Refusal(100, f"Unsupported request. Object with ID '{node}' does not exist")


def json_body(request: HttpRequest) -> object:
    """Return the JSON in the body."""
    if request.content_type != "application/json":
        raise Refusal(100, "Content-Type must be application/json")
    try:
        return json.loads(request.body)
    except RequestDataTooBig as error:
        raise Refusal(100, "The body is too large") from error
    except (ValueError, RecursionError) as error:
        raise Refusal(100, "The body is not JSON") from error


def parameters(request: HttpRequest) -> dict[str, Any]:
    """Return what the body says, as JSON or as a form; Graph takes both."""
    if request.content_type != "application/json":
        given: object = request.POST.dict()
    else:
        given = json_body(request)
    if not isinstance(given, dict):
        raise Refusal(100, "The body must be a JSON object")
    fields.storable(given, "the body")
    return given


def _authorise(request: HttpRequest, version: str) -> None:
    token = request.headers.get("Authorization", "")
    expected = f"Bearer {settings.SIMULATOR['ACCESS_TOKEN']}"
    if not hmac.compare_digest(token.encode(), expected.encode()):
        raise Refusal(190, "The access token is not valid")
    if not re.fullmatch(r"v[0-9]+\.[0-9]+", version):
        raise Refusal(100, f"Unknown version {version!r}")
