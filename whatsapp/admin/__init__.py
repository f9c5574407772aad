from whatsapp.admin.background_jobs import BackgroundJobAdmin
from whatsapp.admin.contacts import ContactAdmin
from whatsapp.admin.inbox import IncomingUpdateAdmin, WebhookEventAdmin
from whatsapp.admin.messages import OutgoingMessageAdmin
from whatsapp.admin.numbers import BusinessNumberAdmin
from whatsapp.admin.templates import MessageTemplateAdmin, NativeFlowAdmin
from whatsapp.admin.users import UserWithCodesAdmin

__all__ = [
    "BackgroundJobAdmin",
    "BusinessNumberAdmin",
    "ContactAdmin",
    "IncomingUpdateAdmin",
    "MessageTemplateAdmin",
    "NativeFlowAdmin",
    "OutgoingMessageAdmin",
    "UserWithCodesAdmin",
    "WebhookEventAdmin",
]
