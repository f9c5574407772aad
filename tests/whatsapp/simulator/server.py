"""The simulator as a server of its own: a real gunicorn on a free port."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from django.conf import settings

from pierre.local import ports, scratch
from tests.whatsapp.simulator.bodies import TOKEN, URL, message

CONNECTIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """The simulator as a server of its own, for a business at a port where nobody need listen."""

    address: str
    log: Path
    business_port: int

    def tell(self, what: str, **facts: object) -> requests.Response:
        """Post to one of the simulator's own addresses: acts, faults, phones, reset, telling."""
        return requests.post(f"{self.address}/simulator/{what}", json=facts, timeout=10)

    def send(self, body: object = None, *, timeout: float = 30) -> requests.Response:
        """Send a message, Alice's "Oi!" unless another one is given."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return requests.post(
            self.address + URL, json=body or message(), headers=headers, timeout=timeout
        )

    def stored(self) -> int:
        url = f"{self.address}/simulator/messages"
        answer: dict[str, Any] = requests.get(
            url, params={"phone": message()["to"]}, timeout=10
        ).json()
        return len(answer["messages"])


@contextmanager
def running(log: Path) -> Iterator[Meta]:
    """Start it on a database of its own and wait until it answers; stop it in the end."""
    port, business_port = ports.free(), ports.free()
    with scratch.database("simulator") as name, log.open("w") as output:
        environment = os.environ | {
            "PIERRE_DATABASE": name,
            "DATABASE_POOL_MAX": str(CONNECTIONS),
            "WEB_BIND": f"127.0.0.1:{port}",
            "WEB_WORKERS": "1",
            "WEB_THREADS": "16",
            "SIMULATOR_WEBHOOK_URL": f"http://127.0.0.1:{business_port}/webhooks/whatsapp",
        }
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=environment, cwd=settings.BASE_DIR, check=True)
        serve = [sys.executable, "-m", "gunicorn", "-c", "python:pierre.gunicorn"]
        process = subprocess.Popen(
            serve, env=environment, cwd=settings.BASE_DIR, stdout=output, stderr=output
        )
        try:
            meta = Meta(address=f"http://127.0.0.1:{port}", log=log, business_port=business_port)
            until(lambda: answers(meta.address))
            yield meta
        finally:
            process.terminate()
            process.wait(timeout=60)


def answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
