import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from pierre.postgres import places, server
from tests.pierre import postgres_folders

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with postgres_folders.checkout(name="a, b's") as made:
        yield made


@pytest.fixture
def fresh() -> Iterator[Path]:
    with postgres_folders.checkout() as made:
        yield made


def test_what_was_committed_is_there_after_a_kill(folder: Path) -> None:
    with postgres_folders.connect(server.ensure_running(folder)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    killed = postgres_folders.kill_server(folder)

    address = server.ensure_running(folder)

    assert postgres_folders.query(address, "SELECT answer FROM kept") == "42"
    assert server.status(folder).pid != killed


def test_a_client_that_was_connected_sees_the_kill_and_can_connect_again(folder: Path) -> None:
    with postgres_folders.connect(server.ensure_running(folder), autocommit=True) as connection:
        postgres_folders.kill_server(folder)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")

    assert postgres_folders.query(server.ensure_running(folder), "SELECT 1") == "1"


@pytest.mark.parametrize("command", [["true"], ["sleep", "60"]], ids=["zombie", "another program"])
def test_a_process_id_that_is_no_longer_the_servers_is_no_obstacle(
    folder: Path, command: list[str]
) -> None:
    server.ensure_running(folder)
    killed = postgres_folders.kill_server(folder)
    with _process_of_the_account(folder, command) as stranger:
        _rewrite_lock_files(folder, killed, stranger.pid)

        assert server.status(folder).pid is None
        assert postgres_folders.query(server.ensure_running(folder), "SELECT 1") == "1"
        stranger.kill()


def test_a_server_that_lives_but_gives_no_answer_is_neither_cleared_away_nor_doubled(
    folder: Path,
) -> None:
    server.ensure_running(folder)
    pid = server.status(folder).pid
    places.choose(folder).socket.unlink()
    client = postgres_folders.launch(folder)

    with pytest.raises(subprocess.TimeoutExpired):
        client.communicate(timeout=1.5)
    os.killpg(client.pid, signal.SIGKILL)
    client.communicate()

    assert server.status(folder).pid == pid
    assert server.stop(folder) is True


def _kill_launcher(client: subprocess.Popen[str], folder: Path) -> None:
    os.killpg(client.pid, signal.SIGKILL)


def _kill_everything(client: subprocess.Popen[str], folder: Path) -> None:
    for pid in postgres_folders.processes_of(folder):
        os.kill(pid, signal.SIGKILL)


@linux_only
@pytest.mark.parametrize("kill", [_kill_launcher, _kill_everything])
def test_an_interrupted_initdb_is_begun_again(
    fresh: Path, kill: Callable[[subprocess.Popen[str], Path], None]
) -> None:
    client = postgres_folders.launch(fresh)
    place = places.choose(fresh)
    postgres_folders.wait_until((place.home / "data.new" / "base" / "1").exists)
    kill(client, fresh)
    client.communicate()
    assert not place.data.exists()

    address = server.ensure_running(fresh)

    assert postgres_folders.query(address, "SELECT current_database()") == "pierre"
    assert not (place.home / "data.new").exists()


def _process_of_the_account(folder: Path, command: list[str]) -> subprocess.Popen[bytes]:
    account = places.choose(folder).account
    started = subprocess.Popen(command, user=account.uid if os.geteuid() == 0 else None)
    if command == ["true"]:  # wait for its end without reaping it: now it is a zombie
        os.waitid(os.P_PID, started.pid, os.WEXITED | os.WNOWAIT)
    return started


def _rewrite_lock_files(folder: Path, killed: int, pid: int) -> None:
    place = places.choose(folder)
    for file in (
        place.data / "postmaster.pid",
        place.socket.with_name(f"{place.socket.name}.lock"),
    ):
        file.write_text(file.read_text().replace(f"{killed}\n", f"{pid}\n", 1))
