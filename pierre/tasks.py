"""What workers do for the workers, and for the accounts, which know of none."""

from procrastinate.contrib.django import app

from accounts import subscriptions
from whatsapp import jobs


# It has no lock: the one whose worker died must not keep the next from finding it.
@app.periodic(cron="* * * * * */5")
@app.task(
    queue=jobs.Queue.PERIODIC, priority=jobs.Priority.PERIODIC, queueing_lock="pierre.recover_jobs"
)
async def recover_jobs(timestamp: int) -> None:
    """Enqueue again, every five seconds, the jobs whose worker died."""
    await jobs.recover()


@app.periodic(cron="7 7 * * *")
@app.task(
    queue=jobs.Queue.PERIODIC,
    priority=jobs.Priority.PERIODIC,
    queueing_lock="pierre.forget_failed_jobs",
)
async def forget_failed_jobs(timestamp: int) -> None:
    """Delete the jobs that failed a month ago."""
    await jobs.forget_failed()


@app.periodic(cron="* * * * *")
@app.task(
    queue=jobs.Queue.PERIODIC,
    priority=jobs.Priority.PERIODIC,
    queueing_lock="pierre.follow_subscriptions",
)
def follow_subscriptions(timestamp: int) -> None:
    """Write down what the clock made of the subscriptions."""
    subscriptions.follow_clock()
