"""A person's connections, as the page behind a link of a message shows them."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from openfinance.pages import managing
from pierre.self_service import guards


@require_safe
@guards.signed_in
def connections(request: HttpRequest, user: User) -> HttpResponse:
    """List them."""
    return managing.show(request, user, place=_place())


@require_http_methods(["GET", "HEAD", "POST"])
@guards.signed_in
def disconnect(request: HttpRequest, user: User, pk: UUID) -> HttpResponse:
    """Say what ending one means, and end it on the person's yes."""
    return managing.end(request, user, pk, place=_place())


@require_POST
@guards.signed_in
def renew(request: HttpRequest, user: User, pk: UUID) -> HttpResponse:
    """Lead to the page of a new consent for the same bank."""
    return managing.begin_again(request, user, pk, place=_place())


def _place() -> managing.Place:
    return managing.Place(url=reverse("account-connections"), is_own=True)
