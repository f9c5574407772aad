"""Start and stop the processes of one laptop: a web server, a worker and the simulator."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent.parent
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0


class StackError(Exception):
    """A process of the stack did not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Where everything listens, and the environment that makes a process part of it."""

    port: int
    simulator_port: int
    environment: Mapping[str, str]
    # The simulator, the web server and the worker, in this order.
    servers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}/simulator/"

    @property
    def admin_url(self) -> str:
        return f"{self.base_url}/admin/"

    def require_alive(self, *, log: Path) -> None:
        """Raise StackError when a server has stopped by itself."""
        if any(server.poll() is not None for server in self.servers):
            raise StackError(f"A server stopped; the reason is at the end of {log}.")

    def manage(self, *arguments: str) -> str:
        """Run a manage.py command in the stack's environment and return what it printed.

        Raises StackError with its error output when it fails.
        """
        done = subprocess.run(  # noqa: S603  our own manage.py
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=dict(self.environment),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StackError(f"manage.py {arguments[0]} failed:\n{done.stdout}{done.stderr}")
        return done.stdout


def plan(*, port: int, simulator_port: int, **environment: str) -> Stack:
    """Describe a stack on these ports; extra environment variables win over the usual ones."""
    usual = {
        "PIERRE_DEVELOPMENT": "1",
        "DJANGO_DEBUG": "0",
        "WHATSAPP_SIMULATOR": "1",
        "PIERRE_PORT": str(port),
        "PIERRE_SIMULATOR_PORT": str(simulator_port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "WHATSAPP_GRAPH_URL": f"http://127.0.0.1:{simulator_port}/simulator/graph",
        "OPEN_FINANCE_SANDBOX": "1",
        "SANDBOX_BANK_URL": f"http://127.0.0.1:{simulator_port}/sandbox-bank",
        "SIMULATOR_WEBHOOK_URL": f"http://127.0.0.1:{port}/webhooks/whatsapp",
        "PYTHONUNBUFFERED": "1",
    }
    return Stack(
        port=port,
        simulator_port=simulator_port,
        environment={**os.environ, **usual, **environment},
    )


@contextmanager
def running(stack: Stack, *, log: Path, workers: int = 1) -> Iterator[Stack]:
    """Serve until the block ends, then stop every process; what they print goes to `log`.

    `workers` are the web server's. The web server stops first, then the worker with what that
    enqueued last, then the simulator that both call.
    """
    with log.open("ab") as output, ExitStack() as cleanup:

        def start(*arguments: str) -> "subprocess.Popen[bytes]":
            server = _start(stack, arguments, output=output.fileno())
            cleanup.callback(_stop, server)
            return server

        simulator = start(*_gunicorn(stack.simulator_port, workers=1))
        worker = start(str(ROOT / "manage.py"), "worker")
        web = start(*_gunicorn(stack.port, workers=workers))
        stack.servers.extend((simulator, web, worker))
        _await(simulator, port=stack.simulator_port, log=log)
        _await(web, port=stack.port, log=log)
        yield stack


def _gunicorn(port: int, *, workers: int) -> list[str]:
    address = ["--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
    return ["-m", "gunicorn", "-c", "python:pierre.gunicorn", *address]


def _start(stack: Stack, arguments: Sequence[str], *, output: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  our own server
        [sys.executable, *arguments],
        env=dict(stack.environment),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        # Ctrl-C reaches us alone, so that what is on its way to WhatsApp ends before we stop it.
        start_new_session=True,
    )


def _await(server: "subprocess.Popen[bytes]", *, port: int, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1)
        except requests.RequestException:
            time.sleep(0.05)
        else:
            return
    last = log.read_text(errors="replace")[-2000:]
    raise StackError(f"The server on port {port} did not start. The end of {log}:\n{last}")


def _stop(server: "subprocess.Popen[bytes]") -> None:
    if server.poll() is not None:
        return
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
