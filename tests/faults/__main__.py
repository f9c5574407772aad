import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django
import psycopg
import requests

from accounts import encryption
from pierre.local import house, ports, stack
from pierre.postgres import server
from tests.faults import counting, load, processes

_FAULTS: tuple[dict[str, object], ...] = (
    {"mode": "none"},
    {"mode": "drop"},
    {"mode": "slow", "seconds": 1},
    {"mode": "http_500"},
    {"mode": "refuse", "code": 131056},
)
_DRAIN_SECONDS = 180.0


def main() -> int:
    """Kill the web server, the worker and PostgreSQL at random moments; print what is left."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--populate", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.populate:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pierre.settings")
        django.setup()
        from tests.faults import populating  # noqa: PLC0415  only after django.setup()

        populating.populate(options.populate)
        return 0
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    with tempfile.TemporaryDirectory() as name:
        report = run(
            Path(name),
            kills=options.kills,
            people=options.people,
            threads=options.threads,
            seed=seed,
        )
    return 0 if report.is_clean else 1


def run(folder: Path, *, kills: int, people: int, threads: int, seed: int) -> counting.Report:
    """Do one run on a PostgreSQL in `folder`, and print and return what is left after it."""
    chance = random.Random(seed)
    planned = stack.plan(
        port=ports.free(),
        simulator_port=ports.free(),
        DATABASE_URL="",
        PIERRE_LOCAL_DIR=str(folder),
        FLOW_DEBOUNCE_SECONDS="1",
        FLOW_CAP_PER_HOUR="100000",
        FLOW_CAP_PER_DAY="100000",
        WHATSAPP_READ_TIMEOUT="3",
        WHATSAPP_TOTAL_TIMEOUT="4",
    )
    house.prepare(planned)
    crowd = load.Crowd(
        base_url=planned.base_url,
        simulator_url=planned.simulator_url,
        people=[load.Person(**person) for person in _people(planned, people)],
    )
    with processes.serving(planned, folder=folder) as service:
        house.publish(planned)
        pool = crowd.run(threads)
        _kill(service, kills, chance)
        crowd.stop()
        pool.shutdown()
        _fault(planned, {"mode": "none"})
        _drain(service)
        address = server.status(folder).address
        with psycopg.connect(
            dbname=server.DATABASE, host=address.host, user=address.user, port=address.port
        ) as connection:
            report = counting.count(connection, _acknowledged(planned))
    _print(report, crowd, seed=seed, kills=kills)
    return report


def _people(planned: stack.Stack, count: int) -> list[dict[str, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--populate", str(count)],
        env=dict(planned.environment),
        cwd=stack.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    people: list[dict[str, str]] = json.loads(done.stdout)
    return people


def _kill(service: processes.Service, kills: int, chance: random.Random) -> None:
    """Kill one of the three each time, after a moment in which work is under way."""
    victims = (service.kill_web, service.kill_worker, service.kill_postgres)
    for number in range(kills):
        time.sleep(chance.uniform(0.2, 1.5))
        if number % 5 == 0:
            _fault(service.planned, chance.choice(_FAULTS))
        chance.choice(victims)()
    service.await_answers()


def _fault(planned: stack.Stack, fault: dict[str, object]) -> None:
    for _ in range(20):  # PostgreSQL may be coming up again
        try:
            done = requests.post(f"{planned.simulator_url}faults", json=fault, timeout=10)
        except requests.RequestException:
            time.sleep(0.5)
            continue
        if done.ok:
            return
        time.sleep(0.5)


def _drain(service: processes.Service) -> None:
    """Wait until the simulator has told everything and the worker has done everything."""
    until = time.monotonic() + _DRAIN_SECONDS
    while time.monotonic() < until:
        ready = requests.get(f"{service.planned.base_url}/readyz", timeout=10).json()
        told = requests.get(f"{service.planned.simulator_url}webhooks", timeout=10).json()
        if not told["waiting"] and not ready["queue"]["depth"]:
            return
        time.sleep(1)


def _acknowledged(planned: stack.Stack) -> set[str]:
    found = requests.get(f"{planned.simulator_url}webhooks/delivered", timeout=60).json()
    return {encryption.index(key, purpose="update") for key in found["keys"]}


def _print(report: counting.Report, crowd: load.Crowd, *, seed: int, kills: int) -> None:
    print(f"{kills} kills, seed {seed}")  # noqa: T201  it is what the script is for
    print("answers", dict(crowd.answers), "taps", dict(crowd.taps))  # noqa: T201
    for name, number in {**report.counts, **report.wrongs}.items():
        print(f"{number:>8}  {name}")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
