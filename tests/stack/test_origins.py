"""What the audit knows of a job and of a command, in real processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from accounts.models import AuditEvent, User
from openfinance import checks
from pierre.local import stack
from tests import workers
from tests.openfinance import rows

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("live_db")]

NOBODY = "http://127.0.0.1:9"
_RECORD = """
from accounts import audit
from accounts.models import User
user = User.objects.get(email="alice@example.com")
audit.record(user=user, act=audit.Act.LINK_OPENED, target=user)
"""


def test_a_job_is_known_by_its_task_and_its_number(tmp_path: Path, alice: User) -> None:
    # The bank never heard of it, so the job ends it, and calls nobody.
    consent = rows.consent(alice, status="created", authorised_at=None, bank_consent_id="")
    checks.enqueue(consent)
    moved = AuditEvent.objects.filter(act=AuditEvent.Act.CONSENT_MOVED, user=alice)
    with workers.running(NOBODY, log=tmp_path / "worker.log"):
        workers.until(moved.exists)
    event = moved.get()
    assert (event.actor_kind, event.actor) == ("job", "openfinance.tasks.look")
    assert (event.channel, event.request_id[:4]) == ("job", "job-")
    assert event.request_id[4:].isdecimal()


def test_a_command_is_known_by_its_name(alice: User) -> None:
    environment = {"PIERRE_DATABASE": connection.settings_dict["NAME"]}
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", _RECORD],
        env={**os.environ, **environment},
        cwd=stack.ROOT,
        check=True,
        timeout=60,
    )
    event = AuditEvent.objects.get()
    assert (event.actor_kind, event.actor, event.channel) == ("command", "shell", "command")
