"""`verify_audit` and `seal_audit`, as an auditor and a timer run them."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import AuditSeal, User
from accounts.trail import seal_files
from tests.accounts.trail import tampering


def run(name: str, *args: str) -> str:
    out = StringIO()
    call_command(name, *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def trail(live_db: None, alice: User, bruno: User) -> User:
    """Return who has three events, committed, so that they are read at one moment."""
    tampering.record(alice, 3)
    tampering.record(bruno, 2)
    return alice


def test_what_is_whole_is_said_to_be(trail: User) -> None:
    assert run("verify_audit").splitlines() == [
        "Read 5 events of 2 chains, 0 of them without their address, and 0 seals.",
        "Nothing is wrong.",
    ]


@pytest.mark.parametrize("by", ["email", "pk"])
def test_one_persons_chain_is_verified_alone(trail: User, by: str) -> None:
    assert "Read 3 events of 1 chains" in run("verify_audit", "--user", str(getattr(trail, by)))


@pytest.mark.parametrize("named", ["x@example.com", "404404"])
def test_somebody_who_does_not_exist_is_not_said_to_be_whole(trail: User, named: str) -> None:
    with pytest.raises(CommandError, match=f"There is no user {named}"):
        run("verify_audit", "--user", named)


@pytest.mark.django_db
def test_what_is_wrong_ends_it_with_one(alice: User) -> None:
    tampering.record(alice, 3)
    with tampering.owning():
        tampering.delete(alice, 2)
    with pytest.raises(CommandError, match=r"Problems: 1") as error:
        run("verify_audit")
    assert error.value.returncode == 1


def test_without_keys_it_says_so(trail: User, settings: Settings) -> None:
    settings.AUDIT_KEYS = []
    with pytest.raises(CommandError, match="no key"):
        run("verify_audit")


def test_a_file_that_is_not_there_is_said(trail: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run("verify_audit", "--seals", str(tmp_path / "none"))


def test_a_seal_is_made_told_and_verified(trail: User, tmp_path: Path, settings: Settings) -> None:
    settings.AUDIT_SEAL_DIR = str(tmp_path)
    said = run("seal_audit")
    assert said == f"Seal 1 over 2 chains: {bytes(AuditSeal.objects.get().digest).hex()}\n"
    file = str(tmp_path / seal_files.NAME)
    assert "and 1 seals" in run("verify_audit", "--seals", file)


def test_a_seal_that_is_not_told_fails_the_command(
    trail: User, tmp_path: Path, settings: Settings
) -> None:
    settings.AUDIT_SEAL_DIR = str(tmp_path / "none")
    with pytest.raises(CommandError, match="not told: 1"):
        run("seal_audit")
