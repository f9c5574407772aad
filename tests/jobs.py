"""Run what is enqueued, in the test's own thread and database, as a worker would."""

import inspect
import json
from typing import Any

from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django import app

_FETCH = "SELECT id, task_name, args FROM procrastinate_fetch_job_v2(%s, NULL)"
_SUCCEED = "SELECT procrastinate_finish_job_v1(%s, 'succeeded', true)"
_FAIL = "SELECT procrastinate_finish_job_v1(%s, 'failed', false)"
_HURRY = "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"
_MOST = 1000


def run_all(*, later: bool = False, queue: str = "") -> list[str]:
    """Run each job that is due, then those that they enqueued; return the tasks' names in order.

    `later` also runs the jobs that wait for their time, those enqueued meanwhile included, and
    `queue` only those of one queue, "" of all. What a job raises is raised here, and the job is
    left as failed. A message that a job sends needs `live_db`, as everywhere.
    """
    ran: list[str] = []
    while len(ran) < _MOST:
        if later:
            _execute(_HURRY)
        job_id, name, args = _execute(_FETCH, [queue] if queue else None)
        if job_id is None:
            return ran
        ran.append(name)
        try:
            _run(name, args)
        except BaseException:
            _execute(_FAIL, job_id)
            raise
        _execute(_SUCCEED, job_id)
    raise AssertionError(f"the jobs enqueue each other without an end: {ran[-5:]}")


def waiting() -> list[tuple[str, dict[str, Any]]]:
    """Return the tasks' names and the ids of what is enqueued and did not run, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT task_name, args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"
        )
        return [(name, _read(args)) for name, args in cursor.fetchall()]


def _run(name: str, args: Any) -> None:
    task = app.tasks[name]
    run = async_to_sync(task.func) if inspect.iscoroutinefunction(task.func) else task
    run(**_read(args))


def _read(args: Any) -> dict[str, Any]:
    """Read JSON that Django's connections hand over as text, and others as what it stands for."""
    return dict(json.loads(args) if isinstance(args, str) else args)


def _execute(statement: str, *parameters: int | list[str] | None) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] = cursor.fetchone() if cursor.description else ()
        return row
