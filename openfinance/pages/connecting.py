"""The consent page behind a link: what is shown, what is chosen, and what becomes of it."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts import addresses
from openfinance import allowances, consents, openings, serving
from openfinance.exceptions import FlowError
from openfinance.models import Connection, ConnectionLink, Consent
from openfinance.openings import Obstacle
from openfinance.pages import extending, guards, leaving, offers, pictures, refusing, words
from openfinance.pages.forms import ConsentForm

_ASKS_FOR = "conectar"
_CONSENT = "connect/consent.html"


@require_http_methods(["GET", "HEAD", "POST"])
@guards.personal
def connect(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the person is asked to agree to, or take their yes and lead them to the bank.

    Whatever looks at a link before a person does, or instead, does not count as its opening, nor
    does a computer, which shows the way to the phone first.
    """
    link = guards.opened(request, openings.find_connection(token), asks_for=_ASKS_FOR)
    if not offers.can_connect(link.bank):
        if guards.is_a_person(request):
            openings.note(link)
        return render(request, "connect/soon.html", _facts(link))
    try:
        allowances.require(user=link.user_id, bank=link.bank_id)
    except FlowError as error:
        return refusing.not_included(request, link.bank, error, is_renewal=_is_renewal(link))
    if link.bound_digest:
        is_a_yes = request.method == "POST"
        return _agree(request, link, token) if is_a_yes else _ask(request, link)
    if request.method == "GET" and guards.is_a_person(request) and guards.is_on_a_phone(request):
        return _bind(request, link, token, _ask(request, link))
    return _start(request, link, token)


@require_POST
@guards.personal
def here(request: HttpRequest, token: str) -> HttpResponse:
    """Go on in this browser, which then is the one that opened the link."""
    link = guards.opened(request, openings.find_connection(token), asks_for=_ASKS_FOR)
    page = redirect("connect", token=token)
    return page if link.bound_digest else _bind(request, link, token, page)


@require_POST
@guards.personal
def retry(request: HttpRequest, token: str) -> HttpResponse:
    """Go to the bank again with what was agreed to on this link, if that still stands."""
    link = guards.own(request, openings.find_connection(token), asks_for=_ASKS_FOR)
    standing = Consent.objects.open().filter(link=link, revocation_requested_at=None)
    consent = standing.select_related("connection__bank").first()
    if consent is None:
        return redirect("connect", token=token)
    return leaving.to_bank(request, consent, token=token)


@require_POST
@guards.personal
def decline(request: HttpRequest, token: str) -> HttpResponse:
    """Drop what was agreed to on this link and is not authorised; the link itself stays good."""
    link = guards.own(request, openings.find_connection(token), asks_for=_ASKS_FOR)
    with guards.acting(request, link.user_id):
        _drop(link)
    return render(request, "connect/declined.html", _facts(link) | {"token": token})


def _bind(
    request: HttpRequest, link: ConnectionLink, token: str, page: HttpResponse
) -> HttpResponse:
    with guards.acting(request, link.user_id):
        device = openings.bind(link)
    if device is None:
        raise guards.Refused(Obstacle.ELSEWHERE, asks_for=_ASKS_FOR)
    return guards.keep(page, device, path=reverse("connect", args=[token]))


def _start(request: HttpRequest, link: ConnectionLink, token: str) -> HttpResponse:
    code = None
    if not guards.is_on_a_phone(request):
        code = pictures.qr_code(f"{settings.PUBLIC_URL}/conectar/{token}")
    return render(request, "connect/start.html", _facts(link) | {"code": code, "token": token})


def _ask(request: HttpRequest, link: ConnectionLink) -> HttpResponse:
    shown = _shown(link)
    form = _form(link, initial=offers.initial(shown["last"]))
    return _page(request, form, shown | {"has_changed": "mudou" in request.GET})


def _agree(request: HttpRequest, link: ConnectionLink, token: str) -> HttpResponse:
    shown = _shown(link)
    form = _form(link, data=request.POST)
    if not form.is_valid():
        return _page(request, form, shown)
    # Agreed to is what the person read: a page of before midnight, or of before a change, shows
    # other words.
    if form.cleaned_data["shown"] != shown["digest"]:
        return _page(request, form, shown | {"has_changed": True})
    agreement = consents.Agreement(
        groups=(*offers.MANDATORY, *form.cleaned_data["groups"]),
        term_months=offers.TERMS[form.cleaned_data["term"]],
        text=words.of(_render(form, shown)),
        cpf=form.cleaned_data.get("cpf", ""),
        whatsapp_message_id=link.message.whatsapp_id,
        address=addresses.whole(request) or None,
        user_agent=request.headers.get("User-Agent", ""),
    )
    with guards.acting(request, link.user_id):
        try:
            consent = consents.agree(link=link, agreement=agreement)
        except consents.LinkUsed:
            raise guards.Refused(Obstacle.USED, asks_for=_ASKS_FOR) from None
        except FlowError as error:  # since the page was shown
            return refusing.not_included(request, link.bank, error, is_renewal=_is_renewal(link))
    return leaving.to_bank(request, consent, token=token)


@transaction.atomic
def _drop(link: ConnectionLink) -> None:
    ConnectionLink.objects.select_for_update(no_key=True).get(pk=link.pk)
    for consent in Consent.objects.open().filter(link=link):
        consents.lock(consent)
        if consent.status != Consent.Status.AUTHORISED:
            consents.end(
                consent,
                reason=Consent.Reason.CUSTOMER_MANUALLY_REJECTED,
                by=Consent.RejectedBy.USER,
                tell_bank=True,
            )


def _is_renewal(link: ConnectionLink) -> bool:
    return link.via == ConnectionLink.Via.RENEWAL


def _facts(link: ConnectionLink) -> dict[str, Any]:
    return {
        "link": link,
        "bank": link.bank,
        "picture": pictures.of(link.bank),
        "chat_number": settings.WHATSAPP_NUMBER,
    }


def _shown(link: ConnectionLink) -> dict[str, Any]:
    """Return what the page says to this person, with the digest of its words without any choice."""
    connection = Connection.objects.filter(user_id=link.user_id, bank_id=link.bank_id).first()
    active = offers.active(connection)
    shown = _facts(link) | {
        "purpose": consents.PURPOSE,
        "active": active,
        "extension": extending.offer(active),
        "last": offers.last(link, connection),
        "terms_url": settings.TERMS_URL,
        "privacy_url": settings.PRIVACY_URL,
    }
    blank = _form(link, initial=offers.initial(None))
    return shown | {"digest": words.digest(words.of(_render(blank, shown)))}


def _form(link: ConnectionLink, **given: Any) -> ConsentForm:
    return ConsentForm(**given, needs_cpf=serving.needs_cpf(link.bank))


def _page(request: HttpRequest, form: ConsentForm, shown: dict[str, Any]) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return HttpResponse(_render(form, shown, request=request), status=status)


def _render(form: ConsentForm, shown: dict[str, Any], *, request: HttpRequest | None = None) -> str:
    chosen = form["groups"].value() or []
    context = shown | {
        "form": form,
        "mandatory": offers.data(offers.MANDATORY, chosen=offers.MANDATORY),
        "optional": offers.data(offers.OPTIONAL, chosen=chosen),
        "terms": offers.terms(chosen=form["term"].value()),
    }
    return render_to_string(_CONSENT, context, request=request)
