"""What every page has in common: who may see it, what it may load, and who is looking."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from http import HTTPStatus
from typing import TypeVar, cast

from csp.constants import NONE, SELF
from csp.decorators import csp, csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import addresses, origins
from accounts.origins import ActorKind
from openfinance import openings, trips
from openfinance.models import ConnectionLink, ManagementLink
from openfinance.openings import Obstacle

# What a browser calls itself, and what programs that look at links add to it: previews in chats
# and mail, search engines, scanners.
_BROWSER = re.compile(r"Mozilla/\d")
_PROGRAM = re.compile(r"\(compatible;|\+https?:|externalhit|WhatsApp/|preview", re.IGNORECASE)
_AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)
_PHONE = re.compile(r"Mobi|Android|iPhone|iPad|iPod")

# No script at all, and nothing from elsewhere.
_POLICY: Mapping[str, Sequence[str]] = {
    "default-src": [NONE],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "base-uri": [NONE],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
}
_COOKIE = "aparelho"
_STATUSES = {
    Obstacle.OVER: HTTPStatus.NOT_FOUND,
    Obstacle.USED: HTTPStatus.GONE,
    Obstacle.ELSEWHERE: HTTPStatus.FORBIDDEN,
}

View = Callable[..., HttpResponse]
L = TypeVar("L", ConnectionLink, ManagementLink)


class Refused(Exception):
    """A link does not open in this browser"""

    def __init__(self, why: Obstacle, *, asks_for: str) -> None:
        super().__init__(why)
        self.why = why
        self.asks_for = asks_for


def personal(view: View) -> View:
    """Keep a page whose address is a secret from caches, search engines and the sites it links to.

    Its content policy allows a static stylesheet and pictures, and no script; `csp_replace` says
    what else. A link that is refused gets its page.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Refused as refusal:
            response = _closed(request, refusal)
        response["Cache-Control"] = "no-store"
        # To other sites nothing; our own forms need the Origin that "no-referrer" takes away.
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return cast("View", csp(dict(_POLICY))(guarded))


def allowing(policy: Mapping[str, Sequence[str]]) -> Callable[[View], View]:
    """Let what a view returns load more than `personal` does."""

    def allow(view: View) -> View:
        return cast("View", csp_replace(dict(policy))(view))

    return allow


def is_a_person(request: HttpRequest) -> bool:
    """Tell whether a browser shows the page to somebody, as far as its headers say so."""
    agent = request.headers.get("User-Agent", "")
    purposes = [request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz")]
    return (
        request.method != "HEAD"
        and bool(_BROWSER.match(agent))
        and not _PROGRAM.search(agent)
        and not any(_AHEAD.search(purpose) for purpose in purposes)
        and request.headers.get("Sec-Fetch-Dest", "document") == "document"
    )


def is_on_a_phone(request: HttpRequest) -> bool:
    """Tell a phone from a computer, by what the browser says of itself."""
    return bool(_PHONE.search(request.headers.get("User-Agent", "")))


def opened(request: HttpRequest, link: L | None, *, asks_for: str) -> L:
    """Return the link if it opens in this browser, or if nobody opened it yet.

    Raises Refused, with the word that asks for another in the chat.
    """
    why = openings.obstacle(link, device=request.COOKIES.get(_COOKIE, ""))
    if link is None or why:
        raise Refused(why or Obstacle.OVER, asks_for=asks_for)
    return link


def own(request: HttpRequest, link: L | None, *, asks_for: str) -> L:
    """Return the link if this browser is the one that opened it. Raises Refused."""
    link = opened(request, link, asks_for=asks_for)
    if not link.bound_digest:
        raise Refused(Obstacle.OVER, asks_for=asks_for)
    return link


def keep(response: HttpResponse, device: str, *, path: str) -> HttpResponse:
    """Let the browser keep the secret that it is known by, for one link's pages only."""
    response.set_cookie(
        _COOKIE,
        device,
        max_age=int(openings.LONGEST.total_seconds()),
        path=path,
        secure=not settings.DEVELOPMENT,
        httponly=True,
        samesite="Lax",
    )
    return response


def visitor(request: HttpRequest) -> trips.Visitor:
    """Return from where the request comes, as a bank wants to know it."""
    return trips.Visitor(
        address=addresses.whole(request), user_agent=request.headers.get("User-Agent", "")[:255]
    )


@contextmanager
def acting(request: HttpRequest, user_id: int) -> Iterator[None]:
    """Let the audit know that the person acts, on a page, while this lasts."""
    origin = replace(
        origins.current.get(),
        kind=ActorKind.USER,
        actor=str(user_id),
        address=addresses.whole(request),
        user_agent=request.headers.get("User-Agent", ""),
        channel="page",
    )
    before = origins.current.set(origin)
    try:
        yield
    finally:
        origins.current.reset(before)


def _closed(request: HttpRequest, refusal: Refused) -> HttpResponse:
    context = {
        "why": refusal.why,
        "asks_for": refusal.asks_for,
        "chat_number": settings.WHATSAPP_NUMBER,
    }
    return render(request, "connect/gone.html", context, status=_STATUSES[refusal.why])
