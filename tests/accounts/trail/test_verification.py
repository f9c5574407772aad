"""Real rows are tampered with, by the tables' owner, and the verification says how and where."""

import pytest
from pytest_django import Settings

from accounts.models import AuditChain, AuditEvent, AuditPlace, User
from accounts.origins import ActorKind, Origin, acting
from accounts.trail import chain, reading, seals
from accounts.trail.problems import Counts
from tests.accounts.trail import tampering
from tests.accounts.trail.tampering import told

pytestmark = pytest.mark.django_db

LENGTH = 6
FIRST, MIDDLE, LAST = 1, 4, LENGTH
OTHER_KEY = "other:" + "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItMTI="
COLUMNS = {
    "at": "at + interval '1 microsecond'",
    "act": "'tokens_erased'",
    "target": "'accounts.user:0'",
    "result": "'no'",
    "details": """'{"number": "9"}'""",
    "actor_kind": "'staff'",
    "actor": "'1'",
    "channel": "'api'",
    "request_id": "'x'",
    "place_digest": r"'\x00'",
    "previous": r"'\x00'",
    "mac": r"'\x00'",
}


@pytest.fixture
def trail(alice: User, bruno: User) -> User:
    """Return who has a chain of six events; so has somebody else."""
    tampering.record(bruno, 3)
    tampering.record(alice, LENGTH)
    return alice


def alter(user: User, number: int, column: str = "result", value: str = "'no'") -> None:
    where = "WHERE user_id = %s AND sequence = %s"
    tampering.run(f"UPDATE accounts_auditevent SET {column} = {value} {where}", user.pk, number)


def renumber(user: User, *, above: int, by: int) -> None:
    where = "WHERE user_id = %s AND sequence > %s"
    tampering.run(
        f"UPDATE accounts_auditevent SET sequence = sequence + {by} {where}", user.pk, above
    )


def test_a_chain_that_nobody_touched_is_whole(trail: User) -> None:
    counts = Counts()
    assert not list(reading.verify(counts=counts))
    assert (counts.chains, counts.events, counts.unplaced) == (2, 9, 0)


@pytest.mark.parametrize("number", [FIRST, MIDDLE, LAST])
@pytest.mark.parametrize("column", COLUMNS)
def test_an_altered_event_is_named(trail: User, column: str, number: int) -> None:
    with tampering.owning():
        alter(trail, number, column, COLUMNS[column])
    [problem] = tampering.found()
    assert (problem.kind, problem.number, problem.count) == ("altered", number, 1)
    assert problem.pk == tampering.event(trail, number).pk


def test_many_altered_events_are_named_by_the_first(trail: User) -> None:
    with tampering.owning():
        for number in (2, 3, 4, 6):
            alter(trail, number)
    assert told(trail) == [("altered", "event", 2, 3), ("altered", "event", 6, 1)]


def test_all_events_altered_is_told_too(trail: User) -> None:
    with tampering.owning():
        for number in range(1, LENGTH + 1):
            alter(trail, number)
    assert told(trail) == [("altered", "event", 1, LENGTH)]


@pytest.mark.parametrize("number", [FIRST, MIDDLE, LENGTH - 1])
def test_a_deleted_event_is_named(trail: User, number: int) -> None:
    with tampering.owning():
        tampering.delete(trail, number)
    assert told(trail) == [("deleted", "event", number, 1)]


def test_many_deleted_events_are_named_by_the_first(trail: User) -> None:
    with tampering.owning():
        tampering.delete(trail, 2, 3, 5)
    assert told(trail) == [("deleted", "event", 2, 2), ("deleted", "event", 5, 1)]


@pytest.mark.parametrize("number", [FIRST, MIDDLE, LENGTH - 1])
def test_numbers_moved_up_hide_no_deletion(trail: User, number: int) -> None:
    with tampering.owning():
        tampering.delete(trail, number)
        renumber(trail, above=number, by=-1)
    assert told(trail) == [("deleted", "event", number, 1)]


@pytest.mark.parametrize("number", [FIRST, MIDDLE, LAST])
def test_an_event_put_in_is_named(trail: User, number: int) -> None:
    with tampering.owning():
        renumber(trail, above=number - 1, by=1)
        forged = tampering.copy(
            tampering.event(trail, number + 1), sequence=number, mac=b"\1" * 32, result="forged"
        )
    [problem] = tampering.found(owner=trail.pk)
    assert (problem.kind, problem.number, problem.pk) == ("inserted", number, forged.pk)


def test_many_put_in_are_named_by_the_first(trail: User) -> None:
    with tampering.owning():
        renumber(trail, above=2, by=3)
        mac = tampering.event(trail, 2).mac
        for number in (3, 4, 5):
            forged = tampering.copy(
                tampering.event(trail, 2), sequence=number, previous=mac, mac=bytes([number] * 32)
            )
            mac = forged.mac
    assert told(trail) == [("inserted", "event", 3, 3)]


@pytest.mark.parametrize("number", [3, LENGTH + 1])
def test_a_copy_of_a_true_event_is_one_put_in(trail: User, number: int) -> None:
    with tampering.owning():
        tampering.copy(tampering.event(trail, 3), sequence=number)
    assert told(trail) == [("inserted", "event", number, 1)]


def test_an_event_put_at_the_end_with_a_head_of_its_own_is_found(trail: User) -> None:
    with tampering.owning():
        last = tampering.event(trail, LAST)
        tampering.copy(last, sequence=LENGTH + 1, previous=last.mac, mac=b"\1" * 32)
        AuditChain.objects.filter(owner=trail.pk).update(length=LENGTH + 1, mac=b"\1" * 32)
    assert told(trail) == [
        ("altered", "head", LENGTH + 1, 1),
        ("inserted", "event", LENGTH + 1, 1),
    ]


def test_an_event_moved_to_somebody_else_is_missed_by_its_owner(trail: User, bruno: User) -> None:
    with tampering.owning():
        alter(trail, MIDDLE, "user_id", str(bruno.pk))
    assert told(trail) == [("deleted", "event", MIDDLE, 1)]
    assert [(kind, count) for kind, _, _, count in told(bruno)] == [("inserted", 1)]


@pytest.mark.parametrize("kept", [0, 3, LENGTH - 1])
def test_a_chain_cut_at_its_end_is_truncated(trail: User, kept: int) -> None:
    with tampering.owning():
        tampering.delete(trail, *range(kept + 1, LENGTH + 1))
    assert told(trail) == [("truncated", "event", kept + 1, LENGTH - kept)]


def test_a_head_set_back_without_the_key_hides_no_cut(trail: User) -> None:
    with tampering.owning():
        tampering.delete(trail, LAST)
        mac = tampering.event(trail, LAST - 1).mac
        AuditChain.objects.filter(owner=trail.pk).update(length=LAST - 1, mac=mac)
    assert told(trail) == [("truncated", "event", LAST, 0)]


def test_a_head_that_was_altered_is_told_from_its_chain(trail: User) -> None:
    with tampering.owning():
        AuditChain.objects.filter(owner=trail.pk).update(length=99)
    assert told(trail) == [("altered", "head", 99, 1)]


def test_a_head_that_is_gone_is_missed(trail: User) -> None:
    with tampering.owning():
        AuditChain.objects.filter(owner=trail.pk).delete()
    assert told(trail) == [("deleted", "head", 0, 1)]


def test_an_old_head_put_back_does_not_fit(trail: User) -> None:
    old = AuditChain.objects.get(owner=trail.pk)
    tampering.record(trail, 1)
    with tampering.owning():
        old.save()
    assert told(trail) == [("altered", "head", LENGTH, 1)]


def test_an_old_head_and_its_events_put_back_are_cut_by_what_a_seal_has(trail: User) -> None:
    old = AuditChain.objects.get(owner=trail.pk)
    tampering.record(trail, 2)
    seals.seal()
    with tampering.owning():
        tampering.delete(trail, LENGTH + 1, LENGTH + 2)
        old.save()
    assert told(trail) == [("truncated", "event", LENGTH + 1, 2)]


def test_all_of_a_person_gone_is_what_a_seal_still_has(trail: User) -> None:
    seals.seal()
    with tampering.owning():
        tampering.delete(trail, *range(1, LENGTH + 1))
        AuditChain.objects.filter(owner=trail.pk).delete()
    assert told(trail)[-1] == ("truncated", "event", 1, LENGTH)


@pytest.mark.parametrize("number", [FIRST, MIDDLE, LAST])
def test_who_has_the_key_and_writes_one_anew_is_found_by_the_next(trail: User, number: int) -> None:
    with tampering.owning():
        row = tampering.event(trail, number)
        row.result = "no"
        chain.stamp(row, after=chain.Head(number - 1, bytes(row.previous)), under=chain.keys())
        row.save()
    assert told(trail) == [("re-chained", "event", number, 0)]


def test_who_has_the_key_and_writes_all_anew_is_found_by_a_seal(trail: User) -> None:
    seals.seal()
    tampering.record(trail, 2)
    assert not tampering.found()
    with tampering.owning():
        alter(trail, 2)
        tampering.rechain(trail)
    assert told(trail) == [("re-chained", "event", LENGTH, 0)]


def test_who_has_the_key_and_leaves_some_out_is_found_by_a_seal(trail: User) -> None:
    seals.seal()
    with tampering.owning():
        tampering.delete(trail, 3)
        tampering.rechain(trail)
    assert told(trail) == [("truncated", "event", LENGTH, 1)]


def test_a_place_that_was_altered_is_named_and_one_deleted_is_not(alice: User) -> None:
    with acting(Origin(kind=ActorKind.USER, address="192.0.2.1")):
        tampering.record(alice, 3)
    AuditPlace.objects.filter(event__sequence=1).delete()
    with tampering.owning():
        AuditPlace.objects.filter(event__sequence=2).update(address="192.0.2.2")
    counts = Counts()
    [problem] = reading.verify(counts=counts)
    assert (problem.kind, problem.what, problem.number) == ("altered", "place", 2)
    assert counts.unplaced == 1


def test_a_key_that_was_replaced_still_opens_what_it_wrote(trail: User, settings: Settings) -> None:
    settings.AUDIT_KEYS = [OTHER_KEY, *settings.AUDIT_KEYS]
    tampering.record(trail, 2)
    assert not tampering.found()
    assert AuditEvent.objects.filter(key__startswith="other.").count() == 2


def test_a_key_that_is_missing_is_told_from_tampering(trail: User, settings: Settings) -> None:
    settings.AUDIT_KEYS = [OTHER_KEY]
    kinds = [(problem.kind, problem.what, problem.number) for problem in tampering.found()]
    assert set(kinds) == {
        ("key missing", "event", 1),
        ("key missing", "head", 3),
        ("key missing", "head", LENGTH),
    }


def test_another_key_under_the_same_id_is_missing_too(trail: User, settings: Settings) -> None:
    settings.AUDIT_KEYS = [OTHER_KEY.replace("other:", "development:")]
    assert {problem.kind for problem in tampering.found()} == {"key missing"}


def test_a_problem_says_what_it_is_and_where(trail: User) -> None:
    with tampering.owning():
        alter(trail, 2)
        alter(trail, 3)
    pk = tampering.event(trail, 2).pk
    [problem] = tampering.found()
    assert str(problem) == f"altered: event 2 of user {trail.pk} (row {pk}) and 1 more"
