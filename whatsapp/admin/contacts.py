import json
import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts import phones
from accounts.admin.read_only import ReadOnly
from accounts.admin.revealing import Revealing
from whatsapp import contacts, updates
from whatsapp.models import Contact


class ReasonForm(ActionForm):
    """Which action, and why."""

    reason = forms.CharField(label="Motivo", max_length=200, required=False)


class WindowFilter(admin.SimpleListFilter):
    """Contacts by whether any message may be sent to them now."""

    title = "janela"
    parameter_name = "window"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [("open", "Aberta"), ("closed", "Fechada")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        in_window = Contact.objects.in_window().values("pk")
        match self.value():
            case "open":
                return queryset.filter(pk__in=in_window)
            case "closed":
                return queryset.exclude(pk__in=in_window)
        return queryset


@admin.register(Contact)
class ContactAdmin(Revealing, ReadOnly, admin.ModelAdmin[Contact]):
    """People on WhatsApp, to read, with their numbers and ids masked; staff may opt them out."""

    revealed = ("phone", "wa_id", "user_id")
    list_display = (
        "__str__",
        "masked_number",
        "masked_user_id",
        "is_in_window",
        "opted_out_at",
        "marketing_stopped_at",
    )
    list_filter = (
        WindowFilter,
        ("opted_out_at", admin.EmptyFieldListFilter),
        ("marketing_stopped_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("phone", "wa_id", "user_id")
    search_help_text = "Telefone inteiro, com DDD, ou id inteiro no WhatsApp"
    ordering = ("-pk",)
    fields = (
        "masked_number",
        "masked_user_id",
        "took_number_at",
        "window_ends_at",
        "opted_in_at",
        "proof",
        "opted_out_at",
        "marketing_stopped_at",
        "created_at",
    )
    action_form = ReasonForm
    actions = ("opt_out",)

    def owner(self, row: Contact) -> int | None:
        user = contacts.user_of(row)
        return user.pk if user else None

    @admin.display(description="telefone")
    def masked_number(self, contact: Contact) -> str:
        return phones.mask(f"+{contact.number}") if contact.number else ""

    @admin.display(description="id no WhatsApp")
    def masked_user_id(self, contact: Contact) -> str:
        return phones.mask_id(contact.user_id or "")

    @admin.display(description="janela aberta", boolean=True)
    def is_in_window(self, contact: Contact) -> bool:
        return bool(contact.window_ends_at and contact.window_ends_at > timezone.now())

    @admin.display(description="prova do aceite")
    def proof(self, contact: Contact) -> str:
        proof = dict(contact.opt_in_proof)
        if "message_id" in proof:
            proof["message_id"] = phones.mask_id(str(proof["message_id"]))
        return json.dumps(proof, ensure_ascii=False, indent=2)

    @admin.action(description="Não enviar mais nada a estas pessoas", permissions=["opt_out"])
    def opt_out(self, request: HttpRequest, chosen: QuerySet[Contact]) -> None:
        """Opt people out, as they asked somewhere else than on WhatsApp."""
        reason = request.POST.get("reason", "").strip()
        if not reason:
            self.message_user(request, "Diga o motivo, ao lado da ação.", messages.ERROR)
            return
        source: dict[str, object] = {
            "channel": "admin",
            "staff": request.user.pk,
            "reason": reason[:200],
        }
        for contact in chosen:
            contacts.opt_out(contact, at=timezone.now(), source=source)
            self.log_change(request, contact, f"Não enviar mais nada: {reason[:200]}")
        self.message_user(request, f"Pessoas que saíram: {len(chosen)}.", messages.SUCCESS)

    def has_opt_out_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("whatsapp.change_contact")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Contact], search_term: str
    ) -> tuple[QuerySet[Contact], bool]:
        """Find by a whole number in any of its forms, or a whole id: pieces would unmask others."""
        term = search_term.strip()
        if not term:
            return queryset, False
        digits = re.sub(r"\D", "", term)
        forms = [*updates.variants(digits), *updates.variants(f"55{digits}")]
        is_theirs = Q(phone__in=[f"+{form}" for form in forms]) | Q(wa_id__in=forms)
        return queryset.filter(is_theirs | Q(user_id=term)), False
