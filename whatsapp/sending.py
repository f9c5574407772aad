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

from whatsapp import numbers, outbox, owners, pacing, phone_codes, signals
from whatsapp.models import OutgoingMessage
from whatsapp.providers import NextStep, Outcome, SendError

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 8
# Whoever wrote to us an hour ago no longer waits for the answer, and would wonder about it.
EXPIRES_AFTER = timedelta(hours=1)
_LONGEST_WAIT = timedelta(minutes=5)
# A turn this near is slept for; for one further away the thread takes another job.
_PATIENCE = timedelta(seconds=2)
# What was queued so shortly before an opt-out may be its answer: Meta's clock is not ours.
_AT_ONCE = timedelta(seconds=5)


def send(message_id: UUID) -> None:
    """Send a queued message in its turn; do nothing about one that is no longer queued."""
    message = OutgoingMessage.objects.queued().select_related("user").filter(pk=message_id).first()
    if message is None:
        return
    obstacle = _obstacle(message)
    if obstacle:
        if outbox.withdraw(message, reason=obstacle):
            logger.warning("message %s is not sent: %s", message.pk, obstacle)
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


def _obstacle(message: OutgoingMessage) -> str:
    """Say why the message must not leave any more; "" when it may."""
    if timezone.now() - message.created_at > EXPIRES_AFTER:
        return f"it waited in the queue for too long; {message.error_details}".strip("; ")
    people = owners.known_as(message.phone)
    since = message.created_at + _AT_ONCE
    if any(person.opted_out_at and person.opted_out_at > since for person in people):
        return "the person asked for no more messages"
    if phone_codes.is_code(message):
        return "" if phone_codes.is_good(message) else "its code is no longer good"
    user = message.user
    if user and not owners.reaches(user, address=message.phone, contacts=people):
        return owners.LOST
    return ""


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


def _backoff(message: OutgoingMessage, next_step: NextStep) -> timedelta:
    """Return how long the message waits, as reference §3 says for each limit."""
    retries = message.attempts - 1
    match next_step:
        case NextStep.PAUSE_CONTACT:
            wait = min(timedelta(seconds=4**retries), _LONGEST_WAIT)
            pacing.hold(to=message.phone, duration=wait)
            return wait
        case NextStep.PAUSE_QUEUE:
            return numbers.wait(is_template=False)
    return min(timedelta(seconds=2**retries), _LONGEST_WAIT) * random.uniform(1, 1.5)  # noqa: S311
