"""What workers do for connections: each task takes ids, calls one function, and may run twice.

Periodic tasks do all that is due, so the next makes up for one that was missed.
"""

from datetime import timedelta
from uuid import UUID

from procrastinate.contrib.django import app

from openfinance import checks, life, plan_notices, provider_events, terms, trips
from whatsapp.jobs import Backoff, Priority, Queue

# A bank may be down for days, and what a person revoked must end there all the same.
_PATIENT = Backoff(first=timedelta(seconds=5), longest=timedelta(hours=1), most=24 * 30)


@app.task(queue=Queue.DOMAIN, retry=_PATIENT)
def revoke(*, consent_id: str) -> None:
    """End a consent at its bank."""
    life.tell_bank(UUID(consent_id))


@app.task(queue=Queue.DOMAIN)
def look(*, consent_id: str) -> None:
    """Find out what became of a consent at its bank."""
    checks.look(UUID(consent_id))


@app.task(queue=Queue.DOMAIN, retry=Backoff())
def hear(*, event_id: int) -> None:
    """Follow what a provider told of a consent."""
    provider_events.follow(event_id)


@app.periodic(cron="*/10 * * * *")
@app.task(
    queue=Queue.PERIODIC, priority=Priority.PERIODIC, queueing_lock="openfinance.remind_banks"
)
def remind_banks(timestamp: int) -> None:
    """Enqueue again the revocations whose job failed."""
    life.remind_banks()


@app.periodic(cron="* * * * *")
@app.task(queue=Queue.PERIODIC, priority=Priority.PERIODIC, queueing_lock="openfinance.check")
def check(timestamp: int) -> None:
    """Ask the banks about the consents that are due."""
    checks.check()


@app.periodic(cron="* * * * *")
@app.task(queue=Queue.PERIODIC, priority=Priority.PERIODIC, queueing_lock="openfinance.expire")
def expire(timestamp: int) -> None:
    """End the consents whose term is over, and forget those who did not come back from the bank."""
    terms.expire()
    trips.forget()


@app.periodic(cron="*/15 * * * *")
@app.task(queue=Queue.PERIODIC, priority=Priority.PERIODIC, queueing_lock="openfinance.warn")
def warn(timestamp: int) -> None:
    """Tell people whose term ends soon."""
    terms.warn()


@app.periodic(cron="*/5 * * * *")
@app.task(
    queue=Queue.PERIODIC, priority=Priority.PERIODIC, queueing_lock="openfinance.tell_of_plans"
)
def tell_of_plans(timestamp: int) -> None:
    """Tell people whose connections are not in their plan any more."""
    plan_notices.look()


@app.periodic(cron="23 5 * * *")
@app.task(
    queue=Queue.PERIODIC, priority=Priority.PERIODIC, queueing_lock="openfinance.forget_events"
)
def forget_events(timestamp: int) -> None:
    """Delete what providers told long ago."""
    provider_events.forget()
