"""People on WhatsApp, and what its rules say of each."""

from django.db.models import Q
from django.utils import timezone

from whatsapp import updates
from whatsapp.models import Contact


def close_window(*, phone: str) -> None:
    """Remember that WhatsApp takes only templates for this address until the person writes again.

    `phone` is an address as `outbox.queue` takes it.
    """
    forms = updates.variants(phone.removeprefix("+"))
    person = Q(phone__in=[f"+{form}" for form in forms]) | Q(wa_id__in=forms) | Q(user_id=phone)
    Contact.objects.in_window().filter(person).update(window_ends_at=timezone.now())
