from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts import phones
from accounts.admin.read_only import ReadOnly
from openfinance.models import Flow


@admin.register(Flow)
class FlowAdmin(ReadOnly, admin.ModelAdmin[Flow]):
    """Flows as staff read them: nothing here can be changed, and the phone stays masked."""

    list_display = ("created_at", "user", "route", "channel", "status", "phone", "bank")
    list_filter = ("message__status", "route", "channel", "created_at")
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
        "message_link",
        "forced_by",
    )

    @admin.display(description="situação", ordering="message__status")
    def status(self, flow: Flow) -> str:
        return flow.message.get_status_display()

    @admin.display(description="telefone")
    def phone(self, flow: Flow) -> str:
        return phones.mask(flow.message.phone)

    @admin.display(description="mensagem")
    def message_link(self, flow: Flow) -> str:
        url = reverse("admin:whatsapp_outgoingmessage_change", args=[flow.message_id])
        return format_html('<a href="{}">{}</a>', url, flow.message)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return tuple(str(name) for name in self.fields)
