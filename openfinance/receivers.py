"""What this app makes of what people write to us."""

from django.dispatch import receiver

from openfinance.chat import hearing
from whatsapp import signals, updates
from whatsapp.models import Contact


@receiver(signals.message_received)
def message_received(
    sender: object, contact: Contact, message: updates.Message, **kwargs: object
) -> None:
    """Let the chat answer."""
    hearing.hear(contact=contact, message=message)
