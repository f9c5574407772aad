from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import api_keys
from accounts.models import ApiKey, User

FACTS = ("masked", "name", "created_at", "expires_at", "last_used_at", "revoked_at")


class NewKeyForm(forms.Form):
    """What staff say of a key before it is made."""

    name = forms.CharField(label="Para que serve", max_length=60, required=False)
    expires_at = forms.SplitDateTimeField(
        label="Vence em",
        required=False,
        widget=AdminSplitDateTime,
        help_text="Vazio: não vence.",
    )


class ApiKeyInline(admin.TabularInline[ApiKey, User]):
    """A user's keys, to look at: they are made and revoked on pages of their own."""

    model = ApiKey
    fields = readonly_fields = FACTS
    extra = 0
    can_delete = False
    show_change_link = True

    @admin.display(description="chave")
    def masked(self, key: ApiKey) -> str:
        return str(key)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin[ApiKey]):
    """All keys, masked; the one thing to do here is to end them."""

    list_display = (
        "masked",
        "user",
        "name",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("user",)
    search_fields = ("prefix", "user__email", "name")
    search_help_text = "Início da chave, e-mail do usuário ou nome"
    fields = readonly_fields = ("user", *FACTS)
    actions = ("revoke",)

    @admin.display(description="chave", ordering="prefix")
    def masked(self, key: ApiKey) -> str:
        return str(key)

    @admin.action(description="Revogar as chaves escolhidas", permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        revoked = sum(api_keys.revoke(key=key) for key in keys)
        self.message_user(request, f"Chaves revogadas: {revoked}.", messages.SUCCESS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
