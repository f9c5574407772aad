"""Outgoing messages: write the intent, call the network, write the outcome.

A process killed in between leaves a message `sending`; `settle` turns it into `unknown`, and
nothing here ever sends a message a second time.
"""

import logging
import uuid
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.models import User
from whatsapp import exceptions, jobs, messages, numbers, pacing, tokens
from whatsapp.models import OutgoingMessage
from whatsapp.providers import Accepted, Outcome, Provider, SendError, payloads

logger = logging.getLogger(__name__)

Status = OutgoingMessage.Status

# Which states each outcome may replace. A late `unknown` never overwrites what is known.
MOVES: dict[OutgoingMessage.Status, tuple[OutgoingMessage.Status, ...]] = {
    Status.QUEUED: (Status.SENDING,),
    Status.SENDING: (Status.QUEUED,),
    # Also what seemed unsent: WhatsApp's word that it has the message is the better proof.
    Status.ACCEPTED: (
        Status.QUEUED,
        Status.SENDING,
        Status.FAILED,
        Status.UNKNOWN,
        Status.UNCONFIRMED,
    ),
    Status.FAILED: (Status.QUEUED, Status.SENDING, Status.UNKNOWN, Status.UNCONFIRMED),
    Status.UNKNOWN: (Status.SENDING,),
    Status.UNCONFIRMED: (Status.UNKNOWN,),
}


@cache
def provider() -> Provider:
    """Return this process's adapter to WhatsApp, named in settings."""
    adapter: Provider = import_string(settings.WHATSAPP["BACKEND"])(**settings.WHATSAPP["OPTIONS"])
    return adapter


def require_configured() -> None:
    """Raise NotConfigured unless there is an access token and a phone-number id."""
    options = settings.WHATSAPP["OPTIONS"]
    if not (options["access_token"] and options["phone_number_id"]):
        raise exceptions.NotConfigured


def deadline() -> timedelta:
    """Return the age after which a `sending` message has lost the process that sent it."""
    options = settings.WHATSAPP["OPTIONS"]
    return timedelta(seconds=options["connect_timeout"] + options["total_timeout"] + 5)


def intend(
    *,
    user: User,
    message: messages.Message,
    to: str | None = None,
    replaces: OutgoingMessage | None = None,
) -> OutgoingMessage:
    """Write down that a message is about to go to the user's phone; send it with `deliver`.

    `to` is where it goes instead, as `queue` takes it. `replaces` is the refused message it goes
    out for: a second one for the same violates a constraint.
    """
    now = timezone.now()
    return OutgoingMessage.objects.create(
        user=user,
        phone=to or user.phone,
        kind=message.kind,
        payload=payloads.content(message),
        replaces=replaces,
        created_at=now,
        sending_since=now,
    )


def pretend(*, user: User, message: messages.Message, to: str) -> OutgoingMessage:
    """Write down a test message as one that WhatsApp took: it goes to nobody and uses no pace."""
    now = timezone.now()
    pk = uuid.uuid4()
    return OutgoingMessage.objects.create(
        pk=pk,
        user=user,
        phone=to,
        kind=message.kind,
        payload=payloads.content(message),
        is_test=True,
        status=Status.ACCEPTED,
        whatsapp_id=f"test-{pk}",
        created_at=now,
        settled_at=now,
    )


def queue(
    *,
    to: str,
    message: messages.Message,
    user: User | None = None,
    replaces: OutgoingMessage | None = None,
    pk: UUID | None = None,
) -> OutgoingMessage:
    """Write down a message that a worker sends once this transaction commits.

    `to` is E.164 with its `+`, or a business-scoped user id; `user` is None for a stranger. `pk` is
    its id where that is known before, as what it carries is made of it.
    """
    outgoing = OutgoingMessage.objects.create(
        id=pk or uuid4(),
        user=user,
        phone=to,
        kind=message.kind,
        payload=payloads.content(message),
        replaces=replaces,
        status=Status.QUEUED,
    )
    enqueue(outgoing)
    return outgoing


def enqueue(outgoing: OutgoingMessage, *, after: timedelta | None = None) -> None:
    """Let a worker send a queued message once this transaction commits, after so long at least."""
    jobs.enqueue(
        "whatsapp.tasks.send", queue=jobs.Queue.OUTBOX, after=after, message_id=str(outgoing.pk)
    )


def token(outgoing: OutgoingMessage) -> str:
    """Return the token that stands where the message's payload has a placeholder."""
    return tokens.derive(outgoing.pk, key=settings.LINK_KEY)


def deliver(outgoing: OutgoingMessage) -> OutgoingMessage:
    """Hand an intended message to WhatsApp now, once, and record the outcome on it.

    Its pace is counted but not kept: somebody waits for the answer. Raises InsideTransaction when a
    transaction is open.
    """
    error = attempt(outgoing)
    return refused(outgoing, error) if error else outgoing


def attempt(outgoing: OutgoingMessage) -> SendError | None:
    """Do what `deliver` does, but return the error, for who records it together with more."""
    if connection.in_atomic_block:
        raise exceptions.InsideTransaction
    if outgoing.is_test:
        return None  # it was taken as it was written
    pacing.count(to=outgoing.phone)
    try:
        acceptance = hand_over(outgoing)
    except SendError as error:
        return error
    accepted(outgoing, acceptance)
    return None


def hand_over(outgoing: OutgoingMessage) -> Accepted:
    """Hand a message that is `sending` to WhatsApp, once, and record nothing. Raises SendError.

    The database connection goes back to the pool before the call, which may last seconds.
    """
    if connection.in_atomic_block:
        raise exceptions.InsideTransaction
    connection.close()
    texts = {
        tokens.PLACEHOLDER: token(outgoing),
        tokens.CODE_PLACEHOLDER: tokens.derive_code(outgoing.pk, key=settings.LINK_KEY),
    }
    content: dict[str, Any] = tokens.fill(outgoing.payload, texts)
    return provider().send(to=outgoing.phone, content=content, callback_data=str(outgoing.pk))


def settle(*, now: datetime | None = None) -> int:
    """Turn the messages whose process died into `unknown`; return how many there were."""
    now = now or timezone.now()
    stuck = OutgoingMessage.objects.stuck(before=now - deadline())
    return stuck.update(
        status=Status.UNKNOWN, settled_at=now, error_details="the sending process died"
    )


def unconfirm(*, now: datetime | None = None) -> int:
    """Turn what no webhook settled in time into `unconfirmed`, for staff; return how many.

    A status that comes later still settles it.
    """
    now = now or timezone.now()
    overdue = OutgoingMessage.objects.overdue(before=now - settings.WHATSAPP_UNCONFIRMED_AFTER)
    count = overdue.update(status=Status.UNCONFIRMED, settled_at=now)
    if count:
        logger.warning("%d messages were never confirmed and wait for staff", count)
    return count


def accepted(outgoing: OutgoingMessage, acceptance: Accepted) -> OutgoingMessage:
    """Record that WhatsApp took the message."""
    return move(
        outgoing,
        Status.ACCEPTED,
        whatsapp_id=acceptance.message_id,
        wa_id=acceptance.wa_id or "",
        is_permanent=False,
    )


def refused(outgoing: OutgoingMessage, error: SendError) -> OutgoingMessage:
    """Record that WhatsApp did not take the message, or may not have, and what that says of us."""
    numbers.note(error)
    status = Status.UNKNOWN if error.outcome is Outcome.UNKNOWN else Status.FAILED
    logger.warning("message %s is %s: code %s, %s", outgoing.pk, status, error.code, error.details)
    return move(
        outgoing,
        status,
        whatsapp_id=error.message_id or "",
        is_permanent=error.outcome is Outcome.PERMANENT,
        **_reason(error),
    )


def claim(outgoing: OutgoingMessage) -> bool:
    """Turn a queued message into one that this process sends; False when another one has it."""
    return _moved(
        outgoing,
        Status.SENDING,
        attempts=outgoing.attempts + 1,
        sending_since=timezone.now(),
        settled_at=None,
    )


def withdraw(outgoing: OutgoingMessage, *, reason: str) -> bool:
    """Turn a queued message into a failed one; False when it is no longer queued.

    Unlike `move`, it leaves alone what another process has begun to send.
    """
    withdrawn = OutgoingMessage.objects.queued().filter(pk=outgoing.pk)
    return bool(
        withdrawn.update(
            status=Status.FAILED, settled_at=timezone.now(), error_details=reason[:500]
        )
    )


def put_back(outgoing: OutgoingMessage, error: SendError, *, after: timedelta) -> None:
    """Queue a message again that provably was not sent, for a worker to take after so long."""
    with transaction.atomic():
        if _moved(outgoing, Status.QUEUED, settled_at=None, **_reason(error)):
            enqueue(outgoing, after=after)


def move(
    outgoing: OutgoingMessage, status: OutgoingMessage.Status, **facts: object
) -> OutgoingMessage:
    """Give a message the status, with facts that come with it, if its present one allows that.

    Otherwise the message is read again, and has what another process wrote.
    """
    if not _moved(outgoing, status, settled_at=timezone.now(), **facts):
        outgoing.refresh_from_db()
    return outgoing


def _moved(outgoing: OutgoingMessage, status: OutgoingMessage.Status, **facts: object) -> bool:
    facts["status"] = status
    moved = OutgoingMessage.objects.filter(pk=outgoing.pk, status__in=MOVES[status]).update(**facts)
    if moved:
        for name, value in facts.items():
            setattr(outgoing, name, value)
    return bool(moved)


def _reason(error: SendError) -> dict[str, object]:
    return {
        "error_code": error.code,
        "error_details": error.details[:500],
        "next_step": error.next_step,
    }
