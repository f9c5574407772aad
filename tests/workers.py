"""Real worker processes on the test's own database, which send to a server on a free port."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from pierre.local import stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker and its log."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Tell it to finish, and return its exit code; raises TimeoutExpired after 40 seconds."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)


@contextmanager
def running(
    graph_url: str, *, log: Path, concurrency: int = 4, **settings: str
) -> Iterator[Worker]:
    """Run a worker until the block ends; its calls out time out after a second."""
    environment = {
        "PIERRE_DATABASE": connection.settings_dict["NAME"],
        "DJANGO_ALLOW_ASYNC_UNSAFE": "",
        "WHATSAPP_SIMULATOR": "0",
        "WHATSAPP_GRAPH_URL": graph_url,
        "WHATSAPP_CONNECT_TIMEOUT": "1",
        "WHATSAPP_READ_TIMEOUT": "1",
        "WHATSAPP_TOTAL_TIMEOUT": "1",
    }
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker", "--concurrency", str(concurrency)],
            env={**os.environ, **environment, **settings},
            cwd=stack.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    worker = Worker(process=process, log=log)
    try:
        yield worker
    finally:
        worker.kill()


def until(condition: Callable[[], bool], *, seconds: float = 20) -> float:
    """Wait until something is so, and return how many seconds that took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + seconds, "it did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - began
