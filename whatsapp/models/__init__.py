from whatsapp.models.background_jobs import BackgroundJob
from whatsapp.models.contact_facts import ContactFact
from whatsapp.models.contacts import Contact
from whatsapp.models.deliveries import Delivery, MessageStatus
from whatsapp.models.incoming import IncomingUpdate, WebhookEvent
from whatsapp.models.native_flows import NativeFlow
from whatsapp.models.numbers import BusinessNumber
from whatsapp.models.outgoing import OutgoingMessage
from whatsapp.models.templates import MessageTemplate

__all__ = [
    "BackgroundJob",
    "BusinessNumber",
    "Contact",
    "ContactFact",
    "Delivery",
    "IncomingUpdate",
    "MessageStatus",
    "MessageTemplate",
    "NativeFlow",
    "OutgoingMessage",
    "WebhookEvent",
]
