import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from pierre.postgres import server
from tests.pierre import postgres_folders

POOLED = {"min_size": 1, "max_size": 2, "timeout": 20}


@pytest.fixture(scope="module")
def shared_folder() -> Iterator[Path]:
    with postgres_folders.checkout() as made:
        yield made


@pytest.fixture
def folder(shared_folder: Path, settings: Settings) -> Path:
    settings.LOCAL_DIR = shared_folder
    return shared_folder


@pytest.fixture(params=[POOLED, True, None], ids=["pool", "pool by default", "no pool"])
def connection(
    request: pytest.FixtureRequest, folder: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[BaseDatabaseWrapper]:
    engine = {
        "ENGINE": "pierre.postgres",
        "NAME": server.DATABASE,
        "OPTIONS": {"pool": request.param} if request.param else {},
    }
    made = ConnectionHandler({"default": {}, "engine": engine})["engine"]
    with django_db_blocker.unblock():
        yield made
        made.close()
        made.close_pool()  # type: ignore[attr-defined]


def _database(connection: BaseDatabaseWrapper) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        name = str(cursor.fetchone()[0])
    connection.close()
    return name


def test_the_first_query_starts_the_server(connection: BaseDatabaseWrapper, folder: Path) -> None:
    server.stop(folder)

    assert _database(connection) == "pierre"
    assert server.status(folder).pid is not None


def test_the_next_connection_after_a_kill_brings_the_server_back(
    connection: BaseDatabaseWrapper, folder: Path
) -> None:
    _database(connection)
    killed = postgres_folders.kill_server(folder)

    assert _database(connection) == "pierre"
    assert server.status(folder).pid not in {None, killed}


def test_no_connection_of_before_a_restart_is_handed_out_after_it(
    connection: BaseDatabaseWrapper, folder: Path
) -> None:
    _database(connection)
    server.stop(folder)
    server.ensure_running(folder)

    assert [_database(connection) for _ in range(5)] == ["pierre"] * 5


def test_checking_the_project_starts_nothing(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**_without_database_url(), "PIERRE_LOCAL_DIR": str(tmp_path / "local")},
        capture_output=True,
        check=True,
    )

    assert not (tmp_path / "local").exists()


def test_the_command_says_where_the_server_is_and_whether_it_runs(folder: Path) -> None:
    server.ensure_running(folder)
    output = io.StringIO()
    call_command("db", "status", stdout=output)

    assert f"PostgreSQL runs as process {server.status(folder).pid}." in output.getvalue()
    assert f"data           {folder}/postgres/data" in output.getvalue()


def test_the_command_stops_the_server(folder: Path) -> None:
    server.ensure_running(folder)
    output = io.StringIO()
    call_command("db", "stop", stdout=output)
    call_command("db", "stop", stdout=output)

    assert output.getvalue() == "PostgreSQL stopped.\nPostgreSQL was not running.\n"


def test_the_command_starts_the_server() -> None:
    with postgres_folders.checkout() as folder:
        started = subprocess.run(
            [sys.executable, "manage.py", "db", "start"],
            env={**_without_database_url(), "PIERRE_LOCAL_DIR": str(folder)},
            capture_output=True,
            text=True,
            check=True,
        )

        assert started.stdout.startswith(f"PostgreSQL runs as process {server.status(folder).pid}.")


def test_the_command_starts_nothing_beside_a_database_url(tmp_path: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}
    refused = subprocess.run(
        [sys.executable, "manage.py", "db", "start"],
        env={**environment, "PIERRE_LOCAL_DIR": str(tmp_path / "local")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode == 1
    assert "DATABASE_URL is set" in refused.stderr


def test_the_command_reports_a_failure_with_its_hint(folder: Path) -> None:
    server.stop(folder)
    home, aside = folder / "postgres", folder / "aside"
    home.rename(aside)
    home.write_text("in the way")
    try:
        with pytest.raises(CommandError, match="PIERRE_LOCAL_DIR"):
            call_command("db", "status")
    finally:
        home.unlink()
        aside.rename(home)


def _without_database_url() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
