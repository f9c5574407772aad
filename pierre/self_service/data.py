"""A person's rights over their data (LGPD, art. 18): a copy of all of it, and its erasure."""

from contextlib import ExitStack
from http import HTTPStatus
from tempfile import TemporaryFile

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from pierre.privacy import erasure, export
from pierre.privacy.exceptions import StaffAccount
from pierre.self_service import guards, limits, sessions
from pierre.self_service.forms import ERASE, EraseForm

_A_YEAR, _A_MONTH = 365, 30


@require_safe
@guards.signed_in
def data(request: HttpRequest, user: User) -> HttpResponse:
    """Say what a person may do with their data."""
    return render(request, "account/data/index.html")


@require_http_methods(["GET", "HEAD", "POST"])
@guards.fresh
def copy(request: HttpRequest, user: User) -> HttpResponse | FileResponse:
    """Give the archive of everything about the person."""
    if request.method != "POST":
        return render(request, "account/data/copy.html")
    limits.copies(request, user.pk)
    with ExitStack() as stack:
        archive = stack.enter_context(TemporaryFile())
        export.write(user=user, to=archive)
        archive.seek(0)
        stack.pop_all()  # the response closes it, once it is sent
    return FileResponse(archive, as_attachment=True, filename="meus-dados.zip")


@require_http_methods(["GET", "HEAD", "POST"])
@guards.fresh
def erase(request: HttpRequest, user: User) -> HttpResponse:
    """Say what erasure does and what the law keeps, and have it done on the typed word."""
    form = EraseForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        context = {
            "form": form,
            "word": ERASE,
            "years": settings.RETENTION["proof"] // _A_YEAR,
            "months": settings.RETENTION["places"] // _A_MONTH,
        }
        return render(request, "account/data/erase.html", context, status=status)
    try:
        erasure.request(user=user)
    except StaffAccount:
        return render(request, "account/data/staff.html", status=HTTPStatus.CONFLICT)
    sessions.leave(request)
    return render(request, "account/data/erased.html")
