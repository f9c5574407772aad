"""The way in: a code on the verified WhatsApp, or a link by e-mail.

What the pages say is the same whether or not the phone or the address is somebody's.
"""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import addresses, audit, emails, phones
from accounts.models import PhoneVerification, User
from pierre.self_service import guards, limits, links, sessions
from pierre.self_service.forms import CodeForm, EmailForm, PhoneForm
from whatsapp import phone_codes
from whatsapp.exceptions import (
    CodeExpired,
    NotConfigured,
    TemplateUnavailable,
    Unavailable,
    WrongCode,
)

_ATTEMPT = "account_attempt"
_UNSENT = (NotConfigured, TemplateUnavailable, Unavailable)


@require_http_methods(["GET", "HEAD", "POST"])
@guards.page
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the phone or the e-mail address, and send a code or a link there."""
    if request.method != "POST":
        return redirect("account") if sessions.current(request) else _ask(request)
    return _by_email(request) if "email" in request.POST else _by_phone(request)


@require_http_methods(["GET", "HEAD", "POST"])
@guards.page
def code(request: HttpRequest) -> HttpResponse:
    """Take the code, and let in whose it is; it is good only in the browser that asked for it."""
    attempt = request.session.get(_ATTEMPT)
    if attempt is None:
        return redirect("account-sign-in")
    form = CodeForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _ask_for_code(request, form)
    limits.address(request)
    try:
        user = phone_codes.confirm_sign_in(attempt=UUID(attempt), code=form.cleaned_data["code"])
    except WrongCode as error:
        _refuse(attempt, "wrong_code")
        return _ask_for_code(request, form, tries_left=error.tries_left)
    except CodeExpired:
        _refuse(attempt, "code_over")
        return _over(request, "code")
    return _enter(request, user, way=sessions.Way.CODE)


@require_safe
@guards.page
def sent(request: HttpRequest) -> HttpResponse:
    """Say that the link is in the mail."""
    return render(request, "account/sent.html")


@require_http_methods(["GET", "HEAD", "POST"])
@guards.page
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Show whose link it is, and let them in on their yes: programs that look at mail only look."""
    if request.method == "POST":
        limits.address(request)
        user = links.use(token)
        return _enter(request, user, way=sessions.Way.LINK) if user else _over(request, "link")
    found = links.find(token)
    if found is None or found.user is None:
        return _over(request, "link")
    return render(request, "account/link.html", {"email": emails.mask(found.user.email)})


@require_http_methods(["GET", "HEAD", "POST"])
@guards.signed_in
def confirm(request: HttpRequest, user: User) -> HttpResponse:
    """Ask who is signed in to show again who they are, by a code or a link."""
    can_code = bool(user.phone and user.phone_verified_at)
    if request.method == "POST" and "email" in request.POST:
        return _send_link(request, user.email)
    is_down = False
    if request.method == "POST" and can_code:
        try:
            return _send_code(request, user.phone)
        except (phones.InvalidPhone, *_UNSENT):
            is_down = True
    context = {
        "phone": phones.mask(user.phone) if can_code else "",
        "email": emails.mask(user.email),
        "is_down": is_down,
    }
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_down else HTTPStatus.OK
    return render(request, "account/confirm.html", context, status=status)


@require_POST
@guards.signed_in
def sign_out(request: HttpRequest, user: User) -> HttpResponse:
    """End this browser's session, or with "everywhere" every one."""
    if "everywhere" in request.POST:
        sessions.end_everywhere(request, user)
    else:
        sessions.end(request, user)
    return redirect("account-sign-in")


def _send_code(request: HttpRequest, phone: str) -> HttpResponse:
    """Send a code to a phone as typed, and lead to where it is taken.

    Raises what `phone_codes.send_sign_in` does, and TooManyTries.
    """
    limits.address(request)
    attempt = phone_codes.send_sign_in(phone=phone, address=addresses.of(request))
    request.session[_ATTEMPT] = str(attempt)
    return redirect("account-code")


def _send_link(request: HttpRequest, email: str) -> HttpResponse:
    """Have a link mailed, and say so. Raises TooManyTries."""
    limits.address(request)
    limits.email(request, email)
    links.send(email=email)
    return redirect("account-sent")


def _by_email(request: HttpRequest) -> HttpResponse:
    form = EmailForm(request.POST)
    if not form.is_valid():
        return _ask(request, email=form)
    return _send_link(request, form.cleaned_data["email"])


def _by_phone(request: HttpRequest) -> HttpResponse:
    form = PhoneForm(request.POST)
    if not form.is_valid():
        return _ask(request, phone=form)
    try:
        return _send_code(request, form.cleaned_data["phone"])
    except phones.InvalidPhone as error:
        return _ask(request, phone=form, reason=error.reason)
    except _UNSENT:
        return _ask(request, phone=form, is_down=True)


def _enter(request: HttpRequest, user: User, *, way: sessions.Way) -> HttpResponse:
    request.session.pop(_ATTEMPT, None)
    if not sessions.begin(request, user, way=way):
        return _over(request, way.value)
    return guards.go_on(request)


def _refuse(attempt: str, why: str) -> None:
    row = PhoneVerification.objects.filter(pk=attempt).first()
    if row:
        audit.record(user=row.user_id, act=audit.Act.SIGN_IN_REFUSED, target=row, result=why)


def _ask(
    request: HttpRequest,
    *,
    phone: PhoneForm | None = None,
    email: EmailForm | None = None,
    reason: str = "",
    is_down: bool = False,
) -> HttpResponse:
    status = HTTPStatus.OK
    if phone or email:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    if is_down:
        status = HTTPStatus.SERVICE_UNAVAILABLE
    context = {
        "phone": phone or PhoneForm(),
        "email": email or EmailForm(),
        "reason": reason,
        "is_down": is_down,
    }
    return render(request, "account/sign_in.html", context, status=status)


def _ask_for_code(
    request: HttpRequest, form: CodeForm, *, tries_left: int | None = None
) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"form": form, "tries_left": tries_left}
    return render(request, "account/code.html", context, status=status)


def _over(request: HttpRequest, what: str) -> HttpResponse:
    request.session.pop(_ATTEMPT, None)
    return render(request, "account/over.html", {"what": what}, status=HTTPStatus.GONE)
