"""Queued messages, which workers hand to WhatsApp in their turn.

A message leaves the queue by one conditional update, committed before the call, so two workers
never send the same one; and what was proven unsent goes back, a few times, after a while.
"""

import logging
import random
import time
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from whatsapp import numbers, outbox, pacing, signals
from whatsapp.models import OutgoingMessage
from whatsapp.providers import NextStep, Outcome, SendError

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
# Whoever wrote to us an hour ago no longer waits for the answer, and would wonder about it.
EXPIRES_AFTER = timedelta(hours=1)
# A turn this near is slept for; for one further away the thread takes another job.
_PATIENCE = timedelta(seconds=2)


def send(message_id: UUID) -> None:
    """Send a queued message in its turn; do nothing about one that is no longer queued."""
    message = OutgoingMessage.objects.queued().filter(pk=message_id).first()
    if message is None:
        return
    if timezone.now() - message.created_at > EXPIRES_AFTER:
        outbox.move(
            message,
            OutgoingMessage.Status.FAILED,
            error_details=message.error_details or "it waited in the queue for too long",
        )
        logger.error("message %s waited for too long and is not sent", message.pk)
        return
    delay = numbers.wait(is_template=message.payload.get("type") == "template")
    if delay:
        outbox.enqueue(message, after=delay)
        return
    turn = pacing.take(to=message.phone, patience=_PATIENCE)
    if not turn.is_taken:
        outbox.enqueue(message, after=turn.wait)
        return
    _sleep(turn.wait)
    if outbox.claim(message):
        _hand_over(message)


def forgotten() -> int:
    """Enqueue the queued messages that have no job, as after one that failed; return how many."""
    lost = OutgoingMessage.objects.without_job(before=timezone.now() - timedelta(minutes=5))
    for message in lost:
        outbox.enqueue(message)
    return len(lost)


def _sleep(wait: timedelta) -> None:
    if wait:
        connection.close()
        time.sleep(wait.total_seconds())


def _hand_over(message: OutgoingMessage) -> None:
    try:
        acceptance = outbox.hand_over(message)
    except SendError as error:
        _refused(message, error)
    else:
        outbox.accepted(message, acceptance)


def _refused(message: OutgoingMessage, error: SendError) -> None:
    """Queue the message again when it was proven unsent, else record how it ended."""
    if error.outcome is Outcome.UNSENT and message.attempts < MOST_ATTEMPTS:
        numbers.note(error, attempts=message.attempts)
        outbox.put_back(message, error, after=_backoff(message, error.next_step))
        return
    try:
        with transaction.atomic():
            outbox.refused(message, error)
            if error.outcome is Outcome.PERMANENT:
                signals.message_refused.send(sender=OutgoingMessage, message=message)
    except Exception:
        # Whatever its receivers make of it, the refusal stays known.
        outbox.refused(message, error)
        logger.exception("nothing went out in place of message %s", message.pk)
        raise


def _backoff(message: OutgoingMessage, next_step: NextStep) -> timedelta:
    """Return how long the message waits, as reference §3 says for each limit."""
    retries = message.attempts - 1
    match next_step:
        case NextStep.PAUSE_CONTACT:
            wait = timedelta(seconds=4**retries)
            pacing.hold(to=message.phone, duration=wait)
            return wait
        case NextStep.PAUSE_QUEUE:
            return numbers.wait(is_template=False)
    return timedelta(seconds=2**retries) * random.uniform(1, 1.5)  # noqa: S311
