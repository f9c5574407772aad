from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts import api_keys, phones
from accounts.admin.keys import ApiKeyInline, NewKeyForm
from accounts.models import ConnectionRoute, Subscription, User


class PhoneField(forms.CharField):
    """Take a number as people write it, and give it in E.164."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        try:
            return phones.normalise(text) if text else ""
        except phones.InvalidPhone as error:
            raise ValidationError(error.reason, code=error.code) from error


class UserForm(UserChangeForm[User]):
    phone = PhoneField(
        label="Telefone", required=False, max_length=25, help_text="Com DDD: (11) 98765-4321"
    )

    def clean(self) -> dict[str, Any]:
        """Take the verification away with the number that was verified."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "phone" in self.changed_data:
            self.instance.phone_verified_at = None
        return cleaned


class NewUserForm(AdminUserCreationForm[User]):
    phone = PhoneField(label="Telefone", required=False, max_length=25)

    class Meta:
        model = User
        fields = ("email", "name", "phone")


class SubscriptionInline(admin.TabularInline[Subscription, User]):
    model = Subscription
    fields = ("plan", "status", "current_period_start", "current_period_end")
    extra = 0


class RouteFilter(admin.SimpleListFilter):
    """Users by what the connection call sends them now."""

    title = "pedido de conexão"
    parameter_name = "route"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        routes = [(str(value), str(label)) for value, label in ConnectionRoute.choices]
        return [*routes, ("none", "Sem assinatura ativa")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        active = Subscription.objects.active()
        if self.value() == "none":
            return queryset.exclude(subscriptions__in=active)
        if self.value():
            return queryset.filter(
                subscriptions__in=active.filter(plan__connection_route=self.value())
            )
        return queryset


@admin.register(User)
class UserAdmin(BaseUserAdmin[User]):
    """People: how they sign in, where they are reached, what they pay for, and their keys."""

    form = UserForm
    add_form = NewUserForm
    change_form_template = "admin/accounts/user/change_form.html"
    list_display = ("email", "name", "masked_phone", "is_verified", "plan", "is_active")
    list_filter = (
        RouteFilter,
        "is_active",
        ("phone_verified_at", admin.EmptyFieldListFilter),
        "is_staff",
    )
    search_fields = ("email", "name")
    search_help_text = "E-mail ou nome"
    ordering = ("email",)
    inlines = (SubscriptionInline, ApiKeyInline)
    # Only who has the phone can prove it, by a code.
    readonly_fields = ("phone_verified_at", "date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "is_active")}),
        ("WhatsApp", {"fields": ("phone", "phone_verified_at")}),
        (
            "Equipe",
            {
                "classes": ("collapse",),
                "fields": ("is_staff", "is_superuser", "groups", "user_permissions"),
            },
        ),
        ("Datas", {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "email",
                    "name",
                    "phone",
                    "usable_password",
                    "password1",
                    "password2",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("subscriptions__plan")

    @admin.display(description="telefone", ordering="phone")
    def masked_phone(self, user: User) -> str:
        return phones.mask(user.phone)

    @admin.display(description="verificado", boolean=True)
    def is_verified(self, user: User) -> bool:
        return bool(user.phone_verified_at)

    @admin.display(description="plano")
    def plan(self, user: User) -> str:
        current = [s for s in user.subscriptions.all() if s.status != Subscription.Status.CANCELED]
        return str(current[0]) if current else ""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: what was agreed with a person must outlive the account, so it is deactivated."""
        return False

    def get_urls(self) -> list[URLPattern]:
        new_key = self.admin_site.admin_view(self.new_key)
        urls: list[URLPattern] = super().get_urls()
        return [path("<int:pk>/new-key/", new_key, name="accounts_user_new_key"), *urls]

    def new_key(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a key, and show it in the answer to the POST itself.

        It goes through no message, cookie or session, where it would be kept.
        """
        if not self.has_change_permission(request):
            raise PermissionDenied
        user = get_object_or_404(User, pk=pk)
        form = NewKeyForm(request.POST or None)
        secret = ""
        if request.method == "POST" and form.is_valid():
            key, secret = api_keys.issue(user=user, **form.cleaned_data)
            self.log_change(request, user, f"Chave de API {key} criada.")
        context = self.admin_site.each_context(request) | {
            "title": "Nova chave de API",
            "opts": self.opts,
            "original": user,
            "form": form,
            "media": form.media,
            "secret": secret,
        }
        return TemplateResponse(request, "admin/accounts/user/new_key.html", context)
