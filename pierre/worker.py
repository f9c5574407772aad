"""A worker: procrastinate, which takes jobs until it is told to stop, whatever PostgreSQL does.

procrastinate ends when it loses the database, sometimes without an error, so it is started again
until a signal says otherwise.
"""

import asyncio
import logging
import random
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from procrastinate.contrib.django import app
from procrastinate.job_context import JobContext
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker

from accounts import origins
from accounts.origins import ActorKind, Origin
from pierre import logs, worker_connector
from whatsapp import jobs, outbox

logger = logging.getLogger(__name__)

# Jobs that come due wake nobody, so they are looked for this often, in seconds.
_POLL_SECONDS = 1.0
# Threads beside those of the jobs: for looking up the database's address, and the like.
_SPARE_THREADS = 4
# Between two starts, in seconds.
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How many jobs at a time, and of which queues."""

    concurrency: int
    queues: Sequence[str]


def run(options: Options) -> None:
    """Take jobs until SIGTERM or SIGINT, then finish those that run."""
    asyncio.run(_run(options))


async def _run(options: Options) -> None:
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    # Jobs wait on the network, so they need a thread each: the default is one a core and four.
    threads = options.concurrency + _SPARE_THREADS
    loop.set_default_executor(ThreadPoolExecutor(threads, thread_name_prefix="job"))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    pause = _FIRST_PAUSE
    while not told.is_set():
        began = time.monotonic()
        try:
            await worker_connector.reach_database()
            await _work(options, told)
        except worker_connector.LOST as error:
            logger.warning("the worker lost the database: %s", error)
        lasted = time.monotonic() - began
        pause = _FIRST_PAUSE if lasted > _LONGEST_PAUSE else min(pause * 2, _LONGEST_PAUSE)
        await _wait(told, pause * random.uniform(0.5, 1))  # noqa: S311
    logger.info("the worker has stopped")


async def _work(options: Options, told: asyncio.Event) -> None:
    """Take jobs until told to stop or until the database is lost."""
    connector = await worker_connector.make()
    with app.replace_connector(connector):
        async with app.open_async():
            logger.info("the worker takes %d jobs at a time", options.concurrency)
            working = asyncio.create_task(_take_jobs(options))
            stopping = asyncio.create_task(told.wait())
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            working.cancel()  # it waits for the jobs that run
            await asyncio.wait({working})
    if not working.cancelled():
        working.result()


async def _take_jobs(options: Options) -> None:
    await app.run_worker_async(
        queues=options.queues,
        concurrency=options.concurrency,
        fetch_job_polling_interval=_POLL_SECONDS,
        update_heartbeat_interval=jobs.HEARTBEAT_SECONDS,
        shutdown_graceful_timeout=outbox.deadline().total_seconds(),
        # A table of what went well would only grow; what failed stays, for staff to see.
        delete_jobs="successful",
        install_signal_handlers=False,
        worker_middleware=[name_job],
    )


async def name_job(call_next: AsyncCallNext, context: JobContext, worker: Worker) -> object:
    """Put the job's id where a request has its own, in each log line and audit event of the job."""
    name = f"job-{context.job.id}"
    logs.request_id.set(name)
    origin = Origin(kind=ActorKind.JOB, actor=context.job.task_name, channel="job", request_id=name)
    with origins.acting(origin):
        return await call_next()


async def _wait(told: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(told.wait(), seconds)
    except TimeoutError:
        return
