"""The phone a person is reached at, and how another takes its place."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import addresses, phones
from accounts.models import User
from pierre.self_service import guards, sessions
from pierre.self_service.forms import CodeForm, PhoneForm
from whatsapp import phone_codes
from whatsapp.exceptions import (
    CodeExpired,
    NotConfigured,
    TemplateUnavailable,
    Unavailable,
    WrongCode,
)


@require_http_methods(["GET", "HEAD", "POST"])
@guards.fresh
def phone(request: HttpRequest, user: User) -> HttpResponse:
    """Take a new number, and send a code to it; until that is confirmed the old one stays."""
    form = PhoneForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _ask(request, user, form)
    try:
        phone_codes.send_verification(
            user=user, phone=form.cleaned_data["phone"], address=addresses.of(request)
        )
    except phones.InvalidPhone as error:
        return _ask(request, user, form, reason=error.reason)
    except (NotConfigured, TemplateUnavailable, Unavailable):
        return _ask(request, user, form, is_down=True)
    return redirect("account-phone-code")


@require_http_methods(["GET", "HEAD", "POST"])
@guards.fresh
def code(request: HttpRequest, user: User) -> HttpResponse:
    """Take the code that was sent to the new number, which then is the person's."""
    form = CodeForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _ask_for_code(request, form)
    try:
        user = phone_codes.confirm_verification(user=user, code=form.cleaned_data["code"])
    except WrongCode as error:
        return _ask_for_code(request, form, tries_left=error.tries_left)
    except CodeExpired:
        return _ask(request, user, PhoneForm(), is_over=True)
    sessions.keep(request, user)
    return redirect("account")


def _ask(
    request: HttpRequest,
    user: User,
    form: PhoneForm,
    *,
    reason: str = "",
    is_down: bool = False,
    is_over: bool = False,
) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound or is_over else HTTPStatus.OK
    if is_down:
        status = HTTPStatus.SERVICE_UNAVAILABLE
    context = {
        "form": form,
        "phone": phones.mask(user.phone),
        "person": user,
        "reason": reason,
        "is_down": is_down,
        "is_over": is_over,
    }
    return render(request, "account/phone/ask.html", context, status=status)


def _ask_for_code(
    request: HttpRequest, form: CodeForm, *, tries_left: int | None = None
) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"form": form, "tries_left": tries_left}
    return render(request, "account/phone/code.html", context, status=status)
