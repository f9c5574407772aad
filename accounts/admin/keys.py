from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from accounts import api_keys
from accounts.admin.read_only import ReadOnly
from accounts.admin.staff import may_touch
from accounts.exceptions import KeyNotLive
from accounts.models import ApiKey, User

FACTS = ("masked", "name", "is_test", "state", "ends", "created_at", "last_used_at")


class NewKeyForm(forms.Form):
    """What staff say of a key before it is made."""

    name = forms.CharField(label="Para que serve", max_length=60, required=False)
    expires_at = forms.SplitDateTimeField(
        label="Vence em",
        required=False,
        widget=AdminSplitDateTime,
        help_text="Vazio: não vence.",
    )
    is_test = forms.BooleanField(
        label="Chave de teste",
        required=False,
        help_text="As chamadas percorrem o caminho todo e nada é enviado.",
    )

    def clean_expires_at(self) -> datetime | None:
        """Refuse an end that is over: the key would never open anything."""
        expires_at: datetime | None = self.cleaned_data["expires_at"]
        if expires_at and expires_at <= timezone.now():
            raise ValidationError("Escolha um momento que ainda não passou.", code="over")
        return expires_at


class RollForm(forms.Form):
    """What staff say of the old key when there is a new one."""

    overlap = forms.ChoiceField(
        label="O que acontece com a antiga",
        choices=ApiKey.Overlap.choices,
        widget=forms.RadioSelect,
    )


class KeyFacts:
    """What lists and pages say of a key."""

    @admin.display(description="chave", ordering="prefix")
    def masked(self, key: ApiKey) -> str:
        return str(key)

    @admin.display(description="situação")
    def state(self, key: ApiKey) -> str:
        return str(key.state().label)

    @admin.display(description="fim")
    def ends(self, key: ApiKey) -> datetime | str:
        """Return when it ended or will, what will end it, or "-": a None is shown as it is."""
        if key.is_live() and key.overlap == ApiKey.Overlap.FIRST_USE:
            return str(ApiKey.Overlap.FIRST_USE.label)
        return min((end for end in (key.revoked_at, key.expires_at) if end), default="-")


class ApiKeyInline(KeyFacts, ReadOnly, admin.TabularInline[ApiKey, User]):
    """A user's keys, to look at: they are made, rolled and revoked on pages of their own."""

    model = ApiKey
    fields = readonly_fields = FACTS
    extra = 0
    show_change_link = True


class StateFilter(admin.SimpleListFilter):
    """Keys by how they are now."""

    title = "situação"
    parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in ApiKey.State.choices]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if value not in ApiKey.State.values:
            return queryset
        return queryset.in_state(ApiKey.State(value))


@admin.register(ApiKey)
class ApiKeyAdmin(KeyFacts, admin.ModelAdmin[ApiKey]):
    """All keys, masked; what is done here is to roll them and to end them."""

    change_form_template = "admin/accounts/apikey/change_form.html"
    list_display = ("masked", "user", *FACTS[1:])
    list_filter = (StateFilter, "is_test", "created_at")
    list_select_related = ("user",)
    search_fields = ("prefix", "user__email", "name")
    search_help_text = "Início da chave, e-mail do usuário ou nome"
    fields = readonly_fields = (
        "user",
        *FACTS,
        "expires_at",
        "revoked_at",
        "overlap",
        "replaces",
        "replacement",
    )
    actions = ("revoke",)

    @admin.display(description="trocada por")
    def replacement(self, key: ApiKey) -> ApiKey | None:
        return ApiKey.objects.filter(replaces=key).first()

    @admin.action(description="Revogar as chaves escolhidas", permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        theirs = keys.select_related("user")
        revoked = sum(api_keys.revoke(key=key) for key in theirs if may_touch(request, key.user))
        self.message_user(request, f"Chaves revogadas: {revoked}.", messages.SUCCESS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or may_touch(request, obj.user))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        roll = self.admin_site.admin_view(self.roll)
        urls: list[URLPattern] = super().get_urls()
        return [path("<int:pk>/roll/", roll, name="accounts_apikey_roll"), *urls]

    def roll(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Roll a key, and show the new one in the answer to the POST itself.

        It goes through no message, cookie or session, where it would be kept.
        """
        old = get_object_or_404(ApiKey.objects.select_related("user"), pk=pk)
        if not self.has_change_permission(request, old):
            raise PermissionDenied
        form = RollForm(request.POST or None)
        secret = ""
        if request.method == "POST" and form.is_valid():
            try:
                key, secret = api_keys.roll(
                    key=old, overlap=ApiKey.Overlap(form.cleaned_data["overlap"])
                )
            except KeyNotLive:
                old.refresh_from_db()
            else:
                self.log_change(request, old, f"Trocada por {key}.")
        context = self.admin_site.each_context(request) | {
            "title": "Trocar a chave de API",
            "opts": self.opts,
            "original": old,
            "form": form,
            "secret": secret,
            "can_be_rolled": old.can_be_rolled(),
        }
        return TemplateResponse(request, "admin/accounts/apikey/roll.html", context)
