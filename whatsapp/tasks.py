"""What workers do for the channel: each task takes ids, calls one function, and may run twice.

Periodic tasks are enqueued once for all workers; one that is missed is made up for by the next,
as each of them does all that is due.
"""

from uuid import UUID

from procrastinate.contrib.django import app

from whatsapp import inbox, outbox, owners, pacing, phone_codes, sending
from whatsapp.jobs import Backoff, Priority, Queue


@app.task(queue=Queue.OUTBOX, retry=Backoff())
def send(*, message_id: str) -> None:
    """Send a queued message."""
    sending.send(UUID(message_id))


@app.task(queue=Queue.OUTBOX, retry=Backoff())
def write_code(*, verification_id: str) -> None:
    """Queue the message that carries a one-time code."""
    phone_codes.write(UUID(verification_id))


@app.task(queue=Queue.INBOX, retry=Backoff())
def end_moved(*, contact_id: int) -> None:
    """End the verifications of a number that passed to another person."""
    owners.end_moved(contact_id)


@app.task(queue=Queue.INBOX, retry=Backoff())
def take_in() -> None:
    """Take apart the webhooks that came, and process what they tell."""
    inbox.take_in()


@app.periodic(cron="* * * * * */15")
@app.task(queue=Queue.PERIODIC, priority=Priority.PERIODIC, queueing_lock="whatsapp.take_in_again")
def take_in_again(timestamp: int) -> None:
    """Process every 15 seconds what failed and is due again, or whose job failed."""
    inbox.take_in()


@app.periodic(cron="* * * * * */15")
@app.task(queue=Queue.PERIODIC, priority=Priority.PERIODIC, queueing_lock="whatsapp.settle")
def settle(timestamp: int) -> None:
    """Turn the messages whose process died into `unknown`."""
    outbox.settle()


@app.periodic(cron="* * * * *")
@app.task(queue=Queue.PERIODIC, priority=Priority.PERIODIC, queueing_lock="whatsapp.unconfirm")
def unconfirm(timestamp: int) -> None:
    """Show staff the messages that no webhook settled in time."""
    outbox.unconfirm()


@app.periodic(cron="* * * * *")
@app.task(queue=Queue.PERIODIC, priority=Priority.PERIODIC, queueing_lock="whatsapp.send_forgotten")
def send_forgotten(timestamp: int) -> None:
    """Enqueue the queued messages whose job failed."""
    sending.forgotten()


@app.periodic(cron="13 * * * *")
@app.task(queue=Queue.PERIODIC, priority=Priority.PERIODIC, queueing_lock="whatsapp.forget_paces")
def forget_paces(timestamp: int) -> None:
    """Delete the paces that hold nobody back."""
    pacing.forget()
