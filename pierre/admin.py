"""The users' admin, with what every app together knows of a person: to hand over, and to erase."""

import tempfile
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from accounts.admin.staff import may_touch
from accounts.models import User
from openfinance.admin.users import UserWithFlowsAdmin
from pierre.privacy import erasure, exceptions, export

# An archive above it goes to a file that has no name.
_IN_MEMORY_BYTES = 1024 * 1024


class EraseForm(forms.Form):
    """The e-mail of the person, typed again by whoever erases them."""

    email = forms.CharField(label="E-mail da pessoa", max_length=254)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip()
        if email.lower() != self._user.email.lower():
            raise ValidationError("Não é o e-mail desta pessoa.", code="other_email")
        return email


admin.site.unregister(User)


@admin.register(User)
class UserWithPrivacyAdmin(UserWithFlowsAdmin):
    """Whose data were erased, or are about to be, is only to be looked at."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_leaving = obj is not None and obj.erasure_requested_at is not None
        return not is_leaving and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        more = ("erasure_requested_at", "erased_at")
        return (*super().get_readonly_fields(request, obj), *more)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or obj.erasure_requested_at is None:
            return fieldsets
        return (*fieldsets, ("Exclusão", {"fields": ("erasure_requested_at", "erased_at")}))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/export/", view(self.export), name="accounts_user_export"),
            path("<int:pk>/erase/", view(self.erase), name="accounts_user_erase"),
            *super().get_urls(),
        ]

    def export(self, request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
        """Give the archive of a person's data, in answer to a POST only."""
        user = self._user(request, pk, "accounts.export_personal_data")
        if request.method != "POST":
            return self._page(request, user, "Exportar dados", "export")
        archive = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115  the answer closes it
        export.write(user=user, to=archive)
        archive.seek(0)
        self.log_change(request, user, "Dados exportados.")
        name = f"dados-{user.pk}-{timezone.localdate():%Y-%m-%d}.zip"
        return FileResponse(archive, as_attachment=True, filename=name)

    def erase(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the erasure of a person, once their e-mail was typed."""
        user = self._user(request, pk, "accounts.erase_personal_data")
        form = EraseForm(request.POST or None, user=user)
        if request.method == "POST" and form.is_valid():
            try:
                # Together, so that the worker finds the words of the log, and takes them out.
                with transaction.atomic():
                    erasure.request(user=user)
                    self.log_change(request, user, "Exclusão dos dados pedida.")
            except exceptions.StaffAccount:
                form.add_error(None, "É alguém da equipe: tire antes o acesso à administração.")
            else:
                text = "O acesso acabou agora. Os dados são excluídos em segundo plano."
                self.message_user(request, text, messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[pk]))
        return self._page(request, user, "Excluir dados", "erase", form=form)

    def _user(self, request: HttpRequest, pk: int, permission: str) -> User:
        """Return whose data it is. Raises PermissionDenied, and Http404 where there is nobody."""
        if not request.user.has_perm(permission):
            raise PermissionDenied
        user = get_object_or_404(User, pk=pk)
        if not may_touch(request, user):
            raise PermissionDenied
        return user

    def _page(
        self, request: HttpRequest, user: User, title: str, name: str, **context: Any
    ) -> TemplateResponse:
        context |= self.admin_site.each_context(request)
        context |= {"title": title, "opts": self.opts, "original": user}
        return TemplateResponse(request, f"admin/accounts/user/{name}.html", context)
