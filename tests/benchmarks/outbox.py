"""Measure a worker: `python -m tests.benchmarks.outbox`. It prints and judges nothing.

One worker hands messages that were queued before it began to a local HTTP server, each to a person
of its own: once at Meta's pace, and once with no pace to keep, which shows what a worker can do.
CPU is the worker's own, user and system.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import django

from pierre.local import ports, scratch, stack
from tests.whatsapp import tcp

_TICK = os.sysconf("SC_CLK_TCK")
_UNPACED = 100_000


def populate(count: int) -> None:
    """Queue messages in the stack's database."""
    from django.db import transaction  # noqa: PLC0415  only after django.setup()

    from whatsapp import outbox  # noqa: PLC0415
    from whatsapp.messages import Text  # noqa: PLC0415

    with transaction.atomic():
        for number in range(count):
            outbox.queue(to=f"+1415{number:07}", message=Text(body="Oi!"))


def main() -> None:
    """Print messages per second and CPU per message."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--populate", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pierre.settings")
    django.setup()
    if options.populate:
        populate(options.populate)
        return
    for pace in (80, _UNPACED):
        with scratch.database("benchmark") as name, tcp.serving(tcp.accepts) as server:
            planned = stack.plan(
                port=ports.free(),
                simulator_port=ports.free(),
                PIERRE_DATABASE=name,
                WHATSAPP_SIMULATOR="0",
                WHATSAPP_ACCESS_TOKEN="x",
                WHATSAPP_PHONE_NUMBER_ID="1",
                WHATSAPP_GRAPH_URL=server.url,
                WHATSAPP_MESSAGES_PER_SECOND=str(pace),
            )
            planned.manage("migrate", "--verbosity", "0")
            _measure(planned, server, options.messages, pace=pace)


def _measure(planned: stack.Stack, server: tcp.Server, count: int, *, pace: int) -> None:
    _run(planned, "-m", "tests.benchmarks.outbox", "--populate", str(count)).wait()
    worker = _run(planned, "manage.py", "worker")
    try:
        while not server.requests:
            time.sleep(0.005)
        began, first, spent = time.perf_counter(), len(server.requests), _cpu(worker.pid)
        while len(server.requests) < count:
            if worker.poll() is not None:
                raise SystemExit("the worker stopped")
            time.sleep(0.005)
        elapsed, spent = time.perf_counter() - began, _cpu(worker.pid) - spent
    finally:
        worker.terminate()
        worker.wait()
    sent = count - first
    label = "no pace" if pace == _UNPACED else f"{pace}/s"
    print(  # noqa: T201
        f"{label:<8} {sent} messages  {sent / elapsed:6.1f} messages/s"
        f"  CPU {spent / sent * 1000:5.2f} ms a message"
    )


def _run(planned: stack.Stack, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, *arguments], env=dict(planned.environment), cwd=stack.ROOT
    )


def _cpu(pid: int) -> float:
    """Return the seconds of CPU that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


if __name__ == "__main__":
    main()
