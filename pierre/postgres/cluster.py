"""The cluster on disk: made once, cleared of what a killed server left, and served."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pierre.postgres import binaries, places
from pierre.postgres.errors import PostgresError
from pierre.postgres.places import Places

SUPERUSER = "postgres"
MAX_CONNECTIONS = 300
# Nothing of the caller's environment reaches the server: a locale, PGDATA or LD_LIBRARY_PATH of
# one shell would otherwise decide for every process of the checkout.
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": "/usr/bin:/bin"}


def create(place: Places, *, lock: int) -> None:
    """Make the cluster unless it exists: under another name first, so that a kill leaves nothing.

    `lock` is the launcher's: initdb carries it too, so that one who outlives its launcher is
    waited for. Raises PostgresError when initdb fails.
    """
    if place.data.exists():
        return
    unfinished = place.home / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    places.make_for(place.account, unfinished)
    code = _run(
        [
            str(binaries.find(place) / "initdb"),
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            "--auth=trust",  # behind a socket whose folder only the account can enter
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        ],
        place=place,
        keep=lock,
    )
    if code != 0:
        raise failure(place, "initdb could not make the database cluster.")
    unfinished.rename(place.data)


def serve(place: Places, *, lock: int) -> None:
    """Start the server, detached: it outlives us and our terminal, and keeps `lock` while it lives.

    Returns at once; whether the server came up shows on its socket and on the lock.
    """
    folders = str(place.sockets).replace('"', '""')
    options = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{folders}"',
        "unix_socket_permissions": "0700",
        "port": str(places.PORT),
        "max_connections": str(MAX_CONNECTIONS),
        "log_line_prefix": "%m [%p] ",
    }
    settings = [f"--{name}={value}" for name, value in options.items()]
    postgres = [str(binaries.find(place) / "postgres"), "-D", str(place.data), *settings]
    _run(["/bin/sh", "-c", '"$@" &', "sh", *postgres], place=place, keep=lock)


def postmaster(place: Places) -> int | None:
    """Return the process id of the server that runs on the cluster, or None.

    None also for a process id that is gone, a zombie, or by now another program's.
    """
    try:
        pid = int((place.data / "postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    return pid if _serves(pid, place.data) else None


def clear_stale_locks(place: Places) -> None:
    """Remove the lock files of a killed server, and only when its process no longer runs.

    PostgreSQL does so by itself except for a zombie and for a process id in use again, as after
    the restart of a container.
    """
    if postmaster(place) is None:
        (place.data / "postmaster.pid").unlink(missing_ok=True)
        place.socket.with_name(f"{place.socket.name}.lock").unlink(missing_ok=True)


def failure(place: Places, reason: str) -> PostgresError:
    """Return the error for `reason`, with the last lines and the path of the log."""
    lines = place.log.read_text(errors="replace").splitlines()[-5:] if place.log.exists() else []
    return PostgresError.because(
        "\n".join([reason, *(f"  {line}" for line in lines)]), hint=f"the whole log is {place.log}"
    )


def _serves(pid: int, data: Path) -> bool:
    if sys.platform != "linux":
        return _exists(pid)
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return os.fsencode(data) in words  # a zombie's command line is empty


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody's, so it exists
    return True


def _run(command: Sequence[str], *, place: Places, keep: int) -> int:
    root = os.geteuid() == 0
    log = os.open(place.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        return subprocess.run(  # noqa: S603 (our own programs, no shell text from outside)
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
            cwd="/",  # the caller's folder may be closed to the account
            env=ENVIRONMENT,
            pass_fds=(keep,),
            start_new_session=True,
            user=place.account.uid if root else None,
            group=place.account.gid if root else None,
            extra_groups=[] if root else None,
        ).returncode
    finally:
        os.close(log)
