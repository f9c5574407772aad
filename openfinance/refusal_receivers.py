"""What goes out when WhatsApp refuses a message after accepting it, or in the background."""

import logging
from datetime import timedelta

from django.dispatch import receiver
from django.utils import timezone

from openfinance import flows, notices, plan_notices, refusals
from openfinance.exceptions import FlowError
from openfinance.models import Flow
from whatsapp import signals
from whatsapp.exceptions import WhatsAppError
from whatsapp.models import OutgoingMessage

logger = logging.getLogger(__name__)

# Whoever asked longer ago no longer expects an answer, and Meta may tell days later.
_WORTH_IT = timedelta(hours=1)


@receiver(signals.message_refused)
def message_refused(sender: object, message: OutgoingMessage, **kwargs: object) -> None:
    """Queue what may go out in the message's place, if it is a notice, or began a flow lately."""
    if notices.fall_back(message) or plan_notices.fall_back(message):
        return
    recent = Flow.objects.filter(created_at__gte=timezone.now() - _WORTH_IT)
    flow = recent.select_related("user", "message").filter(message=message).first()
    if flow is None:
        refusals.learn(message)
        return
    flow.message = message
    try:
        flows.fall_back(flow, is_queued=True)
    except (FlowError, WhatsAppError) as error:
        logger.warning("nothing goes out in place of message %s: %s", message.pk, error)
