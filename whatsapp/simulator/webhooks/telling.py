"""Tell the business what is due, once or twice, alone or in batches, in the order that is set."""

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from whatsapp.simulator.models import SimulatedMessage, SimulatedWebhook, Telling
from whatsapp.simulator.webhooks import posting

# What is taken is due again after so long: the process that took it must have died.
_LEASE = timedelta(seconds=30)
# So many updates are taken at a time, where a POST holds fewer.
_TAKEN = 20

Status = SimulatedMessage.Status


def tell() -> int:
    """Make the next POSTs, each with as many updates as are set; return how many there were."""
    how = Telling.current()
    posts = [] if how.muted else list(_posts(_take(how), most=how.batch))
    for rows in posts:
        body = posting.body(rows)
        answers = [posting.post(body) for _ in range(2 if how.twice else 1)]
        _record(rows, answer=posting.OK if posting.OK in answers else answers[0])
    return len(posts)


def tell_all() -> None:
    """Make POSTs until nothing is due."""
    while tell():
        pass


@transaction.atomic
def _take(how: Telling) -> list[SimulatedWebhook]:
    """Return what is due, in the order that is set, and keep it from others for a while."""
    order = "pk" if how.order == Telling.Order.RIGHT else "-pk"
    due = SimulatedWebhook.objects.waiting().filter(due_at__lte=timezone.now()).order_by(order)
    taken = list(due.select_for_update(skip_locked=True)[: max(how.batch, _TAKEN)])
    _these(taken).update(attempts=F("attempts") + 1, due_at=timezone.now() + _LEASE)
    for row in taken:
        row.attempts += 1
    return taken


def _posts(rows: Iterable[SimulatedWebhook], *, most: int) -> Iterator[list[SimulatedWebhook]]:
    """Yield the updates of each POST: so many at most, and no more bytes than Meta's."""
    post: list[SimulatedWebhook] = []
    size = 0
    for row in rows:
        length = len(json.dumps(row.value))
        if post and (len(post) == most or size + length > posting.LONGEST):
            yield post
            post, size = [], 0
        post.append(row)
        size += length
    if post:
        yield post


def _record(rows: list[SimulatedWebhook], *, answer: str) -> None:
    now = timezone.now()
    _these(rows).update(
        last_answer=answer,
        due_at=now + max(row.pause for row in rows),
        delivered_at=now if answer == posting.OK else None,
    )
    if answer == posting.OK:
        _received(rows)


def _received(rows: list[SimulatedWebhook]) -> None:
    """Give what people sent, and the business now has, its second tick."""
    wamids = [sent["id"] for row in rows for sent in row.value.get("messages", ())]
    theirs = SimulatedMessage.objects.filter(wamid__in=wamids, is_from_person=True)
    theirs.filter(status=Status.SENT).update(status=Status.DELIVERED)


def _these(rows: list[SimulatedWebhook]) -> QuerySet[SimulatedWebhook]:
    return SimulatedWebhook.objects.filter(pk__in=[row.pk for row in rows])
