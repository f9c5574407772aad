"""Work for the workers, enqueued in the transaction of the change that needs it.

A job is named, so that what enqueues it does not import what runs it, and carries ids only. It may
run twice, after a worker was killed, so what it does must be the same the second time.
"""

import logging
import random
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum

from django.db import transaction
from django.utils import timezone
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status

logger = logging.getLogger(__name__)

# How often a worker tells that it lives, and the silence after which others take over its jobs.
# One that was only slow goes on with them too, which does no harm to what may run twice.
HEARTBEAT_SECONDS = 3.0
DEAD_AFTER_SECONDS = 12.0
_MOST_RETRIES = 10
# More would be longer than a timedelta can be.
_MOST_DOUBLINGS = 20
_KEEP_FAILED_HOURS = 30 * 24


class Queue(StrEnum):
    """What a worker may be told to take; by default it takes all of them."""

    INBOX = "inbox"
    OUTBOX = "outbox"
    DOMAIN = "domain"
    PERIODIC = "periodic"


class Priority(IntEnum):
    """Which job is taken first, of each queue.

    Those that look after all others never wait behind what the pace holds up, and neither does what
    people write to us. What the domain calls others for may take long, so it comes last.
    """

    DOMAIN = -1
    OUTBOX = 0
    INBOX = 1
    PERIODIC = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff(BaseRetryStrategy):
    """Try again after `first`, twice that, four times that and so on, never above `longest`.

    Each wait is up to half as long again, by chance, so that what failed together does not come
    back together. After `most` retries the job has failed, and waits for staff.
    """

    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(minutes=10)
    most: int = _MOST_RETRIES

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Say when a failed job runs again; None when it does not."""
        if job.attempts >= self.most:
            return None
        wait = min(self.first * 2 ** min(job.attempts, _MOST_DOUBLINGS), self.longest)
        seconds = round(wait.total_seconds() * random.uniform(1, 1.5))  # noqa: S311
        return RetryDecision(retry_in={"seconds": seconds})


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
    app.configure_task(
        task, queue=queue, priority=Priority[queue.name], lock=lock, schedule_in=schedule
    ).defer(**ids)


async def recover() -> int:
    """Enqueue again the jobs whose worker died; return how many there were.

    procrastinate leaves them as they are. A death counts as an attempt that failed, so a job that
    takes its worker down with it does so only so often.
    """
    stalled = list(
        await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS)
    )
    for job in stalled:
        try:
            await _recover(job)
        except ConnectorException as error:
            # It may have ended meanwhile, if its worker was only slow; else the next run sees it.
            logger.info("job %s is not recovered: %s", job.id, error)
    return len(stalled)


def retry(job_id: int) -> bool:
    """Let a failed job run once more, now; False when it has not failed, or no longer exists."""
    with transaction.atomic():
        failed = ProcrastinateJob.objects.filter(pk=job_id, status=Status.FAILED.value)
        if not failed.select_for_update().exists():
            return False
        app.job_manager.retry_job_by_id(job_id, timezone.now())
    return True


async def forget_failed() -> None:
    """Delete the jobs that failed a month ago; those that succeed are deleted by their worker."""
    await app.job_manager.delete_old_jobs(
        nb_hours=_KEEP_FAILED_HOURS,
        include_failed=True,
        include_cancelled=True,
        include_aborted=True,
    )


async def _recover(job: Job) -> None:
    if job.queueing_lock:  # periodic: the next one does what this one did not
        await app.job_manager.finish_job(job, status=Status.ABORTED, delete_job=True)
    elif job.attempts >= _MOST_RETRIES:
        logger.error("job %s has failed: its worker died (%s)", job.id, job.task_name)
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
    else:
        logger.warning("job %s is enqueued again: its worker died (%s)", job.id, job.task_name)
        await app.job_manager.retry_job(job)
