import json

from django.contrib import admin

from accounts.admin.read_only import ReadOnly
from whatsapp.models import MessageTemplate, NativeFlow


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnly, admin.ModelAdmin[MessageTemplate]):
    """Our templates as Meta has them, to read: `sync_templates` writes them."""

    list_display = ("name", "can_be_sent", "status", "reason", "category", "synced_at")
    list_filter = ("status", "category")
    fields = (
        "name",
        "language",
        "can_be_sent",
        "status",
        "reason",
        "changed_at",
        "category",
        "content",
        "meta_id",
        "synced_at",
    )

    @admin.display(description="pode ser enviado", boolean=True)
    def can_be_sent(self, template: MessageTemplate) -> bool:
        return template.status == MessageTemplate.Status.APPROVED

    @admin.display(description="conteúdo")
    def content(self, template: MessageTemplate) -> str:
        return json.dumps(template.components, ensure_ascii=False, indent=2)


@admin.register(NativeFlow)
class NativeFlowAdmin(ReadOnly, admin.ModelAdmin[NativeFlow]):
    """The WhatsApp Flows at Meta, to read: `sync_whatsapp_flow` writes them."""

    list_display = ("name", "meta_id", "status", "published_at")
    list_filter = ("status",)
    fields = ("name", "meta_id", "status", "version_hash", "created_at", "published_at")
