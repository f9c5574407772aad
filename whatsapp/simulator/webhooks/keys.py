"""What tells one update from another, by Meta's own ids."""

from collections.abc import Iterator

from whatsapp.simulator.webhooks.values import Json


def of(value: Json) -> Iterator[str]:
    """Yield a key for each message and status of a change, however they were grouped when told."""
    for message in value.get("messages", ()):
        yield f"message:{message['id']}"
    for status in value.get("statuses", ()):
        yield f"status:{status['id']}:{status['status']}:{status['timestamp']}"
