"""Start, stop and find the PostgreSQL of a checkout; every process of the checkout shares it."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from pierre.postgres import cluster, locks, places
from pierre.postgres.errors import PostgresError
from pierre.postgres.places import Places

DATABASE = "pierre"
LOCK_SECONDS = 180.0  # what an initdb on a slow, busy disk may take, and then some
START_SECONDS = 120.0  # recovery after a kill included
STOP_SECONDS = 30.0
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where clients connect, in libpq's words: `host` is the folder of the Unix socket."""

    host: str
    user: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What there is to know of the server; `pid` is None when it does not run."""

    pid: int | None
    address: Address
    data: Path
    log: Path


def ensure_running(folder: Path) -> Address:
    """Return the address of the checkout's server, started and with its database if need be.

    `folder` is the checkout's LOCAL_DIR. A server that answers is used as it is; only when none
    does is one started, by one process at a time. Raises PostgresError, with the log, when it
    cannot be.
    """
    place = places.choose(folder)
    address = _address(place)
    try:
        _ensure_database(address)
    except psycopg.OperationalError:
        with locks.held(place.home / "launcher.lock", seconds=LOCK_SECONDS) as lock:
            _start(place, lock=lock)
            _ensure_database(address)
    return address


def stop(folder: Path) -> bool:
    """Stop the checkout's server and wait for it; return False when none was running.

    Open transactions are rolled back. Raises PostgresError when the server cannot be told from
    here, or has not stopped after 30 seconds.
    """
    place = places.choose(folder)
    with locks.held(place.home / "launcher.lock", seconds=LOCK_SECONDS):
        if not _lives(place):
            return False
        pid = cluster.postmaster(place)
        if pid is None:
            raise PostgresError.because(
                "The server runs, but its process is not visible from here.",
                hint="stop it from the container in which it was started.",
            )
        os.kill(pid, signal.SIGINT)
        if not _becomes_true(lambda: not _lives(place), seconds=STOP_SECONDS):
            raise cluster.failure(place, f"The server (process {pid}) does not stop.")
        return True


def status(folder: Path) -> Status:
    """Return what runs, and where, without starting anything."""
    place = places.choose(folder)
    pid = cluster.postmaster(place)
    return Status(pid=pid, address=_address(place), data=place.data, log=place.log)


def _address(place: Places) -> Address:
    return Address(host=str(place.sockets), user=cluster.SUPERUSER, port=places.PORT)


def _start(place: Places, *, lock: int) -> None:
    cluster.create(place, lock=lock)
    started = False

    def answers_or_failed() -> bool:
        nonlocal started
        if _answers(place):
            return True
        if _lives(place):
            return False  # coming up, recovering, or on its way out
        if started:
            raise cluster.failure(place, "The PostgreSQL server did not start.")
        _serve(place)
        started = True
        return False

    if not _becomes_true(answers_or_failed, seconds=START_SECONDS):
        raise cluster.failure(place, f"PostgreSQL gives no answer after {START_SECONDS:.0f} s.")


def _serve(place: Places) -> None:
    with locks.held(_life_lock(place), seconds=1) as lock:
        cluster.clear_stale_locks(place)
        cluster.serve(place, lock=lock)


def _life_lock(place: Places) -> Path:
    """Name the lock that the server and its children carry: exact where a process id is not.

    A process id says nothing in another container, or once the system gave it to another program.
    """
    return place.home / "server.lock"


def _lives(place: Places) -> bool:
    return locks.is_held(_life_lock(place)) or cluster.postmaster(place) is not None


def _answers(place: Places) -> bool:
    try:
        _connect(_address(place)).close()
    except psycopg.OperationalError:
        return False
    return True


def _ensure_database(address: Address) -> None:
    with _connect(address) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if found.fetchone() is None:
            create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE))
            connection.execute(create)


def _connect(address: Address) -> psycopg.Connection:
    return psycopg.connect(
        dbname="postgres",
        host=address.host,
        port=address.port,
        user=address.user,
        autocommit=True,
        connect_timeout=10,
    )


def _becomes_true(condition: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
