"""Measure the endpoint: `python -m tests.benchmarks.endpoint`. It prints and judges nothing.

One web process calls the simulator over real HTTP. Each call is a first call of its own user, so
every one is accepted and puts a message on a phone. CPU is the web process's own, user and system.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django
import requests

from pierre.local import house, ports, scratch, stack
from pierre.local.expectations import PATH

_TICK = os.sysconf("SC_CLK_TCK")


def populate(count: int) -> None:
    """Create Premium users in the stack's database and print their keys as JSON."""
    from django.utils import timezone  # noqa: PLC0415  only after django.setup()

    from accounts import api_keys  # noqa: PLC0415
    from accounts.models import Plan, Subscription, User  # noqa: PLC0415

    plan = Plan.objects.get(slug="premium")
    users = User.objects.bulk_create(
        User(
            email=f"user{number}@example.com",
            name=f"Ana {number}",
            phone=f"+55119{80000000 + number}",
            phone_verified_at=timezone.now(),
            password="!",
        )
        for number in range(count)
    )
    Subscription.objects.bulk_create(Subscription(user=user, plan=plan) for user in users)
    json.dump([api_keys.issue(user=user)[1] for user in users], sys.stdout)


def main() -> None:
    """Print calls per second, latency and CPU per accepted call at two latencies of WhatsApp."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1500)
    parser.add_argument("--clients", type=int, default=32)
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
        planned.manage("sync_banks")
        keys = _keys(planned, 2 * options.calls + 200)
        with (
            tempfile.TemporaryDirectory() as folder,
            stack.running(planned, log=Path(folder) / "log"),
        ):
            house.publish(planned)
            _measure(planned, keys[:200], options.clients, latency=0, label="warm-up")
            half = 200 + options.calls
            _measure(planned, keys[200:half], options.clients, latency=0)
            _measure(planned, keys[half:], options.clients, latency=0.08)


def _keys(planned: stack.Stack, count: int) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.endpoint", "--populate", str(count)],
        env=dict(planned.environment),
        cwd=stack.ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    return list(json.loads(done.stdout))


def _measure(
    planned: stack.Stack, keys: list[str], clients: int, *, latency: float, label: str = ""
) -> None:
    fault = {"mode": "slow", "seconds": latency} if latency else {"mode": "none"}
    requests.post(f"{planned.simulator_url}faults", json=fault, timeout=10).raise_for_status()
    local = threading.local()

    def call(key: str) -> float:
        if not hasattr(local, "session"):
            local.session = requests.Session()
        began = time.perf_counter()
        answer = local.session.post(
            planned.base_url + PATH, headers={"Authorization": f"Bearer {key}"}, timeout=60
        )
        if not answer.ok:
            raise SystemExit(f"HTTP {answer.status_code}: {answer.text}")
        return time.perf_counter() - began

    cpu, began = _cpu(planned), time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        times = sorted(pool.map(call, keys))
    elapsed, spent = time.perf_counter() - began, _cpu(planned) - cpu
    print(  # noqa: T201
        f"{label or 'measured':<9} latency {latency * 1000:3.0f} ms  {len(keys)} calls"
        f"  {len(keys) / elapsed:6.0f} calls/s  p50 {times[len(times) // 2] * 1000:6.1f} ms"
        f"  p99 {times[int(len(times) * 0.99)] * 1000:6.1f} ms"
        f"  CPU {spent / len(keys) * 1000:5.2f} ms a call"
    )


def _cpu(planned: stack.Stack) -> float:
    """Return the seconds of CPU that the web server's processes have used so far."""
    web = planned.servers[1].pid
    ticks = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(entry.name) == web or int(fields[1]) == web:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK


if __name__ == "__main__":
    main()
