"""The pages that people open from a message; the words are in templates/connect/."""

import re
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import cast

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openfinance import choices
from whatsapp.native_flow import monogram

# What a browser calls itself, and what programs that look at links add to it: previews in chats
# and mail, search engines, scanners.
_BROWSER = re.compile(r"Mozilla/\d")
_PROGRAM = re.compile(r"\(compatible;|\+https?:|externalhit|WhatsApp/|preview", re.IGNORECASE)
_AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)

# No script at all, and nothing from elsewhere.
_POLICY = {
    "default-src": [NONE],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "base-uri": [NONE],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
}

View = Callable[..., HttpResponse]


def personal(view: View) -> View:
    """Keep a page whose address is a secret from caches, search engines and the sites it links to.

    Its content policy allows a static stylesheet and pictures, and no script.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return cast("View", csp(_POLICY)(guarded))


@require_safe
@personal
def connect(request: HttpRequest, token: str) -> HttpResponse:
    """Show the bank that the person chose, or that the link is not valid.

    Whatever looks at a link before a person does, or instead, does not count as its opening.
    """
    link = choices.open(token) if _is_a_person(request) else choices.find(token)
    context: dict[str, object] = {"chat_number": settings.WHATSAPP_NUMBER}
    if link is None:
        return render(request, "connect/gone.html", context, status=HTTPStatus.NOT_FOUND)
    context |= {"link": link, "initials": monogram.initials(link.bank.name)}
    return render(request, "connect/soon.html", context)


def _is_a_person(request: HttpRequest) -> bool:
    """Tell whether a browser shows the page to somebody, as far as its headers say so."""
    agent = request.headers.get("User-Agent", "")
    purposes = [request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz")]
    return (
        request.method == "GET"
        and bool(_BROWSER.match(agent))
        and not _PROGRAM.search(agent)
        and not any(_AHEAD.search(purpose) for purpose in purposes)
        and request.headers.get("Sec-Fetch-Dest", "document") == "document"
    )
