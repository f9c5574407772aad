"""File locks that outlive the process that took them, as long as one of its children lives."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from pierre.postgres.errors import PostgresError


@contextlib.contextmanager
def held(path: Path, *, seconds: float) -> Iterator[int]:
    """Hold the lock of `path`, and yield the file descriptor that carries it.

    A child that inherits the descriptor keeps the lock after us, however we end. Raises
    PostgresError when others keep it longer than `seconds`.
    """
    deadline = time.monotonic() + seconds
    descriptor = _open(path)
    try:
        while not _taken(descriptor):
            if time.monotonic() > deadline:
                raise PostgresError.because(
                    f"Another process has held {path} for {seconds:.0f} seconds.",
                    hint="look for an initdb or a manage.py that hangs, and end it.",
                )
            time.sleep(0.02)
        yield descriptor
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Say whether a process holds the lock; False when the file does not exist.

    Taken shared for an instant, so that two who ask at once do not see each other.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
