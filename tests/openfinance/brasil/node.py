"""Independent peers that run on Node: installed once, started on free loopback ports."""

import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "peers"
_LOCAL = Path(__file__).parents[3] / ".local"
_FILES = ("package.json", "package-lock.json", ".npmrc")
_OLDEST = 20
_START_SECONDS = 60


def install(source: Path = HERE) -> Path:
    """Return the folder with the peers, or with other packages, installed as its lock file says.

    Without Node and npm the tests are skipped, unless CI demands them.
    """
    missing = _missing()
    if missing:
        if os.environ.get("PIERRE_REQUIRE_NODE"):
            pytest.fail(missing)
        pytest.skip(missing)
    folder = _LOCAL / source.name
    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / "installed"
    wanted = (source / "package-lock.json").read_text()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            for name in _FILES:
                shutil.copy(source / name, folder)
            command = [
                "npm",
                "ci",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--loglevel=error",
            ]
            subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)
            stamp.write_text(wanted)
        for script in source.glob("*.mjs"):
            installed = folder / script.name
            # Never while another process may be reading it.
            if not installed.exists() or installed.read_bytes() != script.read_bytes():
                shutil.copy(script, installed)
    return folder


def _missing() -> str:
    if not shutil.which("node") or not shutil.which("npm"):
        return "there is no node or npm on the PATH: apt-get install nodejs npm"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    found = re.match(r"v(\d+)", version.stdout)
    if not found or int(found[1]) < _OLDEST:
        return f"Node {_OLDEST} or newer is needed, this is {version.stdout.strip()}"
    return ""


@contextmanager
def bank(configuration: dict[str, Any], *, authority: Path) -> Iterator[int]:
    """Run the bank of server.mjs and yield its port."""
    folder = install()
    process = subprocess.Popen(
        ["node", "--no-warnings", "server.mjs"],
        cwd=folder,
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(authority)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(configuration) + "\n")
        process.stdin.flush()
        for line in process.stdout:
            if line.startswith('{"port"'):
                yield int(json.loads(line)["port"])
                break
        else:
            pytest.fail("the bank did not start")
        process.kill()


@contextmanager
def prism(specification: Path, *, upstream: str | None = None) -> Iterator[str]:
    """Mock the API of a specification, or stand before one at `upstream`, and yield the URL.

    Before another one it answers, in its place, an error for what the specification does not
    allow: problem+json for a request, one with `sl-violations` for an answer.
    """
    program = install() / "node_modules" / ".bin" / "prism"
    port = _free_port()
    command = [str(program), "proxy" if upstream else "mock", "--host", "127.0.0.1"]
    what = ["--errors", str(specification), upstream] if upstream else [str(specification)]
    with subprocess.Popen(
        [*command, "--port", str(port), *what],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("Prism did not start")
