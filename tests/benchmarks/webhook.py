"""Measure the webhook: `python -m tests.benchmarks.webhook`. It prints and judges nothing.

One web process takes signed POSTs of statuses while one worker processes them. Each message gets
`sent`, `delivered` and `read`, each of which changes its row. CPU is that of the processes, user
and system, without PostgreSQL's.
"""

import argparse
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
import psycopg
import requests
from django.conf import settings
from django.db import connection

from pierre.local import ports, scratch, stack

_TICK = os.sysconf("SC_CLK_TCK")
_WORDS = ("sent", "delivered", "read")
_SAMPLE_SECONDS = 0.25
_SAMPLES_SHOWN = 12
# What was received and is not processed: updates, and POSTs that are not yet taken apart.
_DEPTH = """
    SELECT (SELECT count(*) FROM whatsapp_incomingupdate WHERE processed_at IS NULL),
        (SELECT count(*) FROM whatsapp_webhookevent WHERE split_at IS NULL)"""


def populate(count: int) -> None:
    """Create messages in the stack's database and print their ids as JSON."""
    from whatsapp.models import OutgoingMessage  # noqa: PLC0415  only after django.setup()

    made = OutgoingMessage.objects.bulk_create(
        OutgoingMessage(
            phone=f"+55119{80000000 + number}",
            kind="text",
            payload={"type": "text", "text": {"body": "Oi!"}},
            status=OutgoingMessage.Status.UNKNOWN,
        )
        for number in range(count)
    )
    json.dump([str(message.pk) for message in made], sys.stdout)


def main() -> None:
    """Print what is accepted and processed a second, in POSTs of several sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=30_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 100, 10, 1])
    parser.add_argument("--populate", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pierre.settings")
    django.setup()
    if options.populate:
        populate(options.populate)
        return
    with scratch.database("benchmark") as name:
        planned = stack.plan(port=ports.free(), simulator_port=ports.free(), PIERRE_DATABASE=name)
        planned.manage("migrate", "--verbosity", "0")
        with (
            tempfile.TemporaryDirectory() as folder,
            stack.running(planned, log=Path(folder) / "log"),
            psycopg.connect(**_parameters(name), autocommit=True) as database,
        ):
            _measure(planned, database, size=100, updates=3000, clients=options.clients)
            for size in options.sizes:
                # POSTs of one status are not what the number is about: fewer say as much.
                updates = min(options.updates, size * 3000)
                _measure(planned, database, size=size, updates=updates, clients=options.clients)


def _measure(
    planned: stack.Stack,
    database: "psycopg.Connection[tuple[Any, ...]]",
    *,
    size: int,
    updates: int,
    clients: int,
) -> None:
    bodies = _bodies(_messages(planned, updates // len(_WORDS)), size=size)
    local = threading.local()

    def post(body: bytes) -> None:
        if not hasattr(local, "session"):
            local.session = requests.Session()
        signature = hmac.new(settings.WHATSAPP_APP_SECRETS[0].encode(), body, hashlib.sha256)
        headers = {"X-Hub-Signature-256": f"sha256={signature.hexdigest()}"}
        local.session.post(
            f"{planned.base_url}/webhooks/whatsapp", data=body, headers=headers, timeout=60
        ).raise_for_status()

    web, worker = (_cpu(planned.servers[place].pid) for place in (1, 2))
    began = time.perf_counter()
    with _depths(database, size) as depths:
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(post, bodies))
        accepted = time.perf_counter() - began
        while any(_depth(database)):
            time.sleep(0.05)
        processed = time.perf_counter() - began
    web, worker = (
        _cpu(planned.servers[place].pid) - before for place, before in ((1, web), (2, worker))
    )
    print(  # noqa: T201
        f"{size:5} a POST  {updates:6} updates"
        f"  accepted {updates / accepted:6.0f}/s  processed {updates / processed:5.0f}/s"
        f"  CPU an update: web {web / updates * 1000:.2f} ms,"
        f" worker {worker / updates * 1000:.2f} ms"
        f"  depth every {_SAMPLE_SECONDS * _step(depths):.2f} s: {_shown(depths)}"
    )


def _messages(planned: stack.Stack, count: int) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.webhook", "--populate", str(count)],
        env=dict(planned.environment),
        cwd=stack.ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    return list(json.loads(done.stdout))


def _bodies(keys: Sequence[str], *, size: int) -> list[bytes]:
    at = int(time.time())
    told = [
        {
            "id": f"wamid.{key}",
            "status": word,
            "timestamp": str(at + place),
            "recipient_id": "5511987654321",
            "recipient_user_id": "BR.13491208655302741918",
            "biz_opaque_callback_data": key,
            "pricing": {"billable": True, "pricing_model": "PMP", "category": "utility"},
        }
        for place, word in enumerate(_WORDS)
        for key in keys
    ]
    metadata = {"phone_number_id": settings.WHATSAPP["OPTIONS"]["phone_number_id"]}
    values = (
        {"messaging_product": "whatsapp", "metadata": metadata, "statuses": told[start:][:size]}
        for start in range(0, len(told), size)
    )
    return [
        json.dumps(
            {
                "object": "whatsapp_business_account",
                "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}],
            }
        ).encode()
        for value in values
    ]


@contextmanager
def _depths(database: "psycopg.Connection[tuple[Any, ...]]", size: int) -> Iterator[list[int]]:
    """Fill a list with how many updates wait, at each sample until the block ends."""
    depths: list[int] = []
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(_SAMPLE_SECONDS):
            updates, events = _depth(database)
            depths.append(updates + events * size)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield depths
    finally:
        ended.set()
        thread.join()


def _depth(database: "psycopg.Connection[tuple[Any, ...]]") -> tuple[int, int]:
    updates, events = database.execute(_DEPTH).fetchone() or (0, 0)
    return updates, events


def _step(depths: Sequence[int]) -> int:
    return max(1, -(-len(depths) // _SAMPLES_SHOWN))


def _shown(depths: Sequence[int]) -> str:
    return " ".join(map(str, depths[:: _step(depths)]))


def _parameters(name: str) -> dict[str, Any]:
    keep = ("host", "port", "user", "password")
    given = connection.get_connection_params()
    return {key: given[key] for key in keep if key in given} | {"dbname": name}


def _cpu(server: int) -> float:
    """Return the seconds of CPU that a server and its children have used so far."""
    ticks = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if server in (int(entry.name), int(fields[1])):
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK


if __name__ == "__main__":
    main()
