"""What somebody does to the audit who owns its tables: no trigger and no constraint holds them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from accounts import audit
from accounts.models import AuditChain, AuditEvent, User
from accounts.trail import chain, reading
from accounts.trail.problems import Counts, Problem

TABLES = (
    "accounts_auditevent",
    "accounts_auditplace",
    "accounts_auditchain",
    "accounts_auditseal",
    "accounts_auditsealedhead",
    "accounts_auditsealdelivery",
)


@contextmanager
def owning() -> Iterator[None]:
    """Let rows be changed while this lasts."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("ALTER TABLE accounts_auditevent DROP CONSTRAINT audit_event_in_one_place")
    for table in TABLES:
        run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    run("SET CONSTRAINTS ALL IMMEDIATE")
    for table in TABLES:
        run(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    run("SET CONSTRAINTS ALL DEFERRED")


def run(statement: str, *values: int | list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def record(user: User, count: int) -> None:
    for number in range(count):
        audit.record(
            user=user, act=audit.Act.LINK_OPENED, target=user, result="ok", number=str(number)
        )


def event(user: User, number: int) -> AuditEvent:
    return AuditEvent.objects.get(user=user, sequence=number)


def copy(source: AuditEvent, **changes: object) -> AuditEvent:
    """Insert a row as somebody would who copies one and has no key."""
    fields = {f.attname: getattr(source, f.attname) for f in AuditEvent._meta.concrete_fields}
    made = AuditEvent(**{**fields, **changes, "id": None})
    AuditEvent.objects.bulk_create([made])
    return made


def delete(user: User, *numbers: int) -> None:
    rows = "SELECT id FROM accounts_auditevent WHERE user_id = %s AND sequence = ANY(%s)"
    run(f"DELETE FROM accounts_auditplace WHERE event_id IN ({rows})", user.pk, list(numbers))
    run(f"DELETE FROM accounts_auditevent WHERE id IN ({rows})", user.pk, list(numbers))


def rechain(user: User) -> None:
    """Write a chain anew, numbers and all, as somebody does who has the key."""
    under, end = chain.keys(), chain.NO_HEAD
    for row in AuditEvent.objects.filter(user=user).order_by("sequence"):
        end = chain.stamp(row, after=end, under=under)
        row.save()
    proof = chain.proof(
        owner=user.pk, head=end, name=under.current, key=under.by_name[under.current]
    )
    AuditChain.objects.filter(owner=user.pk).update(length=end.length, mac=end.mac, proof=proof)


def found(*, owner: int | None = None) -> list[Problem]:
    return list(reading.verify(counts=Counts(), owner=owner))


def told(user: User) -> list[tuple[str, str, int, int]]:
    """Return kind, what, number and count of each problem of a user's chain."""
    return [(p.kind, p.what, p.number, p.count) for p in found(owner=user.pk)]
