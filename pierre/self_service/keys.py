"""A person's API keys: what there is, and how one is made, replaced and ended."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import api_keys
from accounts.exceptions import KeyNotLive
from accounts.models import ApiKey, User
from pierre.self_service import guards, limits
from pierre.self_service.forms import LIFETIMES, NewKeyForm, RollForm


@require_safe
@guards.signed_in
def keys(request: HttpRequest, user: User) -> HttpResponse:
    """List the person's keys, masked, the newest first."""
    return render(request, "account/keys/list.html", {"keys": user.api_keys.all()})


@require_http_methods(["GET", "HEAD", "POST"])
@guards.fresh
def create(request: HttpRequest, user: User) -> HttpResponse:
    """Make a key, and show it in the answer to the POST itself: it is kept nowhere."""
    form = NewKeyForm(request.POST or None, initial={"lifetime": "90"})
    if request.method != "POST" or not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return render(request, "account/keys/new.html", {"form": form}, status=status)
    limits.keys(request, user.pk)
    lifetime = LIFETIMES[form.cleaned_data["lifetime"]]
    key, secret = api_keys.issue(
        user=user,
        name=form.cleaned_data["name"],
        expires_at=timezone.now() + lifetime if lifetime else None,
        is_test=form.cleaned_data["is_test"],
    )
    return render(request, "account/keys/shown.html", {"key": key, "secret": secret})


@require_http_methods(["GET", "HEAD", "POST"])
@guards.fresh
def roll(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Replace a key by a new one, and show that as `create` does."""
    key = _own(user, pk)
    form = RollForm(request.POST or None, initial={"overlap": ApiKey.Overlap.DAY})
    context = {"key": key, "form": form}
    if request.method != "POST" or not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return render(request, "account/keys/roll.html", context, status=status)
    limits.keys(request, user.pk)
    overlap = form.cleaned_data["overlap"]
    try:
        new, secret = api_keys.roll(key=key, overlap=overlap)
    except KeyNotLive:
        return render(request, "account/keys/over.html", context, status=HTTPStatus.CONFLICT)
    context = {"key": new, "secret": secret, "old": key, "overlap": overlap}
    return render(request, "account/keys/shown.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guards.signed_in
def revoke(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Say what ending a key means, and end it on the person's yes."""
    key = _own(user, pk)
    if request.method == "POST":
        api_keys.revoke(key=key)
        return redirect("account-keys")
    return render(request, "account/keys/revoke.html", {"key": key})


def _own(user: User, pk: int) -> ApiKey:
    """Return the person's key; somebody else's is as if it were not there."""
    return get_object_or_404(ApiKey, pk=pk, user=user)
