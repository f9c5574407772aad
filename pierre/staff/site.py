"""The admin: who gets in, and by which steps."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar, cast

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from accounts import staff_sessions
from accounts.models import User
from pierre.staff import attempts, second_factor, visits
from pierre.staff.forms import SignInForm

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class StaffSite(AdminSite):
    """Django's admin, behind a password, a second factor and a session that ends."""

    site_header = site_title = "Pierre"
    # There is no site beside the admin for staff to go and see.
    site_url = None
    index_title = "Administração"
    login_form = SignInForm
    login_template = "admin/staff/sign_in.html"

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and visits.is_proven(request)

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # noqa: FBT001, FBT002
        """Lead whoever has proven a password only to the second factor, wherever they go."""
        inner = super().admin_view(view, cacheable)

        def led(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if self._is_half_way(request):
                return self._to_second_factor(request.get_full_path())
            return inner(request, *args, **kwargs)

        return cast("View", update_wrapper(led, inner))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        urls: list[URLPattern | URLResolver] = super().get_urls()
        return [path("second-factor/", self.second_factor, name="second_factor"), *urls]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take e-mail and password, as often as is reasonable."""
        if request.method != "POST":
            if self._is_half_way(request):
                return self._to_second_factor(request.GET.get("next", ""))
            return super().login(request, extra_context)
        wait = attempts.wait(request, email=request.POST.get("username", ""))
        if wait:
            return self._held_up(request, wait)
        response: HttpResponse = super().login(request, extra_context)
        if isinstance(response, HttpResponseRedirect) and self.has_permission(request):
            attempts.succeeded(user=_signed_in(request), by="password")
        return response

    @method_decorator(never_cache)
    def second_factor(self, request: HttpRequest) -> HttpResponse:
        """Ask for the second factor, or help to make one."""
        if not self._is_half_way(request):
            return HttpResponseRedirect(reverse("admin:index"))
        context = self.each_context(request) | {"app_path": request.get_full_path()}
        return second_factor.answer(request, _signed_in(request), context)

    def password_change(  # type: ignore[override]  # its stub has no redirect
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Change one's own password, which ends one's other sessions."""
        response: HttpResponse = super().password_change(request, extra_context)
        if isinstance(response, HttpResponseRedirect):
            user, current = _signed_in(request), visits.current(request)
            staff_sessions.end_all(user=user, why="password_changed", but=current)
        return response

    def _is_half_way(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not visits.is_proven(request)

    def _to_second_factor(self, then: str) -> HttpResponse:
        page = reverse("admin:second_factor")
        return HttpResponseRedirect(f"{page}?{urlencode({'next': then})}" if then else page)

    def _held_up(self, request: HttpRequest, wait: int) -> HttpResponse:
        context = self.each_context(request) | {"minutes": -(-wait // 60)}
        return TemplateResponse(
            request,
            "admin/staff/held_up.html",
            context,
            status=429,
            headers={"Retry-After": str(wait)},
        )


def _signed_in(request: HttpRequest) -> User:
    """Return who has signed in; only for a request of whom the site has found that out."""
    return cast("User", request.user)
