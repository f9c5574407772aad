import json
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html

from accounts import audit, origins
from accounts.admin.read_only import ReadOnly
from accounts.models import AuditEvent


class Who(models.TextChoices):
    """Who acted, as staff read it; the values are `origins.ActorKind`."""

    USER = origins.ActorKind.USER, "Pessoa"
    INTEGRATOR = origins.ActorKind.INTEGRATOR, "Integração"
    STAFF = origins.ActorKind.STAFF, "Equipe"
    JOB = origins.ActorKind.JOB, "Tarefa"
    COMMAND = origins.ActorKind.COMMAND, "Comando"
    UNKNOWN = origins.ActorKind.UNKNOWN, "Desconhecido"


# Whose pages the ids of some actors lead to.
_PAGES = {
    Who.USER: "admin:accounts_user_change",
    Who.STAFF: "admin:accounts_user_change",
    Who.INTEGRATOR: "admin:accounts_apikey_change",
}


def page_of(event: AuditEvent) -> str:
    """Return the address of the page of who acted; "" when they have none."""
    kind = Who(event.actor_kind) if event.actor_kind in Who.values else Who.UNKNOWN
    page = _PAGES.get(kind)
    return reverse(page, args=[event.actor]) if page and event.actor.isdecimal() else ""


class WhoFilter(admin.SimpleListFilter):
    title = "autor"
    parameter_name = "who"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Who.choices]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent]
    ) -> QuerySet[AuditEvent]:
        return queryset.filter(actor_kind=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly, admin.ModelAdmin[AuditEvent]):
    """What was done with what is a person's, by whom and from where; the newest first."""

    list_display = ("at", "act", "user", "who", "channel", "about", "result")
    list_filter = ("act", WhoFilter)
    list_select_related = ("user",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("user__email__iexact", "target", "request_id__exact")
    search_help_text = "E-mail inteiro, parte do que foi tocado (consent, access…) ou id da chamada"
    date_hierarchy = "at"
    fields = (
        "sequence",
        "at",
        "act",
        "user",
        "who",
        "about",
        "result",
        "facts",
        "channel",
        "address",
        "user_agent",
        "request_id",
    )

    @admin.display(description="autor")
    def who(self, event: AuditEvent) -> str:
        kind = Who(event.actor_kind) if event.actor_kind in Who.values else Who.UNKNOWN
        name, page = f"{kind.label} {event.actor}".strip(), page_of(event)
        return format_html('<a href="{}">{}</a>', page, name) if page else name

    @admin.display(description="sobre")
    def about(self, event: AuditEvent) -> str:
        model, _, pk = event.target.partition(":")
        try:
            page = reverse(f"admin:{model.replace('.', '_')}_change", args=[pk])
        except NoReverseMatch:
            return event.target
        return format_html('<a href="{}">{}</a>', page, event.target)

    @admin.display(description="detalhes")
    def facts(self, event: AuditEvent) -> str:
        return json.dumps(event.details, ensure_ascii=False)

    @admin.display(description="endereço")
    def address(self, event: AuditEvent) -> str:
        return event.place.address if hasattr(event, "place") else ""

    @admin.display(description="navegador")
    def user_agent(self, event: AuditEvent) -> str:
        return event.place.user_agent if hasattr(event, "place") else ""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Leave an event of the look: the page says where somebody was."""
        event: AuditEvent | None = kwargs.get("obj")
        if event is not None:
            audit.record(user=event.user_id, act=AuditEvent.Act.TRAIL_READ, target=event)
        return super().render_change_form(request, context, *args, **kwargs)
