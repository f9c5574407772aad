from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from tests import jobs as worker
from whatsapp import jobs

live = pytest.mark.usefixtures("live_db")


def enqueue(*, message_id: str) -> None:
    jobs.enqueue("whatsapp.tasks.send", queue=jobs.Queue.OUTBOX, message_id=message_id)


def execute(statement: str, *parameters: float) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def take(*, silent_for: float) -> int:
    """Take a job as a worker does that has said nothing for so many seconds; return its id."""
    [(worker_id,)] = execute(
        "INSERT INTO procrastinate_workers (last_heartbeat)"
        " VALUES (now() - make_interval(secs => %s)) RETURNING id",
        silent_for,
    )
    [(job_id,)] = execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, %s)", worker_id)
    return int(job_id)


def state(job_id: int) -> tuple[str, int]:
    [found] = execute("SELECT status, attempts FROM procrastinate_jobs WHERE id = %s", job_id)
    return found[0], found[1]


def recover() -> int:
    return async_to_sync(jobs.recover)()


DEAD = jobs.DEAD_AFTER_SECONDS + 1


@live
class TestEnqueue:
    def test_a_job_is_part_of_the_transaction_of_its_cause(self) -> None:
        with transaction.atomic():
            enqueue(message_id="1")
            transaction.set_rollback(True)
        assert worker.waiting() == []

    def test_a_job_may_have_to_wait(self) -> None:
        jobs.enqueue("x", queue=jobs.Queue.INBOX, after=timedelta(minutes=2), row_id=7)
        assert worker.waiting() == [("x", {"row_id": 7})]
        assert worker.run_all() == []

    def test_what_comes_in_is_taken_before_what_goes_out_and_the_caretakers_first(self) -> None:
        for queue in jobs.Queue:
            jobs.enqueue(queue, queue=queue)
        names = execute("SELECT task_name FROM procrastinate_jobs ORDER BY priority DESC")
        assert [name for (name,) in names] == ["periodic", "inbox", "outbox", "domain"]
        periodic = [task.task for task in app.periodic_registry.periodic_tasks.values()]
        assert {(task.queue, task.priority) for task in periodic} == {("periodic", 2)}
        assert all(task.queueing_lock for task in periodic)


class TestBackoff:
    def wait(self, attempts: int) -> float | None:
        """Return after how many seconds a job runs again that failed so often before."""
        job = Job(
            id=1,
            status="doing",
            queue="outbox",
            priority=0,
            lock=None,
            queueing_lock=None,
            task_name="x",
            attempts=attempts,
        )
        decision = jobs.Backoff().get_retry_decision(exception=OSError(), job=job)
        if decision is None:
            return None
        assert decision.retry_at
        return (decision.retry_at - timezone.now()).total_seconds()

    @pytest.mark.parametrize(("attempts", "least"), [(0, 2), (1, 4), (5, 64), (9, 600)])
    def test_each_wait_is_twice_the_one_before_up_to_ten_minutes(
        self, attempts: int, least: float
    ) -> None:
        waits = [self.wait(attempts) or 0 for _ in range(50)]
        assert all(least - 1 < wait <= least * 1.5 + 1 for wait in waits)

    def test_what_failed_together_does_not_come_back_together(self) -> None:
        assert len({round(self.wait(9) or 0) for _ in range(50)}) > 10

    def test_after_ten_retries_it_waits_for_staff(self) -> None:
        assert self.wait(10) is None


@live
class TestRecover:
    def test_a_job_whose_worker_died_is_enqueued_again_and_the_death_counts(self) -> None:
        enqueue(message_id="1")
        job_id = take(silent_for=DEAD)
        assert (recover(), state(job_id)) == (1, ("todo", 1))
        assert (recover(), state(job_id)) == (0, ("todo", 1))

    def test_a_job_whose_worker_was_deleted_is_enqueued_again(self) -> None:
        enqueue(message_id="1")
        job_id = take(silent_for=DEAD)
        execute("DELETE FROM procrastinate_workers")
        assert (recover(), state(job_id)) == (1, ("todo", 1))

    def test_the_job_of_a_living_worker_stays_with_it(self) -> None:
        enqueue(message_id="1")
        job_id = take(silent_for=jobs.HEARTBEAT_SECONDS * 2)
        assert (recover(), state(job_id)) == (0, ("doing", 0))

    def test_a_job_that_takes_each_worker_with_it_fails_in_the_end(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        enqueue(message_id="1")
        job_id = take(silent_for=DEAD)
        for _ in range(10):
            recover()
            take(silent_for=DEAD)
        recover()
        assert state(job_id)[0] == "failed"
        assert [record.levelname for record in caplog.records][-1] == "ERROR"

    def test_a_periodic_job_gives_way_to_the_next_one(self) -> None:
        app.configure_task("pierre.x", queueing_lock="x", queue="periodic").defer(timestamp=1)
        job_id = take(silent_for=DEAD)
        app.configure_task("pierre.x", queueing_lock="x", queue="periodic").defer(timestamp=2)
        assert recover() == 1
        assert worker.waiting() == [("pierre.x", {"timestamp": 2})]
        assert not execute("SELECT FROM procrastinate_jobs WHERE id = %s", job_id)


@live
class TestFailed:
    def fail(self) -> int:
        enqueue(message_id="1")
        job_id = take(silent_for=0)
        execute("SELECT procrastinate_finish_job_v1(%s, 'failed', false)", job_id)
        return job_id

    def test_staff_let_a_failed_job_run_once_more(self) -> None:
        job_id = self.fail()
        assert jobs.retry(job_id) is True
        assert state(job_id)[0] == "todo"

    def test_only_what_failed_is_tried_again(self) -> None:
        enqueue(message_id="1")
        job_id = take(silent_for=0)
        assert (jobs.retry(job_id), jobs.retry(0)) == (False, False)
        assert state(job_id) == ("doing", 0)

    def test_it_is_forgotten_after_a_month(self) -> None:
        old, recent = self.fail(), self.fail()
        execute(
            "UPDATE procrastinate_events SET at = now() - interval '31 days' WHERE job_id = %s", old
        )
        async_to_sync(jobs.forget_failed)()
        assert execute("SELECT id FROM procrastinate_jobs") == [(recent,)]
