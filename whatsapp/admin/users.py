from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts import addresses, audit, phones
from accounts.admin.users import UserAdmin
from accounts.models import User
from whatsapp import owners, phone_codes
from whatsapp.exceptions import WhatsAppError


class Refusal(models.TextChoices):
    """Why no code was sent, as staff read it; the values are the errors' codes."""

    TOO_MANY = "too_many_codes", "Limite de códigos atingido. Tente mais tarde."
    NOT_CONFIGURED = "whatsapp_not_configured", "WhatsApp não configurado"
    UNAVAILABLE = "whatsapp_unavailable", "WhatsApp parado até a equipe agir"
    TEMPLATE_UNAVAILABLE = "whatsapp_template_unavailable", "Modelo de mensagem sem aprovação"


# The fields of the form that give a user another number, or none.
_TYPED = {"phone", "remove_phone"}


class UserWithCodesAdmin(UserAdmin):
    """The users' admin, with the codes that prove a phone."""

    def get_urls(self) -> list[URLPattern]:
        send_code = self.admin_site.admin_view(self.send_code)
        urls: list[URLPattern] = super().get_urls()
        return [path("<int:pk>/send-code/", send_code, name="accounts_user_send_code"), *urls]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001  Django's own
        """Save, with what follows when the phone changes, and never over what was proved since."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        before = User.objects.select_for_update(no_key=True).get(pk=obj.pk)
        if obj.phone == before.phone or not _TYPED & set(form.changed_data):
            obj.phone, obj.phone_verified_at = before.phone, before.phone_verified_at
            super().save_model(request, obj, form, change)
            _record_email(obj, before)
            return
        super().save_model(request, obj, form, change)
        _record_email(obj, before)
        if before.phone_verified_at:
            lost = owners.Loss.CHANGED
            audit.record(user=obj, act=audit.Act.PHONE_LOST, target=obj, result=lost)
        owners.record_change(obj)

    def send_code(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a code to the phone on file, for the person to prove that it is theirs."""
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if request.method == "POST":
            level, text = _send(user, addresses.of(request))
            self.message_user(request, text, level)
            return redirect("admin:accounts_user_change", pk)
        context = self.admin_site.each_context(request) | {
            "title": "Enviar código",
            "opts": self.opts,
            "original": user,
            "phone": phones.mask(user.phone),
        }
        return TemplateResponse(request, "admin/accounts/user/send_code.html", context)


def _record_email(user: User, before: User) -> None:
    # It is where the link to their own pages goes.
    if user.email != before.email:
        audit.record(user=user, act=audit.Act.EMAIL_CHANGED, target=user)


def _send(user: User, address: str) -> tuple[int, str]:
    try:
        phone_codes.send_verification(user=user, phone=user.phone, address=address)
    except phones.InvalidPhone as error:
        return messages.ERROR, error.reason
    except WhatsAppError as error:
        return messages.ERROR, str(Refusal(error.code).label)
    return messages.SUCCESS, "Código enviado. Vale por 10 minutos."


admin.site.unregister(User)
admin.site.register(User, UserWithCodesAdmin)
