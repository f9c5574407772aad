"""The daily seal: a digest over the heads of all chains, which is told outside the database."""

import logging
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import AuditSeal, AuditSealedHead
from accounts.trail import chain
from accounts.trail.chain import Head

logger = logging.getLogger("accounts.seals")

# The heads that moved since they were last sealed, all as they are at one moment.
_SEAL_HEADS = """
    INSERT INTO accounts_auditsealedhead (seal_id, owner, length, mac)
    SELECT %s, c.owner, c.length, c.mac
    FROM accounts_auditchain c LEFT JOIN LATERAL (
        SELECT s.length, s.mac FROM accounts_auditsealedhead s WHERE s.owner = c.owner
        ORDER BY s.seal_id DESC LIMIT 1) last ON true
    WHERE last.length IS NULL OR last.length <> c.length OR last.mac <> c.mac"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('accounts.seals', 0))"


def seal_if_due(*, now: datetime | None = None) -> AuditSeal | None:
    """Seal unless today has a seal already; one made late holds the days that were missed."""
    now = now or timezone.now()
    with transaction.atomic():
        _take_turn()
        last = AuditSeal.objects.first()
        if last and timezone.localdate(last.at) >= timezone.localdate(now):
            return None
        return seal(now=now)


def seal(*, now: datetime | None = None) -> AuditSeal:
    """Seal all chains as they are, and log it; `deliveries.deliver` tells it elsewhere.

    Raises encryption.UnusableKeys without AUDIT_KEYS.
    """
    under, now = chain.keys(), now or timezone.now()
    with transaction.atomic():
        _take_turn()
        last = AuditSeal.objects.first()
        number, previous = (last.number + 1, bytes(last.digest)) if last else (1, chain.GENESIS)
        with connection.cursor() as cursor:
            cursor.execute(_SEAL_HEADS, [number])
            count = cursor.rowcount
        digest = chain.seal_digest(number=number, at=now, previous=previous, heads=heads(number))
        made = AuditSeal.objects.create(
            number=number,
            at=now,
            heads=count,
            previous=previous,
            digest=digest,
            mac=chain.seal_mac(digest, name=under.current, key=under.by_name[under.current]),
            key=under.current,
        )
        told = ("audit seal %d over %d chains: %s", made.number, made.heads, digest.hex())
        transaction.on_commit(partial(logger.info, *told))
    return made


def heads(number: int) -> Iterator[tuple[int, Head]]:
    """Yield the heads that a seal has by their owners, in the owners' order."""
    rows = AuditSealedHead.objects.filter(seal_id=number).order_by("owner")
    for owner, length, mac in rows.values_list("owner", "length", "mac").iterator():
        yield owner, Head(length, bytes(mac))


def _take_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
