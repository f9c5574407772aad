"""What all pages of the bank have in common."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from openfinance.sandbox_bank.brands import Brand
from openfinance.sandbox_bank.models import BrandState

View = Callable[..., HttpResponse]


def page(view: View) -> View:
    """Keep a page from caches and search engines, and without any script."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = csp(_policy())(view)(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return cast("HttpResponse", response)

    return guarded


def branded(view: View) -> View:
    """Show a brand's page, whose address may be a secret, unless the brand is down."""

    @page
    @wraps(view)
    def guarded(request: HttpRequest, brand: Brand, **kwargs: object) -> HttpResponse:
        if BrandState.of(brand.slug).is_down:
            context = {"brand": brand}
            down = HTTPStatus.SERVICE_UNAVAILABLE
            return render(request, "sandbox_bank/down.html", context, status=down)
        response = view(request, brand, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        return response

    return guarded


def _policy() -> dict[str, list[str]]:
    receiver = urlsplit(settings.SANDBOX_BANK["REDIRECT_URI"])
    return {
        "default-src": [NONE],
        "style-src": [SELF],
        "img-src": ["data:"],
        "base-uri": [NONE],
        # The answer to a form leads back to the receiver.
        "form-action": [SELF, f"{receiver.scheme}://{receiver.netloc}"],
        "frame-ancestors": [NONE],
    }
