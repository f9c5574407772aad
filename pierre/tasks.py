"""What workers do for the workers, and for the accounts, which know of none."""

from datetime import timedelta
from uuid import UUID

from procrastinate.contrib.django import app

from accounts import subscriptions
from accounts.models import User
from accounts.trail import deliveries, seals
from pierre.privacy import erasure, retention
from pierre.self_service import links
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


# More often than daily, so that a day that no worker saw is made up for within the hour.
@app.periodic(cron="17 * * * *")
@app.task(
    queue=jobs.Queue.PERIODIC, priority=jobs.Priority.PERIODIC, queueing_lock="pierre.seal_audit"
)
def seal_audit(timestamp: int) -> None:
    """Seal the audit once a day, and tell what was not told yet."""
    seals.seal_if_due()
    deliveries.deliver()


# After some minutes of trying the link is over anyway.
@app.task(queue=jobs.Queue.DOMAIN, retry=jobs.Backoff(longest=timedelta(minutes=2)))
def mail_sign_in_link(*, link_id: str) -> None:
    """Send a person the link to their own pages."""
    links.mail(UUID(link_id))


@app.task(queue=jobs.Queue.DOMAIN, retry=jobs.Backoff())
def erase(*, user_id: int) -> None:
    """Erase a person, as far as can be done now."""
    erasure.erase(user=User.objects.get(pk=user_id))


@app.periodic(cron="*/10 * * * *")
@app.task(
    queue=jobs.Queue.PERIODIC, priority=jobs.Priority.PERIODIC, queueing_lock="pierre.erase_due"
)
def erase_due(timestamp: int) -> None:
    """Go on with the erasures that wait for a bank, or whose job failed."""
    erasure.erase_due()


@app.periodic(cron="41 4 * * *")
@app.task(
    queue=jobs.Queue.PERIODIC,
    priority=jobs.Priority.PERIODIC,
    queueing_lock="pierre.apply_retention",
)
def apply_retention(timestamp: int) -> None:
    """Remove every night what was kept for as long as it may be."""
    retention.apply()


@app.periodic(cron="* * * * *")
@app.task(
    queue=jobs.Queue.PERIODIC,
    priority=jobs.Priority.PERIODIC,
    queueing_lock="pierre.follow_subscriptions",
)
def follow_subscriptions(timestamp: int) -> None:
    """Write down what the clock made of the subscriptions."""
    subscriptions.follow_clock()
