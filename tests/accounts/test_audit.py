"""What `audit.record` writes, and what the database then lets nobody change."""

import threading
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, connections, transaction
from pytest_django import DjangoAssertNumQueries

from accounts import audit, origins
from accounts.models import AuditChain, AuditEvent, AuditPlace, User
from accounts.origins import ActorKind, Origin
from accounts.trail import chain

Act = audit.Act

ORIGIN = Origin(
    kind=ActorKind.STAFF,
    actor="7",
    address="203.0.113.7",
    user_agent="Mozilla/5.0",
    channel="admin",
    request_id="r-1",
)


def events(user: User | None) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(user=user).order_by("sequence"))


def record(user: User | None, target: User, count: int = 1) -> None:
    for _ in range(count):
        audit.record(user=user, act=Act.LINK_OPENED, target=target, result="ok", via="test")


def test_each_event_holds_the_one_before(alice: User) -> None:
    record(alice, alice, 3)
    first, second, third = events(alice)
    assert [first.previous, second.previous, third.previous] == [b"", first.mac, second.mac]
    assert [e.sequence for e in (first, second, third)] == [1, 2, 3]


def test_the_head_knows_the_last_event(alice: User) -> None:
    record(alice, alice, 2)
    head = AuditChain.objects.get(owner=alice.pk)
    assert (head.length, head.mac) == (2, events(alice)[-1].mac)


def test_each_person_has_a_chain_and_nobody_has_one_too(alice: User, bruno: User) -> None:
    record(alice, alice, 2)
    record(bruno, bruno)
    record(None, alice)
    lengths = dict(AuditChain.objects.values_list("owner", "length"))
    assert lengths == {alice.pk: 2, bruno.pk: 1, chain.NOBODY: 1}


def test_an_event_says_who_and_from_where_and_keeps_the_place_apart(alice: User) -> None:
    with origins.acting(ORIGIN):
        record(alice, alice)
    event = AuditEvent.objects.select_related("place").get()
    assert (event.actor_kind, event.actor, event.channel) == ("staff", "7", "admin")
    assert (event.place.address, event.place.user_agent) == ("203.0.113.7", "Mozilla/5.0")
    assert event.place_digest == chain.place_digest(
        salt=bytes(event.place.salt), address="203.0.113.7", user_agent="Mozilla/5.0"
    )


def test_what_comes_from_nowhere_has_no_place(alice: User) -> None:
    record(alice, alice)
    assert not AuditPlace.objects.exists()
    assert events(alice)[0].place_digest == b""


def test_who_locked_the_head_pays_one_statement(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    record(alice, alice)
    head = audit.lock(alice)
    with origins.acting(ORIGIN), django_assert_num_queries(1):
        audit.add(head, user=alice, act=Act.FLOW_STARTED, target=alice)
    assert AuditPlace.objects.count() == 1


def test_an_event_upon_a_head_that_moved_goes_to_its_end(alice: User) -> None:
    record(alice, alice)
    audit.add(chain.NO_HEAD, user=alice, act=Act.FLOW_STARTED, target=alice)
    assert [event.act for event in events(alice)] == ["link_opened", "flow_started"]


def test_without_a_key_nothing_is_recorded(alice: User, settings: object) -> None:
    settings.AUDIT_KEYS = []  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="no key"):
        record(alice, alice)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditevent SET result = 'x'",
        "DELETE FROM accounts_auditevent",
        "DELETE FROM accounts_auditchain",
        "UPDATE accounts_auditplace SET address = ''",
        "UPDATE accounts_auditchain SET length = length - 1",
        "UPDATE accounts_auditchain SET length = length + 2",
        "UPDATE accounts_auditchain SET owner = owner + 1, length = length + 1",
    ],
)
def test_the_database_takes_nothing_back(alice: User, statement: str) -> None:
    record(alice, alice)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert len(events(alice)) == 1


def test_the_table_is_not_emptied(alice: User) -> None:
    with connection.cursor() as cursor:
        # As the migration makes it; the tests do without, to empty their tables.
        cursor.execute(
            "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON accounts_auditevent"
            " FOR EACH STATEMENT EXECUTE FUNCTION accounts_audit_refuse()"
        )
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("TRUNCATE accounts_auditevent CASCADE")


@pytest.mark.usefixtures("live_db")
def test_many_at_once_make_one_chain(alice: User) -> None:
    def work() -> None:
        try:
            for _ in range(10):
                record(alice, alice)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = events(alice)
    assert [event.sequence for event in found] == list(range(1, 61))
    assert all(b.previous == a.mac for a, b in pairwise(found))
