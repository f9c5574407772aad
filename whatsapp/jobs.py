"""Work for the workers, enqueued in the transaction of the change that needs it.

A job is named, so that what enqueues it does not import what runs it, and carries ids only.
"""

from datetime import timedelta
from enum import StrEnum

from procrastinate.contrib.django import app


class Queue(StrEnum):
    """What a worker may be told to take; by default it takes all of them."""

    INBOX = "inbox"
    OUTBOX = "outbox"
    PERIODIC = "periodic"


def enqueue(
    task: str,
    *,
    queue: Queue,
    lock: str | None = None,
    after: timedelta | None = None,
    **ids: int | str,
) -> None:
    """Enqueue a task ("whatsapp.tasks.send") with its ids, to run once the transaction commits.

    Jobs with the same `lock` run one after the other. `after` is the least time to wait.
    """
    schedule = {"seconds": after.total_seconds()} if after else None
    app.configure_task(task, queue=queue, lock=lock, schedule_in=schedule).defer(**ids)
