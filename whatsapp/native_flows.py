"""The WhatsApp Flows at Meta that may be sent, or not."""

import logging

from whatsapp import flow_keys
from whatsapp.models import NativeFlow
from whatsapp.updates import AccountEvent

logger = logging.getLogger(__name__)

Status = NativeFlow.Status

# What a send refused with one of Graph's codes tells of the Flow.
_STATUS_OF_CODE = {132068: Status.BLOCKED, 132069: Status.THROTTLED}


def usable() -> NativeFlow | None:
    """Return the Flow to send; None when there is none, or no key to open what it sends."""
    return NativeFlow.objects.usable().first() if flow_keys.are_configured() else None


def refused(meta_id: str, *, code: int | None) -> None:
    """Remember that WhatsApp refused to send a Flow, until Meta or a sync says otherwise."""
    status = _STATUS_OF_CODE.get(code or 0)
    if status and _told(meta_id, status):
        logger.error("Flow %s is %s", meta_id, status)


def status_told(event: AccountEvent) -> None:
    """Keep the status that Meta says a Flow of ours has now."""
    status = event.details.get("new_status")
    if status in Status.values and _told(str(event.details.get("flow_id")), Status(status)):
        logger.warning("Flow %s is %s", event.details["flow_id"], status)


def _told(meta_id: str, status: NativeFlow.Status) -> int:
    # One that we replaced stays so.
    ours = NativeFlow.objects.filter(meta_id=meta_id).exclude(status=Status.DEPRECATED)
    return ours.update(status=status)
