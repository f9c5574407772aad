"""Measure a person's rights: `python -m tests.benchmarks.export`. It prints and judges nothing.

One person with very many audit events is exported, then erased among what Meta told of others, and
the audit is verified. CPU is the process's own, without PostgreSQL's.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import django

from pierre.local import scratch
from tests.benchmarks import audit

_AT_ONCE = 5000
_EMAIL = "ana@example.com"


def populate(events: int, updates: int) -> None:
    """Write a person with so many events, and so many updates about others."""
    from django.utils import timezone  # noqa: PLC0415  only after django.setup()

    from accounts.models import User  # noqa: PLC0415

    user = User.objects.create_user(
        _EMAIL, name="Ana", phone="+5511987654321", phone_verified_at=timezone.now()
    )
    audit.record(user, events)
    _tell_of_others(updates)


def measure() -> None:
    """Print what each right costs in the database that the environment names."""
    from accounts.models import User  # noqa: PLC0415
    from accounts.trail import reading  # noqa: PLC0415
    from accounts.trail.problems import Counts  # noqa: PLC0415
    from pierre.privacy import erasure, export, retention  # noqa: PLC0415

    user = User.objects.get(email=_EMAIL)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ana.zip"
        with _measured("export"), path.open("wb") as file:
            export.write(user=user, to=file)
        with zipfile.ZipFile(path) as archive:
            sizes = {one.filename: one.file_size for one in archive.infolist()}
        print(f"  zip {path.stat().st_size:,} bytes of {json.dumps(sizes)}")  # noqa: T201
    with _measured("dry run of the retention"):
        retention.find()
    erasure.request(user=user)
    with _measured("erasure"):
        erasure.erase(user=user)
    with _measured("verification after it"):
        problems = sum(1 for _ in reading.verify(counts=Counts()))
    print(f"  {problems} problems")  # noqa: T201


def main() -> None:
    """Measure in a database of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--updates", type=int, default=100_000)
    parser.add_argument("--part", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pierre.settings")
    django.setup()
    if options.part == "populate":
        populate(options.events, options.updates)
    elif options.part == "measure":
        measure()
    else:
        _in_a_database_of_its_own(options.events, options.updates)


def _in_a_database_of_its_own(events: int, updates: int) -> None:
    print(f"{events} events of the person, {updates} updates about others")  # noqa: T201
    sizes = ["--events", str(events), "--updates", str(updates)]
    this = ["-m", "tests.benchmarks.export"]
    with scratch.server_as_found(), scratch.database("benchmark") as name:
        environment = os.environ | {"PIERRE_DATABASE": name}
        for command in (
            ["manage.py", "migrate", "--verbosity", "0"],
            [*this, "--part", "populate", *sizes],
            [*this, "--part", "measure"],
        ):
            subprocess.run([sys.executable, *command], env=environment, check=True)


def _tell_of_others(updates: int) -> None:
    from django.utils import timezone  # noqa: PLC0415

    from whatsapp.models import IncomingUpdate  # noqa: PLC0415

    now = timezone.now()
    IncomingUpdate.objects.bulk_create(
        (
            IncomingUpdate(
                key=f"status:wamid.{number}:read:1",
                content={
                    "kind": "status",
                    "field": "messages",
                    "update": {"id": f"wamid.{number}", "recipient_id": f"55219{number:08}"},
                },
                processed_at=now,
                next_attempt_at=None,
            )
            for number in range(updates)
        ),
        batch_size=_AT_ONCE,
    )


@contextmanager
def _measured(what: str) -> Iterator[None]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(  # noqa: T201
        f"{what}: {wall:.1f} s, CPU {cpu:.1f} s; the process has at most {most / 1024:.0f} MB,"
        f" {(most - before) / 1024:.0f} MB above what it had"
    )


if __name__ == "__main__":
    main()
