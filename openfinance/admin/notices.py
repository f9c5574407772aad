from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts.admin.read_only import ReadOnly
from openfinance.admin.users import Refusal
from openfinance.models import Notice


@admin.register(Notice)
class NoticeAdmin(ReadOnly, admin.ModelAdmin[Notice]):
    """What people were told of their connections, and what could not be told to them, and why."""

    list_display = ("created_at", "kind", "user", "bank", "delivery", "why")
    list_filter = (("obstacle", admin.EmptyFieldListFilter), "kind", "created_at")
    list_select_related = ("message", "consent__connection__user", "consent__connection__bank")
    search_fields = ("consent__connection__user__email", "=consent__id")
    search_help_text = "E-mail do usuário ou id do consentimento"
    date_hierarchy = "created_at"
    fields = ("created_at", "kind", "consent", "user", "bank", "sent", "delivery", "why")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        return super().get_queryset(request).defer("consent__cpf", "message__payload")

    @admin.display(description="usuário")
    def user(self, notice: Notice) -> str:
        return str(notice.consent.connection.user)

    @admin.display(description="banco")
    def bank(self, notice: Notice) -> str:
        return notice.consent.connection.bank.name

    @admin.display(description="mensagem")
    def sent(self, notice: Notice) -> str:
        if notice.message is None:
            return ""
        page = reverse("admin:whatsapp_outgoingmessage_change", args=[notice.message.pk])
        return format_html('<a href="{}">{}</a>', page, notice.message)

    @admin.display(description="entrega")
    def delivery(self, notice: Notice) -> str:
        message = notice.message
        if message is None:
            return "Não enviado"
        return str(message.get_delivery_display() or message.get_status_display())

    @admin.display(description="por que não foi enviado", ordering="obstacle")
    def why(self, notice: Notice) -> str:
        code = notice.obstacle
        return str(Refusal(code).label) if code in Refusal.values else code
