import os
import pwd
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pierre.postgres import account as accounts
from pierre.postgres import binaries, places, server
from pierre.postgres.errors import PostgresError
from tests.pierre import postgres_folders

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
NOBODY = pwd.getpwnam("nobody")


@pytest.fixture
def fresh() -> Iterator[Path]:
    with postgres_folders.checkout() as made:
        yield made


def test_a_server_on_a_path_too_long_for_a_socket_listens_in_a_short_private_folder() -> None:
    with postgres_folders.checkout(name="long" * 40) as folder:
        sockets = Path(server.ensure_running(folder).host)

        assert len(os.fsencode(sockets / ".s.PGSQL.5432")) < 104
        assert sockets.stat().st_mode & 0o777 == 0o700
        assert server.status(folder).data.is_relative_to(folder)


def test_a_comma_in_the_path_is_not_taken_for_a_list_of_hosts() -> None:
    with postgres_folders.checkout(name="one, two") as folder:
        place = places.choose(folder)

        assert "," not in str(place.sockets)
        assert place.data.is_relative_to(folder)


def test_two_checkouts_with_long_paths_do_not_share_a_folder() -> None:
    with (
        postgres_folders.checkout(name="long" * 40) as one,
        postgres_folders.checkout(name="long" * 40) as other,
    ):
        assert places.choose(one).sockets != places.choose(other).sockets


def test_a_folder_planted_by_somebody_else_is_refused() -> None:
    with postgres_folders.checkout(name="long" * 40) as folder:
        private = places.choose(folder).sockets.parent
        shutil.rmtree(private)
        private.symlink_to("/usr")
        try:
            with pytest.raises(PostgresError, match="is in the way"):
                places.choose(folder)
        finally:
            private.unlink()


@as_root
def test_a_checkout_closed_to_the_account_keeps_its_data_elsewhere_and_stays_closed() -> None:
    with postgres_folders.checkout() as folder:
        folder.parent.chmod(0o700)
        address = server.ensure_running(folder)
        place = places.choose(folder)
        try:
            assert postgres_folders.query(address, "SELECT 1") == "1"
            assert place.data.stat().st_mode & 0o777 == 0o700
            assert folder.parent.stat().st_mode & 0o777 == 0o700
        finally:
            server.stop(folder)
            shutil.rmtree(place.home)
            folder.parent.chmod(0o755)


@as_root
def test_programs_closed_to_the_account_are_copied_for_it(fresh: Path) -> None:
    package = binaries.find(places.choose(fresh)).parents[1]
    closed = fresh.parent / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(package, closed / package.name, ignore=shutil.ignore_patterns("pginstall"))
    shutil.copytree(package.with_name(f"{package.name}.libs"), closed / f"{package.name}.libs")

    client = postgres_folders.launch(fresh, PYTHONPATH=f"{closed}:{Path.cwd()}")
    errors = client.communicate()[1]

    assert errors == ""
    assert list(places.choose(fresh).home.glob("programs-*"))


@as_root
def test_root_goes_on_with_the_account_that_owns_the_data(fresh: Path) -> None:
    home = places.choose(fresh).home
    os.chown(home, NOBODY.pw_uid, NOBODY.pw_gid)

    assert accounts.for_home(home).uid == NOBODY.pw_uid


@as_root
def test_an_ordinary_user_runs_the_server_as_himself(fresh: Path) -> None:
    shutil.rmtree(fresh / "postgres")
    os.chown(fresh, NOBODY.pw_uid, NOBODY.pw_gid)

    def task() -> str:
        address = server.ensure_running(fresh)
        owner = Path(f"/proc/{server.status(fresh).pid}").stat().st_uid
        answer = postgres_folders.query(address, "SELECT 'ready'")
        return f"{answer} {owner} stopped={server.stop(fresh)}"

    answer = postgres_folders.as_user(NOBODY.pw_uid, NOBODY.pw_gid, task)
    assert answer == f"ready {NOBODY.pw_uid} stopped=True"


@as_root
def test_root_and_the_user_who_began_share_one_server(fresh: Path) -> None:
    shutil.rmtree(fresh / "postgres")
    os.chown(fresh, NOBODY.pw_uid, NOBODY.pw_gid)
    answer = postgres_folders.as_user(
        NOBODY.pw_uid, NOBODY.pw_gid, lambda: server.ensure_running(fresh).host
    )

    assert server.ensure_running(fresh).host == answer


@as_root
def test_a_folder_of_another_user_is_refused_with_a_hint(fresh: Path) -> None:
    places.choose(fresh)

    answer = postgres_folders.as_user(
        NOBODY.pw_uid, NOBODY.pw_gid, lambda: server.ensure_running(fresh).host
    )

    assert "postgres cannot be used: Permission denied." in answer
    assert "PIERRE_LOCAL_DIR" in answer


@as_root
def test_an_account_without_the_right_to_enter_a_folder_is_told_from_one_that_has_it(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o700)
    nobody = accounts.Account(uid=NOBODY.pw_uid, gid=NOBODY.pw_gid)

    assert not nobody.may_reach(tmp_path)
    assert nobody.may_reach(Path("/usr/bin"))
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
