from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from openfinance.admin.users import Refusal


class Told:
    """Show of a notice what became of its message, or why there is none."""

    @admin.display(description="mensagem")
    def sent(self, notice: Any) -> str:
        if notice.message is None:
            return ""
        page = reverse("admin:whatsapp_outgoingmessage_change", args=[notice.message.pk])
        return format_html('<a href="{}">{}</a>', page, notice.message)

    @admin.display(description="entrega")
    def delivery(self, notice: Any) -> str:
        message = notice.message
        if message is None:
            return "Não enviado"
        return str(message.get_delivery_display() or message.get_status_display())

    @admin.display(description="por que não foi enviado", ordering="obstacle")
    def why(self, notice: Any) -> str:
        code = notice.obstacle
        return str(Refusal(code).label) if code in Refusal.values else code
