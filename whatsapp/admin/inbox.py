from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts.admin.read_only import ReadOnly
from whatsapp import inbox
from whatsapp.models import IncomingUpdate, WebhookEvent


class Situation(models.TextChoices):
    """Where an update is on its way."""

    PROCESSED = "processed", "Processada"
    WAITING = "waiting", "Na fila"
    FAILING = "failing", "Falhou e será tentada de novo"
    GIVEN_UP = "given_up", "Falhou e espera a equipe"


_SITUATIONS = {
    Situation.PROCESSED: models.Q(processed_at__isnull=False),
    Situation.WAITING: models.Q(
        processed_at__isnull=True, next_attempt_at__isnull=False, attempts=0
    ),
    Situation.FAILING: models.Q(
        processed_at__isnull=True, next_attempt_at__isnull=False, attempts__gt=0
    ),
    Situation.GIVEN_UP: models.Q(processed_at__isnull=True, next_attempt_at__isnull=True),
}


class SituationFilter(admin.SimpleListFilter):
    title = "situação"
    parameter_name = "situation"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[IncomingUpdate]
    ) -> list[tuple[str, str]]:
        return [(situation.value, str(situation.label)) for situation in Situation]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[IncomingUpdate]
    ) -> QuerySet[IncomingUpdate]:
        chosen = self.value()
        return queryset.filter(_SITUATIONS[Situation(chosen)]) if chosen else queryset


@admin.register(IncomingUpdate)
class IncomingUpdateAdmin(ReadOnly, admin.ModelAdmin[IncomingUpdate]):
    """What Meta told us and what was made of it; what people wrote is not shown."""

    list_display = (
        "received_at",
        "kind",
        "situation",
        "outcome",
        "attempts",
        "next_attempt_at",
        "error",
    )
    list_filter = (SituationFilter, "received_at")
    date_hierarchy = "received_at"
    fields = (
        "received_at",
        "kind",
        "situation",
        "outcome",
        "processed_at",
        "attempts",
        "next_attempt_at",
        "error",
        "event",
        "contact",
    )
    actions = ("replay",)

    @admin.display(description="tipo")
    def kind(self, update: IncomingUpdate) -> str:
        return f"{update.content.get('kind', '')} {update.content.get('field', '')}".strip()

    @admin.display(description="situação")
    def situation(self, update: IncomingUpdate) -> str:
        if update.processed_at:
            return str(Situation.PROCESSED.label)
        if update.next_attempt_at is None:
            return str(Situation.GIVEN_UP.label)
        return str((Situation.FAILING if update.attempts else Situation.WAITING).label)

    @admin.action(description="Processar de novo as que falharam", permissions=["replay"])
    def replay(self, request: HttpRequest, rows: QuerySet[IncomingUpdate]) -> None:
        self.message_user(request, f"Atualizações que voltam à fila: {inbox.replay(rows)}.")

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("whatsapp.change_incomingupdate")


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnly, admin.ModelAdmin[WebhookEvent]):
    """The POSTs of Meta's; what is in them is not shown."""

    list_display = ("received_at", "split_at", "error")
    list_filter = (("error", admin.EmptyFieldListFilter), "received_at")
    date_hierarchy = "received_at"
    fields = ("received_at", "split_at", "error", "its_updates")
    actions = ("split_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEvent]:
        return super().get_queryset(request).defer("body")

    @admin.display(description="atualizações")
    def its_updates(self, event: WebhookEvent) -> str:
        return format_html(
            '<a href="{}?event__id__exact={}">{}</a>',
            reverse("admin:whatsapp_incomingupdate_changelist"),
            event.pk,
            event.updates.count(),
        )

    @admin.action(description="Ler de novo os que não foram lidos", permissions=["replay"])
    def split_again(self, request: HttpRequest, events: QuerySet[WebhookEvent]) -> None:
        self.message_user(request, f"Webhooks que voltam à fila: {inbox.split_again(events)}.")

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("whatsapp.change_webhookevent")
