from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join

from accounts.admin.read_only import ReadOnly
from openfinance import checks, connections, consents, life
from openfinance.admin.consents import group_names, reason
from openfinance.admin.watched import Watched
from openfinance.models import Connection, Consent
from whatsapp.admin.contacts import ReasonForm

# An end cannot be taken back, and a person in the admin may have chosen a whole page by mistake.
MOST_AT_ONCE = 20


class Standing(models.TextChoices):
    ACTIVE = "active", "Ativa"
    ENDING = "ending", "Encerrando no banco"


class StandingFilter(admin.SimpleListFilter):
    title = "situação"
    parameter_name = "standing"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Standing.choices]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Connection]
    ) -> QuerySet[Connection]:
        match self.value():
            case Standing.ACTIVE:
                return queryset.filter(pk__in=Connection.objects.active().values("pk"))
            case Standing.ENDING:
                ending = Consent.objects.to_be_revoked().values("connection")
                return queryset.filter(pk__in=ending)
        return queryset


class ConsentInline(ReadOnly, admin.StackedInline[Consent, Connection]):
    """Every consent of a connection, the newest first, with the steps of its life."""

    model = Consent
    fields = (
        "state",
        "why",
        "group_names",
        "agreed_at",
        "authorised_at",
        "expires_at",
        "ended_at",
        "steps",
    )
    readonly_fields = ("state", "why", "group_names", "agreed_at", "steps")
    ordering = ("-agreed_at",)
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        return super().get_queryset(request).defer("cpf").prefetch_related("events")

    @admin.display(description="situação")
    def state(self, consent: Consent) -> str:
        return consents.state_name(consent)

    @admin.display(description="motivo")
    def why(self, consent: Consent) -> str:
        return reason(consent.reason)

    @admin.display(description="grupos de dados")
    def group_names(self, consent: Consent) -> str:
        return group_names(consent)

    @admin.display(description="passos")
    def steps(self, consent: Consent) -> str:
        return format_html_join(
            "\n",
            "{} {} {}",
            (
                (_moment(event.at), event.get_status_display(), reason(event.reason))
                for event in consent.events.all()
            ),
        )


@admin.register(Connection)
class ConnectionAdmin(Watched, ReadOnly, admin.ModelAdmin[Connection]):
    """People's connections, to read, to end for them, and to look after at the bank."""

    list_display = ("created_at", "user", "bank", "state", "until")
    list_filter = (StandingFilter, "created_at")
    list_select_related = ("user", "bank")
    search_fields = ("=id", "user__email", "user__name", "bank__name")
    search_help_text = "Id, e-mail ou nome do usuário, ou banco"
    date_hierarchy = "created_at"
    inlines = (ConsentInline,)
    fields = ("id", "user", "bank", "state", "until", "created_at")
    action_form = ReasonForm
    actions = ("end", "check_now")

    def owner(self, row: Connection) -> int:
        return row.user_id

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        speaking = Prefetch("consents", queryset=connections.speaking(), to_attr="speaking")
        rows = super().get_queryset(request).select_related("bank").defer("bank__logo_png")
        return rows.prefetch_related(speaking)

    @admin.display(description="situação")
    def state(self, connection: Connection) -> str:
        consent = _speaking(connection)
        return consents.state_name(consent) if consent else str(Consent.Shown.NOT_DONE.label)

    @admin.display(description="vale até")
    def until(self, connection: Connection) -> str:
        consent = _speaking(connection)
        if consent is None:
            return ""
        return _moment(consent.expires_at) if consent.expires_at else "Indeterminado"

    @admin.action(description="Encerrar conexão", permissions=["end"])
    def end(self, request: HttpRequest, chosen: QuerySet[Connection]) -> None:
        """End connections in their people's name, as they asked somewhere else."""
        why = request.POST.get("reason", "").strip()[:200]
        if not why:
            self.message_user(request, "Diga o motivo, ao lado da ação.", messages.ERROR)
            return
        if chosen.count() > MOST_AT_ONCE:
            self.message_user(
                request, f"Escolha no máximo {MOST_AT_ONCE} conexões.", messages.ERROR
            )
            return
        ended = 0
        for connection in chosen:
            if life.revoke(connection=connection):
                ended += 1
                self.log_change(request, connection, f"Encerrar conexão: {why}")
        self.message_user(request, f"Conexões encerradas: {ended}.", messages.SUCCESS)

    @admin.action(description="Conferir no banco agora", permissions=["end"])
    def check_now(self, request: HttpRequest, chosen: QuerySet[Connection]) -> None:
        """Let workers ask the banks; who is at the bank just now is left alone."""
        asked = checks.may_be_asked_about().filter(connection__in=chosen.values("pk"))
        found = list(asked.select_related("connection"))
        for consent in found:
            checks.enqueue(consent)
        self.message_user(request, f"Consentimentos a conferir: {len(found)}.")

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("openfinance.change_connection")


def _speaking(connection: Connection) -> Consent | None:
    found: list[Consent] = connection.speaking  # type: ignore[attr-defined]  # of get_queryset
    return next(iter(found), None)


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")
