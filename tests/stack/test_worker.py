"""Worker processes, killed and told to stop at the worst moments."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests import workers
from tests.whatsapp import tcp
from whatsapp import outbox, pacing
from whatsapp.messages import Text
from whatsapp.models import OutgoingMessage

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("live_db")]

HELLO = Text(body="Oi!")
Start = Callable[..., workers.Worker]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start workers, which end with the test."""
    with ExitStack() as cleanup:

        def make(server: tcp.Server, **options: Any) -> workers.Worker:
            running = workers.running(server.url, log=tmp_path / "worker.log", **options)
            return cleanup.enter_context(running)

        yield make


def queue(count: int) -> list[OutgoingMessage]:
    return [outbox.queue(to=f"+1415555{number:04}", message=HELLO) for number in range(count)]


def states() -> Counter[str]:
    return Counter(OutgoingMessage.objects.values_list("status", flat=True))


def jobs(status: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs"
            " WHERE status = %s AND task_name = 'whatsapp.tasks.send'",
            [status],
        )
        return int(cursor.fetchone()[0])


def sent(server: tcp.Server) -> Counter[str]:
    """Count the requests that reached Graph, by the message they carried."""
    bodies = [request.split(b"\r\n\r\n", 1)[1] for request in server.requests]
    return Counter(json.loads(body)["biz_opaque_callback_data"] for body in bodies)


def test_a_worker_sends_what_is_queued_at_once_and_stops_when_told(start: Start) -> None:
    with tcp.serving(tcp.accepts) as server:
        worker = start(server)
        queue(1)
        workers.until(lambda: states() == {"accepted": 1})
        queue(1)
        assert workers.until(lambda: states() == {"accepted": 2}) < 2
        assert worker.stop() == 0
    assert "Traceback" not in worker.log.read_text()


def test_a_worker_that_is_told_to_stop_finishes_what_it_sends(start: Start) -> None:
    def slowly(server: tcp.Server, client: socket.socket) -> None:
        while server.receive(client):
            time.sleep(0.7)
            client.sendall(tcp.answer())

    with tcp.serving(slowly) as server:
        worker = start(server, concurrency=2)
        queue(4)
        workers.until(lambda: states()["sending"] == 2)
        assert worker.stop() == 0
        assert (states(), jobs("todo")) == ({"accepted": 2, "queued": 2}, 2)


def test_kill_9_in_the_middle_of_sending_loses_nothing_and_doubles_nothing(start: Start) -> None:
    hanging = threading.Semaphore(2)

    def hang_twice(server: tcp.Server, client: socket.socket) -> None:
        while server.receive(client):
            if hanging.acquire(blocking=False):
                server.over.wait()
            client.sendall(tcp.answer())

    with tcp.serving(hang_twice) as server:
        first = start(server, concurrency=2)
        messages = queue(6)
        workers.until(lambda: len(server.requests) == 2)
        first.kill()
        assert states() == {"sending": 2, "queued": 4}
        start(server)
        workers.until(lambda: states() == {"accepted": 4, "unknown": 2}, seconds=40)
        workers.until(lambda: jobs("doing") + jobs("todo") == 0, seconds=40)
        assert sent(server) == {str(message.pk): 1 for message in messages}


def test_a_job_whose_worker_died_before_sending_is_taken_up_within_seconds(start: Start) -> None:
    with tcp.serving(tcp.accepts) as server:
        first = start(server)
        workers.until(lambda: "takes 4 jobs" in first.log.read_text())
        for _ in range(140):  # so its turn is a moment away
            pacing.count(to="+14155559999")
        [message] = queue(1)
        workers.until(lambda: jobs("doing") == 1)
        first.kill()
        assert states() == {"queued": 1}
        start(server)
        assert workers.until(lambda: states() == {"accepted": 1}, seconds=40) < 25
        assert sent(server) == {str(message.pk): 1}


def test_two_workers_run_each_periodic_job_once(start: Start) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE ran (task text, timestamp text)")
        cursor.execute(
            "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " INSERT INTO ran VALUES (NEW.task_name, NEW.args->>'timestamp'); RETURN NEW; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER note AFTER UPDATE ON procrastinate_jobs FOR EACH ROW"
            " WHEN (NEW.status = 'doing' AND NEW.queue_name = 'periodic') EXECUTE FUNCTION note()"
        )
    try:
        with tcp.serving(tcp.accepts) as server:
            for _ in range(2):
                start(server)
            workers.until(lambda: len(_ticks("pierre.tasks.recover_jobs")) >= 3, seconds=60)
            runs = _runs()
        assert set(runs.values()) == {1}
        assert len({task for task, _ in runs}) > 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER note ON procrastinate_jobs")
            cursor.execute("DROP FUNCTION note")
            cursor.execute("DROP TABLE ran")


def _runs() -> Counter[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task, timestamp FROM ran")
        return Counter(cursor.fetchall())


def _ticks(task: str) -> set[str]:
    return {timestamp for name, timestamp in _runs() if name == task}


def test_two_workers_together_keep_the_numbers_pace(start: Start) -> None:
    arrivals: list[float] = []

    def note(server: tcp.Server, client: socket.socket) -> None:
        while server.receive(client):
            arrivals.append(time.monotonic())
            client.sendall(tcp.answer())

    with tcp.serving(note) as server:
        for _ in range(2):
            start(server, concurrency=20)
        queue(240)
        workers.until(lambda: states() == {"accepted": 240}, seconds=60)
    most = max(sum(begin <= at < begin + 1 for at in arrivals) for begin in arrivals)
    # What leaves in its turn may arrive a little late, in the second of those that follow.
    assert most <= 80 * 1.2
    assert max(arrivals) - min(arrivals) >= 239 / 80 - 0.1
