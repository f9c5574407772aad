"""Folders for the launcher's tests, outside pytest's own, which is closed to a service account."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from pierre.postgres import locks, places, server
from pierre.postgres.account import Account

ENSURE = (
    "import sys; from pathlib import Path; from pierre.postgres import server;"
    "print(server.ensure_running(Path(sys.argv[1])).host)"
)


@contextlib.contextmanager
def checkout(*, name: str = "a checkout") -> Iterator[Path]:
    """Yield a LOCAL_DIR that others may enter; stop its server and remove every trace after."""
    with tempfile.TemporaryDirectory(prefix="pierre test ") as root:
        Path(root).chmod(0o755)
        folder = Path(root) / name / ".local"
        folder.mkdir(parents=True)
        place = places.choose(folder)
        try:
            yield folder
        finally:
            server.stop(folder)
            for path in {place.home, place.sockets.parent}:
                shutil.rmtree(path, ignore_errors=True)


def query(address: server.Address, statement: str) -> str:
    """Run one statement in the checkout's database and return its first value as text."""
    with connect(address) as connection:
        row = connection.execute(statement).fetchone()
    assert row is not None
    return str(row[0])


def connect(
    address: server.Address, *, dbname: str = server.DATABASE, autocommit: bool = False
) -> psycopg.Connection:
    return psycopg.connect(
        dbname=dbname,
        host=address.host,
        port=address.port,
        user=address.user,
        autocommit=autocommit,
    )


def launch(folder: Path, **environment: str) -> subprocess.Popen[str]:
    """Start a client process, in a session of its own, that makes the server run."""
    return subprocess.Popen(
        [sys.executable, "-c", ENSURE, str(folder)],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )


def kill_server(folder: Path) -> int:
    """Kill the postmaster with SIGKILL, wait for its children too, and return its process id."""
    pid = server.status(folder).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not locks.is_held(places.choose(folder).home / "server.lock"))
    # A dying process closes its files one after the other, and the lock before the sockets.
    time.sleep(0.2)
    return pid


def processes_of(folder: Path) -> list[int]:
    """Return the ids of the processes, initdb's too, that were given a path below `folder`."""
    wanted = os.fsencode(folder)
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if wanted in each.read_bytes() and int(each.parent.name) != os.getpid():
                found.append(int(each.parent.name))
    return found


def wait_until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.005)


def as_user(uid: int, gid: int, task: Callable[[], str]) -> str:
    """Run `task` in a forked child that gave up root, and return what it answers or raises."""
    if not Account(uid=uid, gid=gid).may_reach(Path(psycopg.__file__).parent):
        pytest.skip("this checkout is closed to other users")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _become_and_answer(uid, gid, task, writing)
    os.close(writing)
    with os.fdopen(reading) as answers:
        answer = answers.read()
    os.waitpid(child, 0)
    return answer


def _become_and_answer(uid: int, gid: int, task: Callable[[], str], writing: int) -> None:
    try:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        answer = task()
    except Exception:  # noqa: BLE001 (the parent reads it)
        answer = traceback.format_exc()
    os.write(writing, answer.encode())
    os._exit(0)
