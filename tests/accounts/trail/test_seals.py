"""The daily seal: what it holds, where it is told, and what a copy of it proves."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditSeal, AuditSealDelivery, AuditSealedHead, User
from accounts.trail import chain, deliveries, reading, seal_files, seals
from accounts.trail.problems import Counts
from tests.accounts.trail import tampering

pytestmark = pytest.mark.django_db

_stamped: list[bytes] = []


def stamp(digest: bytes) -> bytes:
    """Be the hook, as a service that stamps times would."""
    _stamped.append(digest)
    return b"token of " + digest


def refuse(digest: bytes) -> bytes:
    raise ConnectionError("the service is away")


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.AUDIT_SEAL_DIR = str(tmp_path)
    return tmp_path


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / seal_files.NAME).read_text().splitlines()]


def told(folder: Path, *, owner: int | None = None) -> list[tuple[str, str, int]]:
    file = folder / seal_files.NAME
    problems = reading.verify(counts=Counts(), owner=owner, seals_file=file)
    return [(problem.kind, problem.what, problem.number) for problem in problems]


def test_a_seal_has_the_heads_that_moved_since_the_one_before(alice: User, bruno: User) -> None:
    tampering.record(alice, 2)
    tampering.record(bruno, 1)
    first = seals.seal()
    tampering.record(bruno, 1)
    second = seals.seal()
    assert [owner for owner, _ in seals.heads(first.number)] == sorted((alice.pk, bruno.pk))
    assert [(owner, head.length) for owner, head in seals.heads(second.number)] == [(bruno.pk, 2)]


def test_each_seal_holds_the_one_before(alice: User) -> None:
    tampering.record(alice, 1)
    first, second = seals.seal(), seals.seal()
    assert (first.previous, second.previous) == (chain.GENESIS, first.digest)
    assert second.heads == 0


def test_a_day_has_one_seal_and_a_missed_day_is_made_up_for(alice: User) -> None:
    now = timezone.localtime().replace(hour=12)
    assert seals.seal_if_due(now=now)
    assert seals.seal_if_due(now=now + timedelta(minutes=1)) is None
    assert seals.seal_if_due(now=now + timedelta(days=3))
    assert AuditSeal.objects.count() == 2


def test_a_seal_is_logged(
    alice: User,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:
    monkeypatch.setattr(seals.logger, "propagate", True)
    with caplog.at_level("INFO"), django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        made = seals.seal()
    assert f"audit seal 1 over 0 chains: {made.digest.hex()}" in caplog.text


def test_a_seal_is_written_to_the_file_once(alice: User, folder: Path) -> None:
    tampering.record(alice, 2)
    made = seals.seal()
    assert deliveries.deliver() == 0
    assert deliveries.deliver() == 0
    [line] = lines(folder)
    assert (line["seal"], line["digest"]) == (1, made.digest.hex())
    assert line["heads"] == [[alice.pk, 2, tampering.event(alice, 2).mac.hex()]]


def test_the_hooks_answer_is_kept(alice: User, settings: Settings) -> None:
    settings.AUDIT_SEAL_HOOK = f"{__name__}.stamp"
    made = seals.seal()
    deliveries.deliver()
    assert _stamped.pop() == made.digest
    assert AuditSealDelivery.objects.get(to="hook").answer == b"token of " + made.digest


def test_what_could_not_be_told_is_told_later_and_in_order(
    alice: User, tmp_path: Path, settings: Settings
) -> None:
    settings.AUDIT_SEAL_DIR = str(tmp_path / "missing")
    settings.AUDIT_SEAL_HOOK = f"{__name__}.refuse"
    seals.seal()
    seals.seal()
    assert deliveries.deliver() == 4
    (tmp_path / "missing").mkdir()
    settings.AUDIT_SEAL_HOOK = f"{__name__}.stamp"
    assert deliveries.deliver() == 0
    assert [line["seal"] for line in lines(tmp_path / "missing")] == [1, 2]


def test_the_file_and_an_untouched_database_agree(alice: User, folder: Path) -> None:
    tampering.record(alice, 2)
    seals.seal()
    deliveries.deliver()
    tampering.record(alice, 1)
    assert told(folder) == []


def test_the_file_holds_also_who_has_the_key_and_seals_anew(alice: User, folder: Path) -> None:
    tampering.record(alice, 3)
    seals.seal()
    deliveries.deliver()
    with tampering.owning():
        tampering.run("UPDATE accounts_auditevent SET result = 'no' WHERE sequence = 2")
        tampering.rechain(alice)
        AuditSealDelivery.objects.all().delete()
        AuditSealedHead.objects.all().delete()
        AuditSeal.objects.all().delete()
    seals.seal()
    assert not tampering.found()
    assert told(folder) == [("re-chained", "seal", 1), ("re-chained", "event", 3)]


def test_the_file_misses_what_was_taken_with_its_seal(alice: User, folder: Path) -> None:
    tampering.record(alice, 3)
    seals.seal()
    deliveries.deliver()
    with tampering.owning():
        AuditSealDelivery.objects.all().delete()
        AuditSealedHead.objects.all().delete()
        AuditSeal.objects.all().delete()
        tampering.delete(alice, 3)
        tampering.rechain(alice)
    assert not tampering.found()
    assert told(folder) == [("truncated", "seal", 1), ("truncated", "event", 3)]


def test_a_file_that_was_changed_is_told_from_a_database_that_was(
    alice: User, folder: Path
) -> None:
    for _ in range(3):
        tampering.record(alice, 1)
        seals.seal()
    deliveries.deliver()
    path = folder / seal_files.NAME
    first, _, third = path.read_text().splitlines(keepends=True)
    path.write_text(first.replace(f"[{alice.pk},1,", f"[{alice.pk},2,") + third)
    assert told(folder) == [("altered", "seal in the file", 1), ("deleted", "seal in the file", 2)]


def test_a_line_that_was_torn_is_written_again_and_spoils_no_other(
    alice: User, folder: Path
) -> None:
    for _ in range(2):
        tampering.record(alice, 1)
        seals.seal()
    deliveries.deliver()
    path = folder / seal_files.NAME
    first, second = path.read_text().splitlines(keepends=True)
    path.write_text(first + second[:40])  # as a full disk leaves it
    seal_files.append(folder, AuditSeal.objects.get(number=2))
    assert path.read_text() == f"{first}{second[:40]}\n{second}"
    assert told(folder) == []


def test_a_line_that_was_torn_and_not_written_again_is_no_seal(alice: User, folder: Path) -> None:
    seals.seal()
    deliveries.deliver()
    path = folder / seal_files.NAME
    path.write_text(path.read_text()[:40])
    with pytest.raises(seal_files.UnreadableFile, match="line 1"):
        told(folder)


@pytest.mark.parametrize("text", ["x\n", "{}\n", '{"seal": 1, "heads": 1}\n', "\xff\n"])
def test_a_file_of_something_else_is_refused(alice: User, tmp_path: Path, text: str) -> None:
    path = tmp_path / "seals"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(seal_files.UnreadableFile):
        list(seal_files.read(path))


@pytest.mark.parametrize(
    ("statement", "kind", "number"),
    [
        ("DELETE FROM accounts_auditseal WHERE number = 2", "deleted", 2),
        (r"UPDATE accounts_auditseal SET digest = '\x00' WHERE number = 3", "altered", 3),
        (r"UPDATE accounts_auditseal SET mac = '\x00' WHERE number = 1", "altered", 1),
        ("UPDATE accounts_auditseal SET at = now() WHERE number = 2", "altered", 2),
        ("DELETE FROM accounts_auditsealedhead WHERE seal_id = 2", "altered", 2),
    ],
)
def test_a_seal_that_was_tampered_with_is_named(
    alice: User, statement: str, kind: str, number: int
) -> None:
    for _ in range(3):
        tampering.record(alice, 1)
        seals.seal(now=timezone.now() - timedelta(days=1))
    with tampering.owning():
        if statement.startswith("DELETE FROM accounts_auditseal "):
            AuditSealedHead.objects.filter(seal_id=number).delete()
        tampering.run(statement)
    problems = [(p.kind, p.what, p.number) for p in tampering.found()]
    assert problems == [(kind, "seal", number)]


@pytest.mark.parametrize("model", [AuditSeal, AuditSealedHead, AuditSealDelivery])
def test_the_database_takes_no_seal_back(alice: User, folder: Path, model: type) -> None:
    tampering.record(alice, 1)
    seals.seal()
    deliveries.deliver()
    table = model._meta.db_table  # type: ignore[attr-defined]
    with pytest.raises(IntegrityError), transaction.atomic():
        tampering.run(f"DELETE FROM {table}")
    assert model.objects.exists()  # type: ignore[attr-defined]
