"""Compare the times of refusals: `python -m tests.benchmarks.bad_keys`.

An unknown, a revoked and an expired key, all well formed, are presented in turn, in random order,
on one connection to one web process. For each pair it prints Mann and Whitney's test: the
probability of samples at least so far apart if nothing tells the two kinds of key apart.
"""

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from itertools import combinations
from pathlib import Path

import django
import requests

from pierre.local import house, ports, scratch, stack
from pierre.local.expectations import PATH
from tests.security import keys, ranks

_POPULATE = "from tests.security.populating import bad_keys; bad_keys()"
_LEVEL = 0.01
_WARM = 50


def main() -> None:
    """Print the medians, and the test of each pair."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000, help="of each kind")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pierre.settings")
    django.setup()
    with scratch.server_as_found(), scratch.database("timing") as name:
        times = _measure(name, options.calls)
    for kind, values in times.items():
        print(f"{kind:8} {len(values)} calls, median {statistics.median(values) * 1000:.3f} ms")  # noqa: T201
    for one, other in combinations(times, 2):
        p = ranks.p_value(times[one], times[other])
        verdict = "told apart" if p < _LEVEL else "indistinguishable"
        print(f"{one} and {other}: p = {p:.3f}, {verdict} at {_LEVEL:.0%}")  # noqa: T201


def _measure(database: str, calls: int) -> dict[str, list[float]]:
    planned = stack.plan(
        port=ports.free(),
        simulator_port=ports.free(),
        PIERRE_DATABASE=database,
        API_BAD_KEY_RATE="1000000/m",
    )
    house.prepare(planned)
    known = json.loads(planned.manage("shell", "-v", "0", "-c", _POPULATE))
    bad = {"unknown": keys.made_up(), **known}
    times: dict[str, list[float]] = {kind: [] for kind in bad}
    order = [kind for kind in bad for _ in range(calls + _WARM)]
    random.shuffle(order)
    with (
        tempfile.TemporaryDirectory() as folder,
        stack.running(planned, log=Path(folder) / "stack.log") as running,
        requests.Session() as session,
    ):
        for kind in order:
            headers = {"Authorization": f"Bearer {bad[kind]}"}
            began = time.perf_counter()
            answer = session.get(running.base_url + PATH, headers=headers, timeout=10)
            times[kind].append(time.perf_counter() - began)
            if answer.status_code != requests.codes.unauthorized:
                raise SystemExit(f"A key that is {kind} was answered {answer.status_code}.")
    return {kind: values[_WARM:] for kind, values in times.items()}


if __name__ == "__main__":
    main()
