import json

from django.contrib import admin

from accounts import phones
from accounts.admin.read_only import ReadOnly
from whatsapp.admin import graph_errors
from whatsapp.models import Delivery, MessageStatus, OutgoingMessage


class MessageStatusInline(ReadOnly, admin.TabularInline[MessageStatus, OutgoingMessage]):
    """What WhatsApp told of the message, to read."""

    model = MessageStatus
    fields = ("at", "word", "explanation", "error_code", "error_details")
    readonly_fields = ("word", "explanation")

    @admin.display(description="estado")
    def word(self, status: MessageStatus) -> str:
        is_known = status.state in Delivery.values
        return str(Delivery(status.state).label) if is_known else status.state

    @admin.display(description="motivo")
    def explanation(self, status: MessageStatus) -> str:
        return graph_errors.explain(status.error_code)


@admin.register(OutgoingMessage)
class OutgoingMessageAdmin(ReadOnly, admin.ModelAdmin[OutgoingMessage]):
    """What was sent, to read: the phone stays masked and nothing can be changed."""

    list_display = (
        "created_at",
        "user",
        "masked_phone",
        "kind",
        "status",
        "is_test",
        "delivery",
        "explanation",
    )
    list_filter = ("status", "is_test", "delivery", "kind", "created_at")
    list_select_related = ("user",)
    search_fields = ("id", "user__email", "user__name", "whatsapp_id")
    search_help_text = "Id da mensagem, e-mail ou nome do usuário, id no WhatsApp"
    date_hierarchy = "created_at"
    inlines = (MessageStatusInline,)
    fields = (
        "id",
        "created_at",
        "user",
        "masked_phone",
        "kind",
        "content",
        "status",
        "is_test",
        "settled_at",
        "delivery",
        "whatsapp_id",
        "explanation",
        "error_code",
        "error_details",
        "next_step",
    )

    @admin.display(description="telefone")
    def masked_phone(self, message: OutgoingMessage) -> str:
        return phones.mask(message.phone)

    @admin.display(description="motivo", ordering="error_code")
    def explanation(self, message: OutgoingMessage) -> str:
        return graph_errors.explain(message.error_code)

    @admin.display(description="conteúdo")
    def content(self, message: OutgoingMessage) -> str:
        return json.dumps(message.payload, ensure_ascii=False, indent=2)
