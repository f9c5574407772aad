from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts import phones
from accounts.admin.read_only import ReadOnly
from openfinance import resending
from openfinance.models import Flow

# Each waits for WhatsApp, and the person in the admin waits for all of them.
MOST_AT_ONCE = 20


class Resent(models.TextChoices):
    """How a resending ended, as staff read it; the values are `resending.Result`."""

    ACCEPTED = resending.Result.ACCEPTED, "Aceita pelo WhatsApp"
    REPEATED = resending.Result.REPEATED, "Já enviada"
    REFUSED = resending.Result.REFUSED, "Não pode ser enviada"
    FAILED = resending.Result.FAILED, "Não enviada"
    UNKNOWN = resending.Result.UNKNOWN, "Sem confirmação"


@admin.register(Flow)
class FlowAdmin(ReadOnly, admin.ModelAdmin[Flow]):
    """Flows as staff read them: nothing here can be changed, and the phone stays masked."""

    list_display = ("created_at", "user", "route", "channel", "status", "is_test", "phone", "bank")
    list_filter = ("message__status", "message__is_test", "route", "channel", "created_at")
    list_select_related = ("user", "message", "bank")
    search_fields = ("id", "user__email", "user__name", "message__whatsapp_id")
    search_help_text = "Id do fluxo, e-mail ou nome do usuário, id da mensagem no WhatsApp"
    date_hierarchy = "created_at"
    fields = (
        "id",
        "created_at",
        "user",
        "phone",
        "route",
        "channel",
        "bank",
        "status",
        "is_test",
        "message_link",
        "forced_by",
    )

    actions = ("resend",)

    @admin.display(description="situação", ordering="message__status")
    def status(self, flow: Flow) -> str:
        return flow.message.get_status_display()

    @admin.display(description="de teste", ordering="message__is_test", boolean=True)
    def is_test(self, flow: Flow) -> bool:
        return flow.message.is_test

    @admin.display(description="telefone")
    def phone(self, flow: Flow) -> str:
        return phones.mask(flow.message.phone)

    @admin.display(description="mensagem")
    def message_link(self, flow: Flow) -> str:
        url = reverse("admin:whatsapp_outgoingmessage_change", args=[flow.message_id])
        return format_html('<a href="{}">{}</a>', url, flow.message)

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("openfinance.change_flow")

    @admin.action(description="Enviar de novo o que nunca foi confirmado", permissions=["resend"])
    def resend(self, request: HttpRequest, chosen: QuerySet[Flow]) -> None:
        unconfirmed = resending.unconfirmed(chosen)
        if len(unconfirmed) > MOST_AT_ONCE:
            self.message_user(request, f"Escolha no máximo {MOST_AT_ONCE} fluxos.", messages.ERROR)
            return
        results = Counter(
            resending.resend(
                user=flow.user,
                forced_by=request.user.get_username(),
                channel=Flow.Channel.ADMIN,
            ).result
            for flow in unconfirmed
        )
        for result, count in results.items():
            self.message_user(request, f"{count} × {Resent(result).label}", messages.INFO)
        if not results:
            self.message_user(
                request,
                "Só o último fluxo de um usuário, e nunca confirmado, é enviado de novo.",
                messages.WARNING,
            )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return tuple(str(name) for name in self.fields)
