"""The pages of a visit: who are you, your code, your decision, and how it ended.

There is no cookie: the key in the address is the visit's, and no other site knows it.
"""

from http import HTTPStatus
from typing import assert_never
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from openfinance import permissions
from openfinance.sandbox_bank import consents, visits
from openfinance.sandbox_bank.brands import Brand
from openfinance.sandbox_bank.models import Consent, Visit
from openfinance.sandbox_bank.pages.guarding import branded
from openfinance.sandbox_bank.visits import Stage

_MOST_SHOWN = 50


@csrf_exempt
@require_http_methods(["GET", "POST"])
@branded
def visit(request: HttpRequest, brand: Brand, key: str) -> HttpResponse:
    """Show where a visit is, or take what its customer says there.

    What was said on a page that is not shown any more, as after going back, changes nothing.
    """
    found = visits.find(brand=brand.slug, key=key)
    if found is None:
        context = {"brand": brand}
        return render(request, "sandbox_bank/gone.html", context, status=HTTPStatus.NOT_FOUND)
    is_wrong = False
    if request.method == "POST" and request.POST.get("stage") == found.stage:
        match Stage(found.stage):
            case Stage.LOGIN:
                cpf, password = request.POST.get("cpf", ""), request.POST.get("password", "")
                is_wrong = not visits.log_in(found, cpf=cpf, password=password)
            case Stage.CODE:
                is_wrong = not visits.confirm(found, code=request.POST.get("code", ""))
            case Stage.DECIDE:
                target = _decide(found, request.POST)
                if target:
                    return redirect(target)
    if request.method == "POST" and not is_wrong:
        return redirect(request.path)
    return _show(request, brand, found, is_wrong=is_wrong)


@require_safe
@branded
def leave(request: HttpRequest, brand: Brand, key: str) -> HttpResponse:
    """Go back to the receiver without a yes; one's own visit just ends."""
    found = visits.find(brand=brand.slug, key=key)
    if found is None or found.consent is None or found.stage == Stage.APPROVED:
        return redirect("sandbox-bank")
    return redirect(visits.leave(found))


def _decide(visit: Visit, form: QueryDict) -> str | None:
    """Take a decision and return where it leads, None for the visit's own page."""
    if visit.consent is None:
        _revoke(visit, form.get("consent", ""))
        return None
    match form.get("decision"):
        case "approve":
            return visits.approve(visit, visit.consent)
        case "refuse":
            return visits.refuse(visit, visit.consent)
    return None


def _revoke(visit: Visit, pk: str) -> None:
    """End one of the customer's own consents; another one's is none of theirs."""
    try:
        theirs = Consent.objects.filter(pk=UUID(pk), brand=visit.brand, customer=visit.customer)
    except ValueError:
        return
    for consent in theirs:
        consents.end_for_customer(consents.settled(consent))


def _show(request: HttpRequest, brand: Brand, visit: Visit, *, is_wrong: bool) -> HttpResponse:
    context = {"brand": brand, "visit": visit, "is_wrong": is_wrong}
    more: dict[str, object] = {}
    match Stage(visit.stage):
        case Stage.LOGIN:
            name = "login"
            more = {"password": visits.PASSWORD, "cpf": request.POST.get("cpf", "")}
        case Stage.CODE:
            name = "code"
        case Stage.DECIDE if visit.consent:
            name, more = "decide", {"groups": _groups(visit.consent)}
        case Stage.DECIDE:
            name, more = "consents", {"shared": _shared(visit)}
        case (
            Stage.APPROVED
            | Stage.REFUSED
            | Stage.LEFT
            | Stage.BLOCKED
            | Stage.STRANGER
            | Stage.ANOTHER
            | Stage.LATE
        ):
            name = "over"
        case _:
            assert_never(visit.stage)
    return render(request, f"sandbox_bank/{name}.html", {**context, **more})


def _groups(consent: Consent) -> list[str]:
    return [str(group.label) for group in permissions.groups(consent.permissions)]


def _shared(visit: Visit) -> list[tuple[Consent, list[str]]]:
    theirs = Consent.objects.filter(brand=visit.brand, customer=visit.customer)[:_MOST_SHOWN]
    return [(consents.settled(consent), _groups(consent)) for consent in theirs]
