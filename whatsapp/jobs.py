"""Work for the workers, enqueued in the transaction of the change that needs it.

A job is named, so that what enqueues it does not import what runs it, and carries ids only. It may
run twice, after a worker was killed, so what it does must be the same the second time.
"""

import logging
import random
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status

logger = logging.getLogger(__name__)

# A worker tells every ten seconds that it lives.
_DEAD_AFTER_SECONDS = 30
# A job that takes its worker down with it is tried no more often than this.
_MOST_DEATHS = 5
_KEEP_FAILED_HOURS = 30 * 24


class Queue(StrEnum):
    """What a worker may be told to take; by default it takes all of them."""

    INBOX = "inbox"
    OUTBOX = "outbox"
    PERIODIC = "periodic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff(BaseRetryStrategy):
    """Try again after `first`, twice that, four times that and so on, never above `longest`.

    Each wait is up to half as long again, by chance, so that what failed together does not come
    back together. After `most` retries the job has failed, and waits for staff.
    """

    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(minutes=10)
    most: int = 10

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Say when a failed job runs again; None when it does not."""
        if job.attempts >= self.most:
            return None
        wait = min(self.first * 2**job.attempts, self.longest)
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
    app.configure_task(task, queue=queue, lock=lock, schedule_in=schedule).defer(**ids)


async def recover() -> int:
    """Enqueue again the jobs whose worker died; return how many there were.

    procrastinate leaves them as they are, and would count no attempt against them.
    """
    stalled = list(
        await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_DEAD_AFTER_SECONDS)
    )
    for job in stalled:
        try:
            await _recover(job)
        except ConnectorException as error:
            # It may have ended meanwhile, if its worker was only slow; else the next run sees it.
            logger.info("job %s is not recovered: %s", job.id, error)
    return len(stalled)


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
    elif job.attempts >= _MOST_DEATHS:
        logger.error("job %s has failed: its worker died each time", job.call_string)
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
    else:
        logger.warning("job %s is enqueued again: its worker died", job.call_string)
        await app.job_manager.retry_job(job)
