"""What becomes of a message that was accepted: its status, and the webhook that tells it."""

from django.db import transaction
from django.utils import timezone

from whatsapp.simulator.models import SimulatedMessage
from whatsapp.simulator.webhooks import outgoing, values

Status = SimulatedMessage.Status

_UNDELIVERABLE = 131026


@transaction.atomic
def accepted(message: SimulatedMessage, *, category: str) -> None:
    """Deliver a message to its phone at once, or tell that nobody has that number.

    `category` is what it is billed as.
    """
    if message.phone is None:
        fail(message, code=_UNDELIVERABLE, details="Message undeliverable.")
        return
    now = timezone.now()
    SimulatedMessage.objects.filter(pk=message.pk).update(status=Status.DELIVERED)
    outgoing.add(
        values.status(message, Status.SENT, now, category=category),
        values.status(message, Status.DELIVERED, now, category=category),
    )


@transaction.atomic
def read(message: SimulatedMessage) -> None:
    """Let the person have seen a message; one that was seen already stays as it is."""
    seen = SimulatedMessage.objects.filter(
        pk=message.pk, is_from_person=False, status=Status.DELIVERED
    )
    if seen.update(status=Status.READ):
        outgoing.add(values.status(message, Status.READ, timezone.now()))


@transaction.atomic
def fail(message: SimulatedMessage, *, code: int, details: str) -> None:
    """Let a message never arrive, for one of Graph's reasons."""
    SimulatedMessage.objects.filter(pk=message.pk).update(status=Status.FAILED)
    outgoing.add(values.failure(message, timezone.now(), code=code, details=details))
