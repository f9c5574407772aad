"""Who may see which of the pages, and what each has in common with the others."""

import math
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from accounts import origins
from openfinance.pages import guards
from pierre.self_service import sessions
from pierre.self_service.limits import TooManyTries
from whatsapp.exceptions import TooManyCodes

View = Callable[..., HttpResponseBase]

_WANTED = "account_wanted"
_A_MINUTE = 60


def page(view: View) -> View:
    """Give a page to anybody: no script, no cache, no search engine, and a limit told in words."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (TooManyTries, TooManyCodes) as refusal:
            return _limited(request, refusal.retry_after)

    # The archive is streamed, and no page behind a link is.
    return cast("View", guards.personal(cast("guards.View", guarded)))


def signed_in(view: View) -> View:
    """Give a page to who is signed in, as the view's second argument; lead others to sign in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        user = sessions.current(request)
        if user is None:
            return redirect("account-sign-in")
        origins.identify(kind=origins.ActorKind.USER, actor=str(user.pk))
        return view(request, user, *args, **kwargs)

    return page(guarded)


def fresh(view: View) -> View:
    """Give a page to who showed who they are in the last ten minutes; lead others to do it again.

    It guards all that outlives a session that was left open: keys, the phone, the data. Ending
    something never asks for it.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not sessions.is_fresh(request):
            request.session[_WANTED] = request.path
            return redirect("account-confirm")
        return view(request, *args, **kwargs)

    return signed_in(guarded)


def go_on(request: HttpRequest) -> HttpResponse:
    """Lead who just signed in to the page they wanted, one of ours, or to their first."""
    return redirect(request.session.pop(_WANTED, None) or "account")


def _limited(request: HttpRequest, seconds: int) -> HttpResponse:
    minutes = math.ceil(seconds / _A_MINUTE)
    context = {"minutes": minutes, "hours": math.ceil(minutes / _A_MINUTE)}
    status = HTTPStatus.TOO_MANY_REQUESTS
    response = render(request, "account/limited.html", context, status=status)
    response["Retry-After"] = str(seconds)
    return response
