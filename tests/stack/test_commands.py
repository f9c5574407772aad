"""make demo and make run as a newcomer meets them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from pierre.local import ports, stack

pytestmark = pytest.mark.stack


def command(name: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(stack.ROOT / "manage.py"), name],
        env={**os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE": "", **environment},
        cwd=stack.ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def running(folder: Path, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    process = command(
        "run",
        PIERRE_LOCAL_DIR=str(folder),
        PIERRE_PORT=str(ports.free()),
        PIERRE_SIMULATOR_PORT=str(ports.free()),
        **environment,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        subprocess.run(
            [sys.executable, str(stack.ROOT / "manage.py"), "db", "stop"],
            env={**os.environ, "PIERRE_LOCAL_DIR": str(folder)},
            cwd=stack.ROOT,
            check=False,
            capture_output=True,
        )


def published(folder: Path) -> dict[str, object]:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            return dict(json.loads((folder / "run.json").read_text()))
        except (FileNotFoundError, ValueError):
            time.sleep(0.1)
    raise AssertionError("run.json did not appear")


def test_the_demo_shows_every_answer_and_ends_well() -> None:
    process = command("demo")
    printed, _ = process.communicate(timeout=400)
    assert process.returncode == 0, printed
    assert "Everything is as the contract says." in printed
    assert printed.count('{"status": "accepted"') == 3
    assert printed.count("-- the phone got nothing") == 1


def test_run_serves_and_says_where_until_it_is_stopped(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        facts = published(tmp_path)
        assert facts["pid"] == process.pid
        assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600
        assert requests.get(str(facts["simulator_url"]), timeout=10).status_code == 200
        assert requests.get(str(facts["admin_url"]), timeout=10).status_code == 200

        second = command("run", PIERRE_LOCAL_DIR=str(tmp_path))
        printed, _ = second.communicate(timeout=30)
        assert second.returncode == 1
        assert f"served already: {facts['base_url']}" in printed
        assert "Traceback" not in printed
    assert not (tmp_path / "run.json").exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(str(facts["base_url"]), timeout=5)


def test_a_port_in_use_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = command("run", PIERRE_LOCAL_DIR=str(tmp_path), PIERRE_PORT=str(port))
        printed, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"Port {port} is in use. Choose another: PIERRE_PORT=" in printed


def test_the_server_refuses_to_start_with_broken_settings() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "-c", "python:pierre.gunicorn"],
        env={
            **os.environ,
            "PIERRE_DEVELOPMENT": "0",
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
            "WEB_BIND": f"127.0.0.1:{ports.free()}",
        },
        cwd=stack.ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "pierre.E001" in done.stderr
