"""How much work waits for the workers, and what waits for staff instead."""

from dataclasses import dataclass

from django.db import connection

# A worker tells every three seconds that it lives.
_UNSEEN_AFTER_SECONDS = 30

# Periodic jobs come and go every few seconds, and stand for no work of their own. Of the jobs the
# first is as good as the oldest, and needs no look at the events of all others.
_COUNT = """
    WITH jobs AS (
        SELECT count(*) AS number, min(id) AS first FROM procrastinate_jobs
        WHERE status IN ('todo', 'doing') AND queue_name <> 'periodic'),
    webhooks AS (
        SELECT count(*) AS number, min(received_at) AS since FROM whatsapp_webhookevent
        WHERE split_at IS NULL),
    updates AS (
        SELECT count(*) FILTER (WHERE next_attempt_at IS NOT NULL) AS number,
            min(received_at) FILTER (WHERE next_attempt_at IS NOT NULL) AS since,
            count(*) FILTER (WHERE next_attempt_at IS NULL) AS given_up
        FROM whatsapp_incomingupdate WHERE processed_at IS NULL),
    messages AS (
        SELECT count(*) AS number, min(created_at) AS since FROM (
            SELECT created_at FROM whatsapp_outgoingmessage WHERE status = 'queued'
            UNION ALL
            SELECT created_at FROM whatsapp_outgoingmessage WHERE status = 'sending') unsettled)
    SELECT jobs.number, webhooks.number, updates.number, messages.number,
        coalesce(extract(epoch FROM clock_timestamp() - least(
            (SELECT min(at) FROM procrastinate_events WHERE job_id = jobs.first),
            webhooks.since, updates.since, messages.since)), 0)::float8,
        updates.given_up,
        (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'),
        (SELECT count(*) FROM whatsapp_outgoingmessage
            WHERE status = 'unconfirmed' AND created_at > now() - interval '1 day'),
        EXISTS (SELECT FROM procrastinate_workers
            WHERE last_heartbeat > clock_timestamp() - make_interval(secs => %s))
    FROM jobs, webhooks, updates, messages"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What is to be done yet, by kind, and the age of the oldest of it, 0.0 when there is none.

    A message and its job count as two. The last three wait for staff, and are no part of `depth`;
    of the messages only those of the last day, for after that a new call sends.
    """

    jobs: int
    webhooks: int
    updates: int
    messages: int
    oldest_seconds: float
    has_worker: bool
    updates_given_up: int
    jobs_failed: int
    messages_unconfirmed: int

    @property
    def depth(self) -> int:
        """Return how much waits for a worker; 0 when all is done."""
        return self.jobs + self.webhooks + self.updates + self.messages


def measure() -> Backlog:
    """Count, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [_UNSEEN_AFTER_SECONDS])
        jobs, webhooks, updates, messages, oldest, given_up, failed, unconfirmed, has_worker = (
            cursor.fetchone()
        )
    return Backlog(
        jobs=jobs,
        webhooks=webhooks,
        updates=updates,
        messages=messages,
        oldest_seconds=max(oldest, 0.0),
        has_worker=has_worker,
        updates_given_up=given_up,
        jobs_failed=failed,
        messages_unconfirmed=unconfirmed,
    )
