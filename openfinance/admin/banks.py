import base64
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from openfinance import catalogue, registry
from openfinance.admin.bank_forms import BankForm
from openfinance.models import Bank


class Situation(models.TextChoices):
    ACTIVE = "active", "Ativo"
    UNAVAILABLE = "unavailable", "Indisponível"
    DEACTIVATED = "deactivated", "Desativado"
    BUSINESSES = "businesses", "Só para empresas"


class SituationFilter(admin.SimpleListFilter):
    title = "situação"
    parameter_name = "situation"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Situation.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Bank]) -> QuerySet[Bank]:
        match self.value():
            case Situation.ACTIVE:
                return queryset & Bank.objects.active()
            case Situation.UNAVAILABLE:
                return queryset.exclude(unavailable_reason="")
            case Situation.DEACTIVATED:
                return queryset.filter(deactivated_at__isnull=False)
            case Situation.BUSINESSES:
                return queryset.filter(audience=Bank.Audience.BUSINESSES)
        return queryset


@admin.register(Bank)
class BankAdmin(admin.ModelAdmin[Bank]):
    """Banks as staff arrange them. `sync_banks` adds them and owns the registry's facts."""

    form = BankForm
    list_display = ("name", "compe", "position", "is_favourite", "provider", "situation")
    list_editable = ("position", "is_favourite")
    list_filter = (SituationFilter, "is_favourite", "provider", "audience")
    list_per_page = 200
    # The search box shows only with a field here; `get_search_results` does the search.
    search_fields = ("name",)
    search_help_text = (
        "Nome, apelido ou código (COMPE, ISPB, CNPJ); um erro de digitação não atrapalha"
    )
    actions = ("activate", "deactivate", "move_up", "move_down")
    readonly_fields = ("slug", "logo", "situation", "deactivated_at", *registry.FACTS)
    fieldsets = (
        (None, {"fields": ("name", "logo", "aliases", "position", "is_favourite", "audience")}),
        ("Situação", {"fields": ("situation", "unavailable_reason", "deactivated_at")}),
        (
            "Quem leva as pessoas até o banco",
            {
                "fields": ("provider", "provider_reference", "understood"),
                "description": (
                    "Trocar o provedor vale para conexões novas e renovações; as de hoje continuam"
                    " com o de antes até terminarem. Trocar só a referência vale para todas. Com"
                    " provedor e referência vazios ({}), o próximo sync_banks os preenche."
                ),
            },
        ),
        (
            "Cadastro oficial",
            {
                "fields": ("slug", "legal_name", "cnpj", "ispb", "compe"),
                "description": "Atualizado pelo comando sync_banks.",
            },
        ),
    )
    formfield_overrides = {ArrayField: {"widget": AdminTextareaWidget(attrs={"rows": 3})}}

    @admin.display(description="situação")
    def situation(self, bank: Bank) -> str:
        reasons = []
        if bank.deactivated_at:
            day = date_format(timezone.localtime(bank.deactivated_at), "SHORT_DATE_FORMAT")
            reasons.append(f"{Situation.DEACTIVATED.label} em {day}")
        if bank.audience == Bank.Audience.BUSINESSES:
            reasons.append(str(Situation.BUSINESSES.label))
        if bank.unavailable_reason:
            reasons.append(f"{Situation.UNAVAILABLE.label}: {bank.unavailable_reason}")
        return "; ".join(reasons) or str(Situation.ACTIVE.label)

    @admin.display(description="logotipo")
    def logo(self, bank: Bank) -> str:
        if not bank.logo_png:
            return "Sem logotipo: o Flow mostra as iniciais."
        data = base64.b64encode(bank.logo_png).decode()
        return format_html(
            '<img src="data:image/png;base64,{}" alt="" width="96" height="96">', data
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bank]:
        return super().get_queryset(request).defer("logo_png")

    def save_model(
        self, request: HttpRequest, obj: Bank, form: forms.ModelForm[Bank], change: Any
    ) -> None:
        """Save what staff changed and no more: a sync may have changed the rest meanwhile."""
        columns = {field.name for field in Bank._meta.concrete_fields}
        obj.save(update_fields=columns.intersection(form.changed_data))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Bank], search_term: str
    ) -> tuple[QuerySet[Bank], bool]:
        if not search_term:
            return queryset, False
        found = catalogue.rank(search_term, queryset)
        return queryset.filter(pk__in=[bank.pk for bank in found]), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        count = Bank.objects.favourites().count()
        if request.method == "GET" and count > catalogue.LISTED:
            self.message_user(
                request,
                f"A lista do WhatsApp mostra {catalogue.LISTED} bancos e há {count} marcados"
                " e ativos: os últimos pela ordem ficam de fora.",
                messages.WARNING,
            )
        return super().changelist_view(request, extra_context)

    @admin.action(description="Ativar", permissions=["change"])
    def activate(self, request: HttpRequest, banks: QuerySet[Bank]) -> None:
        count = banks.filter(deactivated_at__isnull=False).update(deactivated_at=None)
        self.message_user(request, f"Bancos ativados: {count}.")

    @admin.action(description="Desativar", permissions=["change"])
    def deactivate(self, request: HttpRequest, banks: QuerySet[Bank]) -> None:
        count = banks.filter(deactivated_at__isnull=True).update(deactivated_at=timezone.now())
        self.message_user(request, f"Bancos desativados: {count}.")

    @admin.action(description="Mover para cima", permissions=["change"])
    def move_up(self, request: HttpRequest, banks: QuerySet[Bank]) -> None:
        catalogue.move(banks, down=False)

    @admin.action(description="Mover para baixo", permissions=["change"])
    def move_down(self, request: HttpRequest, banks: QuerySet[Bank]) -> None:
        catalogue.move(banks, down=True)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Bank | None = None) -> bool:
        return False
