"""What Meta tells us: kept as it came, taken apart, and each update processed once.

Nothing is lost and nothing is done twice wherever a worker is killed: what is not marked as done in
the transaction that did it is still there for the next job.
"""

import logging
import random
import time
import traceback
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import encryption
from whatsapp import deliveries, handling, jobs, updates
from whatsapp.models import IncomingUpdate, WebhookEvent

logger = logging.getLogger(__name__)

# How much one transaction takes: its locks and its memory are held that long.
_EVENTS = 20
_UPDATES = 100
_ROWS = 1000
# A job that lasts longer than a worker waits when it stops would be cut off in the middle.
_LONGEST_JOB_SECONDS = 15.0
MOST_ATTEMPTS = 10
_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(hours=1)


def store(body: bytes) -> WebhookEvent:
    """Keep a POST of Meta's; a worker takes it apart once this is committed."""
    with transaction.atomic():
        event = WebhookEvent.objects.create(body=body)
        _wake()
    return event


def take_in() -> None:
    """Take apart what came and process what is due, for a while; leave the rest to another job."""
    until = time.monotonic() + _LONGEST_JOB_SECONDS
    while split() + process():
        if time.monotonic() > until:
            _wake()
            return


def split() -> int:
    """Give the updates of a few POSTs rows of their own; return how many POSTs there were.

    An update that came before, in whichever POST, keeps the row it has.
    """
    with transaction.atomic():
        waiting = WebhookEvent.objects.filter(split_at__isnull=True).order_by("received_at", "pk")
        events = list(waiting.select_for_update(skip_locked=True)[:_EVENTS])
        rows: dict[str, IncomingUpdate] = {}
        for event in events:
            for row in _take_apart(event):
                rows.setdefault(row.key, row)
        # In the order of their keys, so that two workers never wait for each other in a circle.
        ordered = [rows[key] for key in sorted(rows)]
        IncomingUpdate.objects.bulk_create(ordered, batch_size=_ROWS, ignore_conflicts=True)
        WebhookEvent.objects.bulk_update(events, ["split_at", "error"])
    return len(events)


def process() -> int:
    """Process a few of the updates that are due, oldest first; return how many there were.

    Most of them take one transaction together; if that fails, and for those that may wait for
    other rows, each has one of its own, so that none stands in the way of another.
    """
    rows: list[IncomingUpdate] = []
    try:
        with transaction.atomic():
            rows = _claim(IncomingUpdate.objects.due().order_by("next_attempt_at", "pk")[:_UPDATES])
            alone = _process_together(rows)
    except Exception as error:
        if not rows:
            raise
        logger.warning("%d updates are processed one by one: %s", len(rows), _describe(error))
        alone = rows
    for row in alone:
        _process_alone(row.pk)
    return len(rows)


def replay(rows: QuerySet[IncomingUpdate]) -> int:
    """Let workers try again, from the start, what is not processed; return how many there are.

    What was processed stays as it is: people would get their answers twice.
    """
    with transaction.atomic():
        count = rows.filter(processed_at__isnull=True).update(
            attempts=0, next_attempt_at=timezone.now(), error=""
        )
        _wake()
    return count


def split_again(events: QuerySet[WebhookEvent]) -> int:
    """Let workers read again the POSTs that could not be read; return how many there are."""
    with transaction.atomic():
        count = events.exclude(error="").update(split_at=None, error="")
        _wake()
    return count


def _wake() -> None:
    jobs.enqueue("whatsapp.tasks.take_in", queue=jobs.Queue.INBOX)


def _take_apart(event: WebhookEvent) -> list[IncomingUpdate]:
    """Return the unsaved rows of a POST, due in the order in which it tells them."""
    event.split_at = timezone.now()
    try:
        pieces = updates.split(bytes(event.body))
    except updates.Unreadable as error:
        event.error = str(error)
        logger.warning("webhook %s cannot be read: %s", event.pk, error)
        return []
    # The clock of the machine that took the POST may be ahead of ours.
    due = min(event.received_at, event.split_at)
    return [
        IncomingUpdate(
            key=encryption.index(piece.key, purpose="update"),
            content=piece.content,
            event=event,
            received_at=event.received_at,
            next_attempt_at=due + timedelta(microseconds=position),
        )
        for position, piece in enumerate(pieces)
    ]


def _claim(rows: QuerySet[IncomingUpdate]) -> list[IncomingUpdate]:
    """Lock the rows that no other worker has, until this transaction ends."""
    return list(rows.select_for_update(skip_locked=True))


def _process_together(rows: Iterable[IncomingUpdate]) -> list[IncomingUpdate]:
    """Process what waits for nobody and tells nobody; return the others."""
    outcomes: dict[str, list[int]] = {}
    alone: list[IncomingUpdate] = []
    statuses: list[updates.Status] = []
    told: list[int] = []
    for row in rows:
        update = _read(row)
        if outcome := handling.ignored(update):
            outcomes.setdefault(outcome, []).append(row.pk)
        elif isinstance(update, updates.Status) and update.state != updates.DeliveryState.FAILED:
            statuses.append(update)
            told.append(row.pk)
        else:
            alone.append(row)
    for key, outcome in zip(told, deliveries.record_all(statuses), strict=True):
        outcomes.setdefault(outcome, []).append(key)
    for outcome, keys in outcomes.items():
        IncomingUpdate.objects.filter(pk__in=keys).update(**_done(outcome))
    return alone


def _process_alone(key: int) -> None:
    with transaction.atomic():
        for row in _claim(IncomingUpdate.objects.due().filter(pk=key)):
            try:
                with transaction.atomic():
                    outcome, contact = handling.handle(_read(row))
            except Exception as error:  # noqa: BLE001  whatever it is, it is this update's alone
                _postpone(row, error)
            else:
                this = IncomingUpdate.objects.filter(pk=key)
                this.update(contact=contact, **_done(outcome))


def _read(row: IncomingUpdate) -> updates.Update:
    return updates.read(updates.Piece(key=row.key, content=row.content))


def _done(outcome: str) -> dict[str, object]:
    return {
        "processed_at": timezone.now(),
        "outcome": outcome[:200],
        "next_attempt_at": None,
        "error": "",
    }


def _postpone(row: IncomingUpdate, error: Exception) -> None:
    """Let an update that failed wait for its next attempt, or for staff after the last one."""
    attempts, description = row.attempts + 1, _describe(error)
    wait = min(_FIRST_WAIT * 2**row.attempts, _LONGEST_WAIT) * random.uniform(1, 1.5)  # noqa: S311
    is_given_up = attempts >= MOST_ATTEMPTS
    IncomingUpdate.objects.filter(pk=row.pk).update(
        attempts=attempts,
        next_attempt_at=None if is_given_up else timezone.now() + wait,
        error=description,
    )
    if is_given_up:
        logger.error("update %s is given up and waits for staff: %s", row.pk, description)
    else:
        logger.warning("update %s failed, attempt %d: %s", row.pk, attempts, description)


def _describe(error: Exception) -> str:
    """Return the error's type and our own line it came through; its message may quote a person."""
    frames = [
        (Path(frame.filename).relative_to(settings.BASE_DIR), frame)
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(settings.BASE_DIR)
        and "site-packages" not in frame.filename
    ]
    path, frame = frames[-1]
    return f"{type(error).__name__} at {path}:{frame.lineno} in {frame.name}"
