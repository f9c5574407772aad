import json

from django.contrib import admin

from accounts import phones
from accounts.admin.read_only import ReadOnly
from whatsapp.models import OutgoingMessage


@admin.register(OutgoingMessage)
class OutgoingMessageAdmin(ReadOnly, admin.ModelAdmin[OutgoingMessage]):
    """What was sent, to read: the phone stays masked and nothing can be changed."""

    list_display = ("created_at", "user", "masked_phone", "kind", "status", "error_code")
    list_filter = ("status", "kind", "created_at")
    list_select_related = ("user",)
    search_fields = ("id", "user__email", "user__name", "whatsapp_id")
    search_help_text = "Id da mensagem, e-mail ou nome do usuário, id no WhatsApp"
    date_hierarchy = "created_at"
    fields = (
        "id",
        "created_at",
        "user",
        "masked_phone",
        "kind",
        "content",
        "status",
        "settled_at",
        "whatsapp_id",
        "error_code",
        "error_details",
        "next_step",
    )

    @admin.display(description="telefone")
    def masked_phone(self, message: OutgoingMessage) -> str:
        return phones.mask(message.phone)

    @admin.display(description="conteúdo")
    def content(self, message: OutgoingMessage) -> str:
        return json.dumps(message.payload, ensure_ascii=False, indent=2)
