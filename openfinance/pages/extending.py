"""A longer term without a trip to the bank: offered on the page of a renewal, and what came of it.

The offer has words and a digest of its own, apart from those of the agreement on the same page.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openfinance import (
    accesses,
    allowances,
    consents,
    extensions,
    openings,
    permissions,
    serving,
)
from openfinance.exceptions import FlowError
from openfinance.models import Connection, ConnectionLink, Consent
from openfinance.openings import Obstacle
from openfinance.pages import guards, offers, pictures, refusing, words
from openfinance.pages.offers import Term
from openfinance.providers import ProviderError

_ASKS_FOR = "conectar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The longer terms to choose from, as a piece of the page, and what it says."""

    terms: tuple[Term, ...]
    html: str

    @property
    def text(self) -> str:
        return words.of(f"<main>{self.html}</main>")

    @property
    def digest(self) -> str:
        return words.digest(self.text)


def offer(consent: Consent | None, *, chosen: str = offers.DEFAULT_TERM) -> Offer | None:
    """Return what is offered to whoever has this consent; None when there is nothing to offer."""
    if consent is None or not extensions.is_possible(consent):
        return None
    terms = offers.longer(consent, chosen=chosen)
    context = {"consent": consent, "bank": consent.connection.bank, "terms": terms}
    return Offer(terms=tuple(terms), html=render_to_string("connect/parts/extension.html", context))


@require_http_methods(["GET", "HEAD", "POST"])
@guards.personal
def extend(request: HttpRequest, token: str) -> HttpResponse:
    """Extend on the person's yes; afterwards, and on a second tap, show what came of it."""
    link = openings.find_connection(token)
    try:
        link = guards.own(request, link, asks_for=_ASKS_FOR)
    except guards.Refused as refusal:
        if link is None or refusal.why is not Obstacle.USED:
            raise
        return _result(request, link)
    if request.method != "POST":
        return redirect("connect", token=token)
    try:
        allowances.require(user=link.user_id, bank=link.bank_id)
    except FlowError as error:
        return refusing.not_included(request, link.bank, error, is_renewal=True)
    return _extend(request, link, token)


def _extend(request: HttpRequest, link: ConnectionLink, token: str) -> HttpResponse:
    connection = Connection.objects.filter(user_id=link.user_id, bank_id=link.bank_id).first()
    consent = offers.active(connection)
    chosen = request.POST.get("until", "")
    blank, made = offer(consent), offer(consent, chosen=chosen)
    is_offered = made is not None and chosen in {term.name for term in made.terms}
    # A page of before midnight, or of before a change, shows other words.
    is_as_read = blank is not None and request.POST.get("offer") == blank.digest
    if consent is None or made is None or not is_offered or not is_as_read:
        return redirect(f"{reverse('connect', args=[token])}?mudou=1")
    try:
        with guards.acting(request, link.user_id):
            extensions.extend(
                link=link,
                consent=consent,
                months=offers.TERMS[chosen],
                text=made.text,
                visitor=guards.visitor(request),
            )
    except consents.LinkUsed:
        pass
    except (ProviderError, accesses.NoAccess, serving.NoProvider) as error:
        return _not_done(request, consent, error, token)
    return redirect("extend", token=token)


def _result(request: HttpRequest, link: ConnectionLink) -> HttpResponse:
    context = _facts(link)
    extension = extensions.done(link)
    if extension:
        consent = extension.consent
        granted = permissions.groups(consent.granted_permissions)
        context |= {"consent": consent, "granted": granted}
        return render(request, "connect/extension/done.html", context)
    if Consent.objects.filter(link=link).exclude(authorised_at=None).exists():
        raise guards.Refused(Obstacle.USED, asks_for=_ASKS_FOR)
    return render(request, "connect/extension/pending.html", context)


def _not_done(request: HttpRequest, consent: Consent, error: Exception, token: str) -> HttpResponse:
    is_down = isinstance(error, ProviderError) and not error.is_permanent
    context = {
        "bank": consent.connection.bank,
        "picture": pictures.of(consent.connection.bank),
        "still_active": offers.active(consent.connection),
        "reason": error.reason if isinstance(error, ProviderError) else "",
        "token": token,
        "chat_number": settings.WHATSAPP_NUMBER,
    }
    name = "down" if is_down else "impossible"
    return render(request, f"connect/extension/{name}.html", context)


def _facts(link: ConnectionLink) -> dict[str, Any]:
    return {
        "bank": link.bank,
        "picture": pictures.of(link.bank),
        "chat_number": settings.WHATSAPP_NUMBER,
    }
