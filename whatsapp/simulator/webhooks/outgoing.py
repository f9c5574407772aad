"""The updates that wait to be told, each a row written together with what it tells of."""

import threading
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from whatsapp.simulator.models import SimulatedWebhook, Telling
from whatsapp.simulator.webhooks.values import Json

# For the sender of this process; one in another process sees the row when it looks.
added = threading.Event()


def add(*values: Json, field: str = "messages") -> None:
    """Queue updates, in their order, in the caller's transaction."""
    now = timezone.now()
    due_at = now + timedelta(seconds=Telling.current().late)
    SimulatedWebhook.objects.bulk_create(
        SimulatedWebhook(field=field, value=value, at=now, due_at=due_at) for value in values
    )
    transaction.on_commit(added.set)
