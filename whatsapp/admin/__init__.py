from whatsapp.admin.contacts import ContactAdmin
from whatsapp.admin.messages import OutgoingMessageAdmin
from whatsapp.admin.templates import MessageTemplateAdmin, NativeFlowAdmin

__all__ = ["ContactAdmin", "MessageTemplateAdmin", "NativeFlowAdmin", "OutgoingMessageAdmin"]
