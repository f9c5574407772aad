"""The way to the bank: a page that goes on by itself, or one that says why there is none now."""

from typing import Any, assert_never

from csp.constants import SELF
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from openfinance import consents, serving, trips
from openfinance.models import Consent
from openfinance.openings import Obstacle
from openfinance.pages import guards, pictures
from openfinance.providers import ProviderError, Redirect, Widget

# Not tried against Pluggy itself: where its script comes from, what it opens, and its styles.
_WIDGET_POLICY = {
    "script-src": [SELF, "https://cdn.pluggy.ai"],
    "frame-src": ["https://connect.pluggy.ai"],
    "connect-src": ["https://api.pluggy.ai"],
    "style-src": [SELF, "'unsafe-inline'"],
}


def to_bank(request: HttpRequest, consent: Consent, *, token: str) -> HttpResponse:
    """Begin a trip for a consent, and return the page that leads to the bank, or that cannot."""
    bank = consent.connection.bank
    context: dict[str, Any] = {
        "bank": bank,
        "picture": pictures.of(bank),
        "token": token,
        "chat_number": settings.WHATSAPP_NUMBER,
        "support": settings.SUPPORT_CONTACT,
    }
    try:
        with guards.acting(request, consent.connection.user_id):
            to = trips.begin(consent=consent, visitor=guards.visitor(request))
    except consents.LinkUsed:
        raise guards.Refused(Obstacle.USED, asks_for="conectar") from None
    except serving.NoProvider:
        return render(request, "connect/impossible.html", context)
    except ProviderError as error:
        if not error.may_try_again:
            return render(request, "connect/impossible.html", context | {"reason": error.reason})
        return render(request, "connect/down.html", context)
    match to:
        case Redirect():
            return render(request, "connect/leaving.html", context | {"url": to.url})
        case Widget():
            return _widget(request, context | {"widget": to})
    assert_never(to)


@guards.allowing(_WIDGET_POLICY)
def _widget(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    return render(request, "connect/widget.html", context)
