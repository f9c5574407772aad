"""What became of our messages, by what WhatsApp tells of them: in any order, once or many times.

A message's row depends on what was told of it and not on the order: its delivery only rises in
rank, and of several failures the earliest is the reason.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from whatsapp import delivery_failures, outbox, signals, updates
from whatsapp.models import Delivery, MessageStatus, OutgoingMessage
from whatsapp.providers import Outcome
from whatsapp.updates import DeliveryState

logger = logging.getLogger(__name__)

NOT_OURS = "ignored: of no message of ours"
OF_AN_ATTEMPT_BEFORE = "ignored: of an attempt before, the message is queued again"
_RECORDED = updates.Status.__name__
_LONGEST_WORD = 20

_RANKS: dict[str, int] = {
    "": 0,
    Delivery.SENT: 1,
    Delivery.FAILED: 2,
    Delivery.DELIVERED: 3,
    Delivery.READ: 4,
}
_FACTS = (
    "status",
    "settled_at",
    "whatsapp_id",
    "wa_id",
    "is_permanent",
    "error_code",
    "error_details",
    "next_step",
    "delivery",
)

Status = OutgoingMessage.Status


def record(status: updates.Status) -> str:
    """Do what `record_all` does for one status."""
    return record_all([status])[0]


def record_all(statuses: Sequence[updates.Status]) -> list[str]:
    """Record what statuses tell of our messages; return what was made of each, in their order.

    Their messages stay locked until the caller's transaction ends, so that a POST which returns
    meanwhile finds what is written here. A message that is refused by this is told once to the
    receivers of `signals.message_refused`.
    """
    ours = _Ours.of(statuses)
    told = [(status, ours.find(status)) for status in statuses]
    news = [(status, message) for status, message in told if message and _is_news(status, message)]
    MessageStatus.objects.bulk_create(
        (_history(status, message) for status, message in news), ignore_conflicts=True
    )
    before = {message.pk: (message, _facts(message)) for _, message in news}
    now = timezone.now()
    for status, message in news:
        _tell(message, status, now=now)
    _save(before.values())
    for message, facts in before.values():
        if _is_refused(_facts(message)) and not _is_refused(facts):
            logger.warning("message %s is refused: code %s", message.pk, message.error_code)
            signals.message_refused.send(sender=OutgoingMessage, message=message)
    return [_outcome(status, message) for status, message in told]


@dataclass(frozen=True, slots=True)
class _Ours:
    """Our messages that statuses name, by the id we gave them and by WhatsApp's."""

    by_id: dict[UUID, OutgoingMessage] = field(default_factory=dict)
    by_whatsapp_id: dict[str, OutgoingMessage] = field(default_factory=dict)

    @classmethod
    def of(cls, statuses: Iterable[updates.Status]) -> "_Ours":
        ids = {_our_id(status) for status in statuses} - {None}
        whatsapp_ids = {status.message_id for status in statuses}
        found = cls()
        named = OutgoingMessage.objects.filter(Q(pk__in=ids) | Q(whatsapp_id__in=whatsapp_ids))
        # All in one order, so that two workers never wait for each other in a circle.
        for message in named.defer("payload").order_by("pk").select_for_update(no_key=True):
            found.by_id[message.pk] = message
            found.by_whatsapp_id[message.whatsapp_id] = message
        return found

    def find(self, status: updates.Status) -> OutgoingMessage | None:
        key = _our_id(status)
        by_id = self.by_id.get(key) if key else None
        return by_id or self.by_whatsapp_id.get(status.message_id)


def _our_id(status: updates.Status) -> UUID | None:
    try:
        return UUID(status.callback_data or "")
    except ValueError:
        return None


def _is_news(status: updates.Status, message: OutgoingMessage) -> bool:
    """Leave out a failure of an attempt that we know of already: the message goes out again."""
    is_failure = status.state is DeliveryState.FAILED
    return not (is_failure and message.status == Status.QUEUED)


def _outcome(status: updates.Status, message: OutgoingMessage | None) -> str:
    if message is None:
        return NOT_OURS
    return _RECORDED if _is_news(status, message) else OF_AN_ATTEMPT_BEFORE


def _history(status: updates.Status, message: OutgoingMessage) -> MessageStatus:
    row = MessageStatus(message=message, state=status.word[:_LONGEST_WORD], at=status.at)
    if status.state is DeliveryState.FAILED:
        row.error_code = delivery_failures.code(status)
        row.error_details = delivery_failures.details(status)
    return row


def _tell(message: OutgoingMessage, status: updates.Status, *, now: datetime) -> None:
    message.whatsapp_id = message.whatsapp_id or status.message_id
    message.wa_id = message.wa_id or status.recipient_wa_id or ""
    match status.state:
        case DeliveryState.SENT:
            _went_out(message, Delivery.SENT, now=now)
        case DeliveryState.DELIVERED:
            _went_out(message, Delivery.DELIVERED, now=now)
        case DeliveryState.READ | DeliveryState.PLAYED:
            _went_out(message, Delivery.READ, now=now)
        case DeliveryState.FAILED:
            _failed(message, now=now)
            delivery_failures.note(status, now=now)
        case DeliveryState.OTHER:
            pass  # it proves nothing
        case _:
            assert_never(status.state)


def _went_out(message: OutgoingMessage, delivery: Delivery, *, now: datetime) -> None:
    if message.status in outbox.MOVES[Status.ACCEPTED]:
        message.status, message.settled_at, message.is_permanent = Status.ACCEPTED, now, False
    _raise(message, delivery)
    if message.delivery != Delivery.FAILED:
        message.error_code, message.error_details, message.next_step = None, "", ""


def _failed(message: OutgoingMessage, *, now: datetime) -> None:
    if message.status in outbox.MOVES[Status.FAILED]:
        message.status, message.settled_at = Status.FAILED, now
    _raise(message, Delivery.FAILED)
    if message.delivery != Delivery.FAILED:
        return
    reason = message.statuses.filter(state=DeliveryState.FAILED).earliest("at")
    known = delivery_failures.meaning(reason.error_code)
    is_refused = message.status == Status.FAILED
    message.is_permanent = is_refused and known.outcome is Outcome.PERMANENT
    message.error_code, message.error_details = reason.error_code, reason.error_details
    message.next_step = known.next_step


def _raise(message: OutgoingMessage, delivery: Delivery) -> None:
    message.delivery = max(message.delivery, delivery, key=_RANKS.__getitem__)


def _facts(message: OutgoingMessage) -> dict[str, object]:
    return {name: getattr(message, name) for name in _FACTS}


def _is_refused(facts: dict[str, object]) -> bool:
    return facts["status"] == Status.FAILED or facts["delivery"] == Delivery.FAILED


def _save(pairs: Iterable[tuple[OutgoingMessage, dict[str, object]]]) -> None:
    """Write what changed, the messages with the same changes in one statement."""
    alike: defaultdict[tuple[tuple[str, object], ...], list[UUID]] = defaultdict(list)
    for message, facts in pairs:
        changes = tuple(
            (name, value) for name, value in _facts(message).items() if value != facts[name]
        )
        alike[changes].append(message.pk)
    for changes, keys in alike.items():
        if changes:
            OutgoingMessage.objects.filter(pk__in=keys).update(**dict(changes))
