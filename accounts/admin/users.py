from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts import api_keys, phones
from accounts.admin import trail
from accounts.admin.keys import ApiKeyInline, NewKeyForm
from accounts.admin.revealing import Revealing
from accounts.admin.staff import StaffGuard
from accounts.admin.subscriptions import SubscriptionInline
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
    """A user, whose number is never in the form: one that is typed takes its place."""

    phone = PhoneField(label="Telefone novo", required=False, max_length=25)
    remove_phone = forms.BooleanField(label="Remover o telefone", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["phone"] = ""
        if "phone" in self.fields:
            now = phones.mask(self.instance.phone) or "nenhum"
            self.fields["phone"].help_text = f"Agora: {now}. Com DDD: (11) 98765-4321. Vazio: fica."

    def clean(self) -> dict[str, Any]:
        """Keep the number unless another is typed, and its verification with it."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("remove_phone") and cleaned.get("phone"):
            raise ValidationError({"phone": "Digite outro telefone ou remova o atual."})
        if "phone" in cleaned and not cleaned["phone"]:
            cleaned["phone"] = "" if cleaned.get("remove_phone") else self.instance.phone
        if "phone" in cleaned and cleaned["phone"] != self.instance.phone:
            self.instance.phone_verified_at = None
        return cleaned


class NewUserForm(AdminUserCreationForm[User]):
    phone = PhoneField(label="Telefone", required=False, max_length=25)

    class Meta:
        model = User
        fields = ("email", "name", "phone")


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
class UserAdmin(StaffGuard, Revealing, BaseUserAdmin[User]):
    """People: how they sign in, where they are reached, what they pay for, and their keys."""

    form = UserForm
    add_form = NewUserForm
    change_form_template = "admin/accounts/user/change_form.html"
    revealed = ("phone",)
    list_display = ("email", "name", "masked_phone", "is_verified", "plan", "is_active")
    list_filter = (
        RouteFilter,
        "is_active",
        ("phone_verified_at", admin.EmptyFieldListFilter),
        "is_staff",
    )
    search_fields = ("email", "name")
    search_help_text = "E-mail, nome ou telefone inteiro"
    ordering = ("email",)
    inlines = (SubscriptionInline, ApiKeyInline)
    actions: tuple[str, ...] = ("reset_second_factor",)
    # Only who has the phone can prove it, by a code.
    readonly_fields = ("phone_verified_at", "date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "is_active")}),
        ("WhatsApp", {"fields": ("phone", "remove_phone", "phone_verified_at")}),
        (
            "Equipe",
            {
                "classes": ("collapse",),
                "fields": (
                    "is_staff",
                    "second_factor",
                    "groups",
                    "is_superuser",
                    "user_permissions",
                ),
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

    def owner(self, row: User) -> int:
        return row.pk

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("subscriptions__plan")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Give whoever may only look the mask, in place of the fields that change a number."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        masked = {"fields": ("masked_phone", "phone_verified_at")}
        return [(name, masked if name == "WhatsApp" else options) for name, options in fieldsets]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Find by a whole number too: pieces would unmask it."""
        phone = phones.sought(search_term)
        if phone:
            return queryset.filter(phone=phone), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="telefone")
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
        read_trail = self.admin_site.admin_view(self.read_trail)
        return [
            path("<int:pk>/new-key/", new_key, name="accounts_user_new_key"),
            path("<int:pk>/trail/", read_trail, name="accounts_user_trail"),
            *urls,
        ]

    def read_trail(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what was done with what is the person's."""
        return trail.show(request, self.admin_site, pk)

    def new_key(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a key, and show it in the answer to the POST itself.

        It goes through no message, cookie or session, where it would be kept.
        """
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
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
