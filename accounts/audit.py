"""The record of every act on something that is a person's.

The head of a person's chain is locked from the first event of a transaction until it ends, so a
transaction takes every other lock before it records: else two of them may wait for each other.
"""

import json
import os

from django.db import connection, transaction
from django.db.models import Model

from accounts import origins
from accounts.models import AuditEvent, AuditPlace, User
from accounts.origins import Origin
from accounts.trail import chain
from accounts.trail.chain import Head

Act = AuditEvent.Act

# The head of an owner's chain, locked: for who reads it within a statement of their own.
HEAD = "SELECT length, mac FROM accounts_auditchain WHERE owner = %s FOR UPDATE"

_COLUMNS = (
    "user_id",
    "sequence",
    "at",
    "act",
    "target",
    "result",
    "actor_kind",
    "actor",
    "channel",
    "request_id",
    "place_digest",
    "previous",
    "mac",
    "key",
)
# It writes nothing when the head is another than it was thought to be.
_ADD = f"""
    WITH head AS (
        INSERT INTO accounts_auditchain AS c (owner, length, mac, key, proof)
        VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (owner) DO UPDATE SET length = EXCLUDED.length, mac = EXCLUDED.mac,
            key = EXCLUDED.key, proof = EXCLUDED.proof
        WHERE c.length = %s AND c.mac = %s
        RETURNING c.owner),
    event AS (
        INSERT INTO accounts_auditevent (details, {", ".join(_COLUMNS)})
        SELECT {", ".join(["%s"] * (1 + len(_COLUMNS)))} FROM head
        RETURNING id),
    place AS (
        INSERT INTO accounts_auditplace (event_id, salt, address, user_agent)
        SELECT id, %s, %s, %s FROM event WHERE %s)
    SELECT id FROM event"""  # noqa: S608  our own names


def record(
    *, user: User | int | None, act: AuditEvent.Act, target: Model, result: str = "", **details: str
) -> None:
    """Add one event, in the caller's transaction; who acts and from where is the origin's.

    `user` is whose thing it is, or their primary key. `details` are codes and ids, never personal.
    Raises encryption.UnusableKeys without AUDIT_KEYS.
    """
    with transaction.atomic(savepoint=False):
        add(lock(user), user=user, act=act, target=target, result=result, **details)


def lock(user: User | int | None) -> Head:
    """Return the head of a user's chain, and let nobody else add to it in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(HEAD, [_pk(user) or chain.NOBODY])
        row = cursor.fetchone()
    return head(*row) if row else chain.NO_HEAD


def head(length: int | None, mac: bytes | None) -> Head:
    """Return the head that HEAD found; None and None when there is none yet."""
    return Head(length, bytes(mac)) if length and mac else chain.NO_HEAD


def add(
    after: Head,
    *,
    user: User | int | None,
    act: AuditEvent.Act,
    target: Model,
    result: str = "",
    **details: str,
) -> None:
    """Do what `record` does in one statement, for who has locked the head already."""
    origin = origins.current.get()
    event = AuditEvent(
        user_id=_pk(user),
        act=act.value,
        target=f"{target._meta.label_lower}:{target.pk}",
        result=result,
        details=details,
        actor_kind=origin.kind.value,
        actor=origin.actor[:80],
        channel=origin.channel[:20],
        request_id=origin.request_id[:64],
        place_digest=b"",
    )
    place = _place(origin)
    if place:
        event.place_digest = chain.place_digest(
            salt=bytes(place.salt), address=place.address, user_agent=place.user_agent
        )
    while not _write(event, place, after):  # only where the first event of all is another's
        after = lock(user)


def _place(origin: Origin) -> AuditPlace | None:
    if not (origin.address or origin.user_agent):
        return None
    return AuditPlace(
        salt=os.urandom(16), address=origin.address[:64], user_agent=origin.user_agent[:255]
    )


def _write(event: AuditEvent, place: AuditPlace | None, after: Head) -> bool:
    under = chain.keys()
    end = chain.stamp(event, after=after, under=under)
    owner, key = event.user_id or chain.NOBODY, under.by_name[event.key]
    proof = chain.proof(owner=owner, head=end, name=event.key, key=key)
    from_where = (place.salt, place.address, place.user_agent) if place else (b"", "", "")
    values = [
        *(owner, end.length, end.mac, event.key, proof, after.length, after.mac),
        json.dumps(event.details),
        *(getattr(event, name) for name in _COLUMNS),
        *(*from_where, place is not None),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, values)
        return cursor.fetchone() is not None


def _pk(user: User | int | None) -> int | None:
    return user.pk if isinstance(user, User) else user
