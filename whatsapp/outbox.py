"""Outgoing messages: write the intent, call the network, write the outcome.

A process killed in between leaves a message `sending`; `settle` turns it into `unknown`, and
nothing here ever sends a message a second time.
"""

import logging
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.models import User
from whatsapp import exceptions, messages
from whatsapp.models import OutgoingMessage
from whatsapp.providers import Accepted, Outcome, Provider, SendError, payloads

logger = logging.getLogger(__name__)

Status = OutgoingMessage.Status

# Which states each outcome may replace. A late `unknown` never overwrites what is known.
MOVES: dict[OutgoingMessage.Status, tuple[OutgoingMessage.Status, ...]] = {
    Status.ACCEPTED: (Status.SENDING, Status.UNKNOWN),
    Status.FAILED: (Status.SENDING, Status.UNKNOWN),
    Status.UNKNOWN: (Status.SENDING,),
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


def intend(*, user: User, message: messages.Message) -> OutgoingMessage:
    """Write down that a message is about to go to the user's phone; send it with `deliver`."""
    return OutgoingMessage.objects.create(
        user=user, phone=user.phone, kind=message.kind, payload=payloads.content(message)
    )


def deliver(outgoing: OutgoingMessage, message: messages.Message) -> OutgoingMessage:
    """Hand an intended message to WhatsApp, once, and record the outcome on it.

    The database connection goes back to the pool before the call, which may last seconds. Raises
    InsideTransaction when a transaction is open.
    """
    if connection.in_atomic_block:
        raise exceptions.InsideTransaction
    connection.close()
    try:
        accepted = provider().send(
            to=outgoing.phone, message=message, callback_data=str(outgoing.pk)
        )
    except SendError as error:
        return _refused(outgoing, error)
    return _accepted(outgoing, accepted)


def settle(*, now: datetime | None = None) -> int:
    """Turn the messages whose process died into `unknown`; return how many there were."""
    now = now or timezone.now()
    stuck = OutgoingMessage.objects.stuck(before=now - deadline())
    return stuck.update(
        status=Status.UNKNOWN, settled_at=now, error_details="the sending process died"
    )


def _accepted(outgoing: OutgoingMessage, accepted: Accepted) -> OutgoingMessage:
    return _move(
        outgoing, Status.ACCEPTED, whatsapp_id=accepted.message_id, wa_id=accepted.wa_id or ""
    )


def _refused(outgoing: OutgoingMessage, error: SendError) -> OutgoingMessage:
    status = Status.UNKNOWN if error.outcome is Outcome.UNKNOWN else Status.FAILED
    logger.warning("message %s is %s: code %s, %s", outgoing.pk, status, error.code, error.details)
    return _move(
        outgoing,
        status,
        whatsapp_id=error.message_id or "",
        is_permanent=error.outcome is Outcome.PERMANENT,
        error_code=error.code,
        error_details=error.details[:500],
        next_step=error.next_step,
    )


def _move(
    outgoing: OutgoingMessage, status: OutgoingMessage.Status, **facts: object
) -> OutgoingMessage:
    facts |= {"status": status, "settled_at": timezone.now()}
    moved = OutgoingMessage.objects.filter(pk=outgoing.pk, status__in=MOVES[status]).update(**facts)
    if not moved:
        outgoing.refresh_from_db()
        return outgoing
    for name, value in facts.items():
        setattr(outgoing, name, value)
    return outgoing
