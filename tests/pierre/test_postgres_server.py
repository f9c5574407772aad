import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pierre.postgres import places, server
from pierre.postgres.errors import PostgresError
from tests.pierre import postgres_folders


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with postgres_folders.checkout() as made:
        yield made


@pytest.fixture
def fresh() -> Iterator[Path]:
    with postgres_folders.checkout() as made:
        yield made


def test_a_server_with_its_database_is_there_after_the_first_call(folder: Path) -> None:
    address = server.ensure_running(folder)

    assert postgres_folders.query(address, "SELECT current_database()") == "pierre"
    assert " " in address.host


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("SHOW listen_addresses", ""),
        ("SHOW fsync", "on"),
        ("SHOW TimeZone", "UTC"),
        ("SHOW max_connections", "300"),
        ("SHOW server_encoding", "UTF8"),
        ("SELECT datlocprovider FROM pg_database WHERE datname = 'pierre'", "b"),
        ("SELECT datlocale FROM pg_database WHERE datname = 'pierre'", "C.UTF-8"),
        ("SELECT upper('ação')", "AÇÃO"),
    ],
)
def test_the_server_is_set_up_as_every_checkout_has_it(
    folder: Path, question: str, answer: str
) -> None:
    assert postgres_folders.query(server.ensure_running(folder), question) == answer


def test_a_running_server_is_used_as_it_is(folder: Path) -> None:
    server.ensure_running(folder)
    pid = server.status(folder).pid

    server.ensure_running(folder)

    assert pid is not None
    assert server.status(folder).pid == pid


def test_only_the_owner_of_the_server_may_reach_its_socket(folder: Path) -> None:
    sockets = Path(server.ensure_running(folder).host)

    assert sockets.stat().st_mode & 0o777 == 0o700
    assert sockets.stat().st_uid == places.choose(folder).account.uid != 0


def test_a_database_that_was_dropped_is_made_again(folder: Path) -> None:
    address = server.ensure_running(folder)
    with postgres_folders.connect(address, dbname="postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE pierre")

    server.ensure_running(folder)

    assert postgres_folders.query(address, "SELECT current_database()") == "pierre"


def test_the_clients_environment_does_not_reach_the_server(fresh: Path) -> None:
    strange = {"LC_ALL": "xx_XX", "TZ": "America/Sao_Paulo", "PGDATA": "/nowhere", "PGPORT": "1"}
    client = postgres_folders.launch(fresh, **strange)
    client.communicate()

    address = server.ensure_running(fresh)
    assert client.returncode == 0
    assert postgres_folders.query(address, "SHOW log_timezone") == "UTC"


def test_eight_processes_at_once_start_one_server(fresh: Path) -> None:
    clients = [postgres_folders.launch(fresh) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        errors = list(pool.map(lambda client: client.communicate()[1], clients))

    assert errors == [""] * 8
    assert server.status(fresh).log.read_text().count("starting PostgreSQL") == 1


def test_stopping_says_whether_there_was_something_to_stop(folder: Path) -> None:
    server.ensure_running(folder)

    assert server.stop(folder) is True
    assert server.stop(folder) is False
    assert server.status(folder).pid is None


def test_the_error_of_a_server_that_cannot_start_shows_its_log(folder: Path) -> None:
    server.ensure_running(folder)
    server.stop(folder)
    found = server.status(folder)
    version = found.data / "PG_VERSION"
    right = version.read_text()
    version.write_text("9\n")

    with pytest.raises(PostgresError, match="did not start") as caught:
        server.ensure_running(folder)
    version.write_text(right)

    assert "initialized by PostgreSQL version 9" in str(caught.value)
    assert f"Hint: the whole log is {found.log}" in str(caught.value)


def test_the_server_outlives_a_client_killed_with_its_whole_session(fresh: Path) -> None:
    client = postgres_folders.launch(fresh)
    assert client.stdout is not None
    client.stdout.readline()
    os.killpg(client.pid, signal.SIGKILL)
    client.communicate()

    assert server.status(fresh).pid is not None
