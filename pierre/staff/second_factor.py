"""The page that asks staff for their second factor, or helps them to make one."""

from typing import Any

import segno
from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import second_factor
from accounts.models import User
from pierre.staff import attempts, visits
from pierre.staff.forms import CodeForm

Context = dict[str, Any]


def answer(request: HttpRequest, user: User, context: Context) -> HttpResponse:
    """Answer one of the staff whose password was right; `context` is the admin's for its pages."""
    if request.method == "POST" and "leave" in request.POST:
        auth.logout(request)
        return HttpResponseRedirect(reverse("admin:login"))
    context["next"] = _next(request)
    if second_factor.is_enrolled(user):
        return _ask(request, user, context)
    return _enrol(request, user, context)


def _ask(request: HttpRequest, user: User, context: Context) -> HttpResponse:
    form = CodeForm(request.POST or None)
    page = "admin/staff/code.html"
    context |= {"title": "Segundo fator", "form": form}
    if not form.is_valid():
        return TemplateResponse(request, page, context)
    try:
        proof = second_factor.prove(user=user, code=form.cleaned_data["code"])
    except second_factor.CodeRefused:
        return _refuse(request, user, page, context)
    except second_factor.MustWait as error:
        return _hold_up(request, page, context, error)
    visits.prove(request)
    attempts.succeeded(user=user, by=proof)
    return HttpResponseRedirect(context["next"])


def _enrol(request: HttpRequest, user: User, context: Context) -> HttpResponse:
    form = CodeForm(request.POST or None)
    page = "admin/staff/enrol.html"
    context |= {"title": "Ative o segundo fator", "form": form}
    try:
        if not form.is_valid():
            # A new key each time: whoever saw the last one did not prove that it is theirs.
            context |= _shown(second_factor.begin(user=user))
            return TemplateResponse(request, page, context)
        context |= _shown(second_factor.resume(user=user))
        codes = second_factor.confirm(user=user, code=form.cleaned_data["code"])
    except second_factor.AlreadyEnrolled:
        return HttpResponseRedirect(request.get_full_path())
    except second_factor.CodeRefused:
        return _refuse(request, user, page, context)
    except second_factor.MustWait as error:
        return _hold_up(request, page, context, error)
    visits.prove(request)
    attempts.succeeded(user=user, by=second_factor.Proof.CODE)
    context |= {"title": "Guarde os códigos de reserva", "codes": codes}
    return TemplateResponse(request, "admin/staff/backup_codes.html", context)


def _shown(enrolment: second_factor.Enrolment) -> Context:
    picture = segno.make(enrolment.address, error="m", micro=False)
    in_fours = " ".join(enrolment.key[at : at + 4] for at in range(0, len(enrolment.key), 4))
    return {"picture": picture.png_data_uri(scale=5, border=3), "key": in_fours}


def _refuse(request: HttpRequest, user: User, page: str, context: Context) -> HttpResponse:
    attempts.code_refused(user=user)
    return TemplateResponse(request, page, context | {"is_refused": True})


def _hold_up(
    request: HttpRequest, page: str, context: Context, error: second_factor.MustWait
) -> HttpResponse:
    wait = error.retry_after
    return TemplateResponse(
        request, page, context | {"wait": wait}, status=429, headers={"Retry-After": str(wait)}
    )


def _next(request: HttpRequest) -> str:
    """Return where the person was going, if that is a place of ours, or the first page."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else resolve_url("admin:index")
