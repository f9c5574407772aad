"""Measure a long trail: `python -m tests.benchmarks.audit`. It prints and judges nothing.

One person has so many events in a database of its own; each part runs in a process of its own, and
its memory is that process's peak.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import django
from django.conf import settings

from pierre.local import ports, scratch, stack

if TYPE_CHECKING:
    from accounts.models import User

# Events of one transaction: each leaves a dead version of the head until it ends.
_IN_ONE = 20


def populate(count: int) -> None:
    """Write the person and their events."""
    from accounts.models import User  # noqa: PLC0415  only after django.setup()

    record(User.objects.create_superuser("long@example.com", "x"), count)


def record(user: "User", count: int) -> None:
    """Write so many events of a user, as `audit.record` does, one by one."""
    from django.db import transaction  # noqa: PLC0415

    from accounts import audit, origins  # noqa: PLC0415

    origin = origins.Origin(
        kind=origins.ActorKind.USER,
        actor=str(user.pk),
        address="203.0.113.7",
        user_agent="Mozilla/5.0",
        channel="page",
    )
    began = time.perf_counter()
    with origins.acting(origin):
        for _ in range(count // _IN_ONE):
            with transaction.atomic():
                for _ in range(_IN_ONE):
                    audit.record(user=user, act=audit.Act.CONNECTIONS_READ, target=user)
    spent = (time.perf_counter() - began) / count
    _print(f"record {count} events, {spent * 1000:.2f} ms each", began)


def verify() -> None:
    """Verify the whole chain."""
    from accounts.trail import reading  # noqa: PLC0415
    from accounts.trail.problems import Counts  # noqa: PLC0415

    began, counts = time.perf_counter(), Counts()
    problems = sum(1 for _ in reading.verify(counts=counts))
    _print(f"verify {counts.events} events, {problems} problems", began)


def timeline() -> None:
    """Read the first page of the trail and one from its middle."""
    from django.test import Client  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415

    user = User.objects.get(email="long@example.com")
    client = Client()
    client.force_login(user)
    page = f"/admin/accounts/user/{user.pk}/trail/"
    client.get(page)  # templates are compiled once
    for query in ("", f"?before={user.audit_events.count() // 2}"):
        began = time.perf_counter()
        answer = client.get(page + query)
        _print(f"timeline {query or 'first page'}: {answer.status_code}", began)


PARTS = {"verify": verify, "timeline": timeline}


def main() -> None:
    """Print seconds and peak memory of each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--part", choices=["populate", *PARTS], help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pierre.settings")
    django.setup()
    if options.part:
        settings.ALLOWED_HOSTS = ["testserver"]
        populate(options.events) if options.part == "populate" else PARTS[options.part]()
        return
    with scratch.database("benchmark") as name:
        planned = stack.plan(port=ports.free(), simulator_port=ports.free(), PIERRE_DATABASE=name)
        planned.manage("migrate", "--verbosity", "0")
        for part in ("populate", *PARTS):
            subprocess.run(
                [
                    *(sys.executable, "-m", "tests.benchmarks.audit"),
                    *("--part", part, "--events", str(options.events)),
                ],
                env=dict(planned.environment),
                cwd=stack.ROOT,
                check=True,
            )


def _print(what: str, began: float) -> None:
    spent = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what}: {spent:.2f} s, peak {peak:.0f} MB")  # noqa: T201


if __name__ == "__main__":
    main()
