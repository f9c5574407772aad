"""Make the database of a stack ready, and keep two `make run` of one checkout apart."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from pierre.local.stack import Stack


class AlreadyRunning(Exception):
    """This checkout is being served already."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the checkout for one `run`; raise AlreadyRunning, with its address, when it is held.

    The lock goes with its process, however that ends, so nothing is left to clean up.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(_where(folder / "run.json")) from error
        yield


def prepare(planned: Stack) -> dict[str, Any]:
    """Migrate, load the banks and create the cast; return its keys, phones and administrator."""
    planned.manage("migrate", "--verbosity", "0")
    planned.manage("sync_banks")
    planned.manage("use_sandbox_banks")
    people: dict[str, Any] = json.loads(planned.manage("create_demo_users"))
    return people


def publish(running: Stack) -> None:
    """Put up our templates and, where there is a key, our Flow: at the simulator, as at Meta."""
    reviewed = requests.post(
        f"{running.simulator_url}review", json={"verdict": "APPROVED", "seconds": 0}, timeout=10
    )
    reviewed.raise_for_status()
    running.manage("sync_templates", "--yes")
    if running.environment.get("WHATSAPP_FLOW_PRIVATE_KEYS"):
        running.manage("sync_whatsapp_flow")


def _where(path: Path) -> str:
    try:
        facts = json.loads(path.read_text())
    except (OSError, ValueError):
        return "Another make run of this checkout is starting."
    return (
        f"This checkout is served already: {facts['base_url']} (process {facts['pid']}). Stop that"
        " first, or serve a second one beside it with its own PIERRE_LOCAL_DIR and ports."
    )
