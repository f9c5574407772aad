import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from accounts import phones, sealed
from accounts.admin.read_only import ReadOnly
from accounts.admin.revealing import Revealing
from openfinance import consents, permissions
from openfinance.admin import outcomes
from openfinance.admin.watched import Watched
from openfinance.models import Access, Attempt, Consent, ConsentEvent, ConsentText, Notice


class ConsentEventInline(ReadOnly, admin.TabularInline[ConsentEvent, Consent]):
    """The steps of a consent's life, the first one first."""

    model = ConsentEvent
    fields = ("at", "status", "why", "facts")
    readonly_fields = ("why", "facts")

    @admin.display(description="motivo")
    def why(self, event: ConsentEvent) -> str:
        return reason(event.reason)

    @admin.display(description="detalhes")
    def facts(self, event: ConsentEvent) -> str:
        return json.dumps(event.details, ensure_ascii=False) if event.details else ""


class AttemptInline(ReadOnly, admin.TabularInline[Attempt, Consent]):
    """The trips to the bank, without what was kept for the return."""

    model = Attempt
    fields = ("created_at", "expires_at", "returned_at", "result")
    readonly_fields = ("created_at", "result")

    @admin.display(description="resultado")
    def result(self, attempt: Attempt) -> str:
        return outcomes.explain(attempt.outcome)


class NoticeInline(ReadOnly, admin.TabularInline[Notice, Consent]):
    """What the person was told of it."""

    model = Notice
    fields = ("created_at", "kind", "message", "obstacle")
    readonly_fields = ("created_at",)
    show_change_link = True


@admin.register(Consent)
class ConsentAdmin(Revealing, Watched, ReadOnly, admin.ModelAdmin[Consent]):
    """A consent as evidence: what was shown, agreed to and granted, when and from where."""

    revealed = ("cpf", "whatsapp_message_id")
    list_display = ("agreed_at", "user", "bank", "state", "why", "expires_at", "provider")
    list_filter = (
        "status",
        "reason",
        ("revocation_requested_at", admin.EmptyFieldListFilter),
        "provider",
        "agreed_at",
    )
    list_select_related = ("connection__user", "connection__bank")
    search_fields = ("=id", "=bank_consent_id", "connection__user__email", "interaction_ids")
    search_help_text = "Id, id no banco, id de interação inteiro ou e-mail do usuário"
    date_hierarchy = "agreed_at"
    inlines = (ConsentEventInline, AttemptInline, NoticeInline)
    fieldsets = (
        (None, {"fields": ("id", "connection", "user", "bank", "state", "why", "rejected_by")}),
        (
            "O que foi mostrado e confirmado",
            {
                "fields": (
                    "agreed_at",
                    "purpose",
                    "shown_text",
                    "group_names",
                    "requested",
                    "term",
                    "renewed",
                )
            },
        ),
        (
            "De onde",
            {"fields": ("channel", "whatsapp_message", "address", "user_agent", "has_cpf")},
        ),
        (
            "No banco",
            {
                "fields": (
                    "provider",
                    "bank_consent_id",
                    "granted",
                    "authorised_at",
                    "expires_at",
                    "tokens",
                    "checked_at",
                    "check_due_at",
                    "revocation_requested_at",
                    "revoked_at_bank_at",
                    "ended_at",
                    "interactions",
                )
            },
        ),
    )

    def owner(self, row: Consent) -> int:
        return row.connection.user_id

    def in_full(self, row: Consent, column: str) -> str:
        if column == "cpf":
            return sealed.reveal(row, "cpf", user=self.owner(row), purpose="staff")
        return super().in_full(row, column)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        # What is sealed stays where it is, and so does what a page does not need.
        rows = super().get_queryset(request).select_related("connection__user", "connection__bank")
        return rows.defer("cpf", "connection__bank__logo_png")

    @admin.display(description="usuário")
    def user(self, consent: Consent) -> str:
        return str(consent.connection.user)

    @admin.display(description="banco")
    def bank(self, consent: Consent) -> str:
        return consent.connection.bank.name

    @admin.display(description="situação", ordering="status")
    def state(self, consent: Consent) -> str:
        return consents.state_name(consent)

    @admin.display(description="motivo", ordering="reason")
    def why(self, consent: Consent) -> str:
        return reason(consent.reason)

    @admin.display(description="texto mostrado")
    def shown_text(self, consent: Consent) -> str:
        page = reverse("admin:openfinance_consenttext_change", args=[consent.text_id])
        return format_html('<a href="{}">{}</a>', page, consent.text_id)

    @admin.display(description="grupos de dados")
    def group_names(self, consent: Consent) -> str:
        return group_names(consent)

    @admin.display(description="permissões pedidas")
    def requested(self, consent: Consent) -> str:
        return _lines(consent.requested_permissions)

    @admin.display(description="permissões concedidas")
    def granted(self, consent: Consent) -> str:
        return _lines(consent.granted_permissions)

    @admin.display(description="prazo")
    def term(self, consent: Consent) -> str:
        return f"{consent.term_months} meses" if consent.term_months else "Indeterminado"

    @admin.display(description="renova")
    def renewed(self, consent: Consent) -> str:
        if not consent.renews_id:
            return ""
        page = reverse("admin:openfinance_consent_change", args=[consent.renews_id])
        return format_html('<a href="{}">{}</a>', page, consent.renews_id)

    @admin.display(description="mensagem no WhatsApp")
    def whatsapp_message(self, consent: Consent) -> str:
        return phones.mask_id(consent.whatsapp_message_id)

    @admin.display(description="CPF")
    def has_cpf(self, consent: Consent) -> str:
        return "informado" if consent.cpf_index else "não informado"

    @admin.display(description="tokens")
    def tokens(self, consent: Consent) -> str:
        access = Access.objects.filter(consent=consent).only("access_expires_at").first()
        if access is None:
            return "nenhum guardado"
        end = date_format(timezone.localtime(access.access_expires_at), "SHORT_DATETIME_FORMAT")
        return f"guardados, cifrados; o de acesso vale até {end}"

    @admin.display(description="ids de interação")
    def interactions(self, consent: Consent) -> str:
        return _lines(consent.interaction_ids)


@admin.register(ConsentText)
class ConsentTextAdmin(ReadOnly, admin.ModelAdmin[ConsentText]):
    """The words that people were shown, by their SHA-256."""

    list_display = ("digest", "first_shown_at")
    search_fields = ("digest",)
    fields = ("digest", "first_shown_at", "text")
    ordering = ("-first_shown_at",)


@admin.register(Attempt)
class AttemptAdmin(Watched, ReadOnly, admin.ModelAdmin[Attempt]):
    """All trips to banks, to see where they fail; what was kept for a return is not shown."""

    list_display = ("created_at", "bank", "user", "returned_at", "result")
    list_filter = (("outcome", admin.AllValuesFieldListFilter), "created_at")
    list_select_related = ("consent__connection__user", "consent__connection__bank")
    search_fields = ("=id", "consent__connection__user__email")
    search_help_text = "Id ou e-mail do usuário"
    date_hierarchy = "created_at"
    fields = ("id", "consent", "bank", "user", "created_at", "expires_at", "returned_at", "result")

    def owner(self, row: Attempt) -> int:
        return row.consent.connection.user_id

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        return super().get_queryset(request).defer("remembered", "consent__cpf")

    @admin.display(description="banco")
    def bank(self, attempt: Attempt) -> str:
        return attempt.consent.connection.bank.name

    @admin.display(description="usuário")
    def user(self, attempt: Attempt) -> str:
        return str(attempt.consent.connection.user)

    @admin.display(description="resultado", ordering="outcome")
    def result(self, attempt: Attempt) -> str:
        return outcomes.explain(attempt.outcome)


def reason(code: str) -> str:
    """Return the words for a consent's reason; "" for "", and an unknown one as it is."""
    return str(Consent.Reason(code).label) if code in Consent.Reason.values else code


def group_names(consent: Consent) -> str:
    """Return the groups that a person agreed to, as the page named them."""
    known: Any = permissions.Group
    names = (known(name).label if name in known.values else name for name in consent.groups)
    return ", ".join(str(name) for name in names)


def _lines(names: list[str]) -> str:
    return "\n".join(names)
