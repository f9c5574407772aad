"""A worker whose PostgreSQL goes away and comes back; it is one that only this test uses."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import psycopg
import pytest

from accounts import encrypted
from pierre.local import stack
from pierre.postgres import server as postgres
from tests import workers
from tests.whatsapp import tcp
from whatsapp.models import OutgoingMessage

pytestmark = pytest.mark.stack


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a migrated PostgreSQL."""
    environment = {**os.environ, "PIERRE_LOCAL_DIR": str(tmp_path), "WHATSAPP_SIMULATOR": "0"}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--skip-checks", "--verbosity", "0"],
        env=environment,
        cwd=stack.ROOT,
        check=True,
    )
    yield tmp_path
    postgres.stop(tmp_path)


def connect(folder: Path) -> psycopg.Connection:
    address = postgres.ensure_running(folder)
    return psycopg.connect(
        dbname=postgres.DATABASE, host=address.host, user=address.user, port=address.port
    )


def queue(folder: Path, *, number: int) -> None:
    """Queue a message as a web process does, in one transaction with its job."""
    sealed = [
        encrypted.field(OutgoingMessage, name).seal(value)
        for name, value in (
            ("phone", f"+1415555{number:04}"),
            ("payload", {"type": "text", "text": {"body": "Oi!"}}),
        )
    ]
    with connect(folder) as connection:
        connection.execute(
            "WITH made AS (INSERT INTO whatsapp_outgoingmessage (id, phone, kind, payload, status,"
            " created_at, attempts, whatsapp_id, wa_id, is_permanent, error_details, next_step,"
            " delivery, is_test) VALUES (gen_random_uuid(), %s, 'text', %s, 'queued', now(), 0,"
            " '', '', false, '', '', '', false) RETURNING id)"
            " INSERT INTO procrastinate_jobs (queue_name, task_name, args) SELECT 'outbox',"
            " 'whatsapp.tasks.send', jsonb_build_object('message_id', id) FROM made",
            sealed,
        )


def states(folder: Path) -> list[str]:
    with connect(folder) as connection:
        rows = connection.execute(
            "SELECT status FROM whatsapp_outgoingmessage ORDER BY created_at"
        ).fetchall()
    return [state for (state,) in rows]


def all_accepted(folder: Path, count: int) -> bool:
    return states(folder) == ["accepted"] * count


def jobs(folder: Path) -> list[str]:
    """Return the tasks that are waiting or running, without the periodic ones."""
    with connect(folder) as connection:
        rows = connection.execute(
            "SELECT task_name FROM procrastinate_jobs WHERE queue_name <> 'periodic'"
        ).fetchall()
    return [name for (name,) in rows]


def kill(folder: Path) -> None:
    """End PostgreSQL as a power cut would."""
    pid = postgres.status(folder).pid
    assert pid
    os.kill(pid, signal.SIGQUIT)


def work(folder: Path, server: tcp.Server) -> AbstractContextManager[workers.Worker]:
    return workers.running(
        server.url,
        log=folder / "worker.log",
        PIERRE_LOCAL_DIR=str(folder),
        PIERRE_DATABASE=postgres.DATABASE,
    )


def test_a_worker_goes_on_when_postgresql_was_killed_and_is_back(folder: Path) -> None:
    with tcp.serving(tcp.accepts) as server, work(folder, server) as worker:
        for number in range(3):
            queue(folder, number=number)
            workers.until(partial(all_accepted, folder, number + 1), seconds=40)
            kill(folder)
        assert worker.process.poll() is None
        queue(folder, number=3)
        workers.until(partial(all_accepted, folder, 4), seconds=40)
        assert worker.stop() == 0
        assert len(server.requests) == 4


def test_what_is_on_its_way_when_postgresql_is_killed_is_sent_once(folder: Path) -> None:
    def kill_first(server: tcp.Server, client: socket.socket) -> None:
        while server.receive(client):
            if len(server.requests) == 1:
                kill(folder)
            client.sendall(tcp.answer())

    with tcp.serving(kill_first) as server, work(folder, server):
        queue(folder, number=1)
        workers.until(lambda: len(server.requests) == 1)
        workers.until(lambda: states(folder)[0] in ("accepted", "unknown"), seconds=60)
        workers.until(lambda: jobs(folder) == [], seconds=60)
        queue(folder, number=2)
        workers.until(lambda: states(folder)[1] == "accepted", seconds=40)
        assert len(server.requests) == 2
