"""The processes of a service, each to be killed and started again at any moment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from pierre.local import stack
from pierre.postgres import server

_GUNICORN = [sys.executable, "-m", "gunicorn", "-c", "python:pierre.gunicorn"]
_WORKER = [sys.executable, "manage.py", "worker"]
_START_SECONDS = 60.0


@dataclass(kw_only=True)
class Process:
    """One process with its children; killing it asks nobody."""

    command: list[str]
    environment: Mapping[str, str]
    log: Path
    running: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def start(self) -> None:
        """Start it, in a process group of its own."""
        with self.log.open("ab") as output:
            self.running = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                cwd=stack.ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Send SIGKILL to the whole group, and reap its leader."""
        if self.running:
            os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Web, worker and simulator, on a PostgreSQL of their own in `folder`."""

    planned: stack.Stack
    folder: Path
    web: Process
    worker: Process
    simulator: Process

    def kill_web(self) -> None:
        """Kill the web server in the middle of its calls, and start it again."""
        self.web.kill()
        self.web.start()

    def kill_worker(self) -> None:
        """Kill the worker in the middle of its jobs, and start it again."""
        self.worker.kill()
        self.worker.start()

    def kill_postgres(self) -> None:
        """Shut PostgreSQL down as a power cut would; the next connection starts it again."""
        pid = server.status(self.folder).pid
        if pid:
            os.kill(pid, signal.SIGQUIT)
        server.ensure_running(self.folder)

    def await_answers(self) -> None:
        """Wait until the web server and the simulator answer; raises TimeoutError."""
        until = time.monotonic() + _START_SECONDS
        for url in (self.planned.base_url, self.planned.simulator_url.removesuffix("/simulator/")):
            while not _answers(f"{url}/healthz"):
                if time.monotonic() > until:
                    raise TimeoutError(f"{url} does not answer")
                time.sleep(0.05)


@contextmanager
def serving(planned: stack.Stack, *, folder: Path) -> Iterator[Service]:
    """Run the service until the block ends."""
    log = folder / "faults.log"

    def process(command: list[str]) -> Process:
        return Process(command=command, environment=planned.environment, log=log)

    service = Service(
        planned=planned,
        folder=folder,
        web=process([*_GUNICORN, "--bind", f"127.0.0.1:{planned.port}", "--workers", "2"]),
        worker=process(_WORKER),
        simulator=process(
            [*_GUNICORN, "--bind", f"127.0.0.1:{planned.simulator_port}", "--workers", "1"]
        ),
    )
    everything = (service.simulator, service.web, service.worker)
    try:
        for one in everything:
            one.start()
        service.await_answers()
        yield service
    finally:
        for one in everything:
            one.kill()
        server.stop(folder)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=1).ok
    except requests.RequestException:
        return False
