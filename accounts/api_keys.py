"""The life of API keys: made, rolled, revoked, found by their secret, and used."""

from datetime import datetime, timedelta
from typing import assert_never

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit, key_secrets
from accounts.exceptions import KeyNotLive
from accounts.models import ApiKey, User

Overlap = ApiKey.Overlap

_USE_IS_FRESH = timedelta(minutes=1)

# In the order of the models' fields, as `from_db` takes them.
_KEY_FIELDS = ("id", "user_id", "is_test", "last_used_at", "replaces_id")
_USER_FIELDS = ("id", "email", "name", "phone", "phone_verified_at")
# `live()` of an active user, written out: every call to the API starts here, and composing it anew
# in the ORM costs four times the CPU of running it.
_FIND = f"""
    SELECT {", ".join(f"k.{name}" for name in _KEY_FIELDS)},
           {", ".join(f"u.{name}" for name in _USER_FIELDS)}
    FROM accounts_apikey k JOIN accounts_user u ON u.id = k.user_id
    WHERE k.digest = %s AND k.revoked_at IS NULL AND u.is_active
      AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())"""  # noqa: S608  our own names

# Not only the key before: that one may have been rolled before it was ever used. Always in one
# order, so that two first uses never wait for each other in a circle.
_END_REPLACED = """
    WITH RECURSIVE before AS (
        SELECT replaces_id AS id FROM accounts_apikey WHERE id = %s
        UNION
        SELECT k.replaces_id FROM accounts_apikey k JOIN before USING (id)),
    waiting AS (
        SELECT k.id FROM accounts_apikey k JOIN before USING (id)
        WHERE k.overlap = 'first_use' AND k.revoked_at IS NULL
          AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
        ORDER BY k.id FOR NO KEY UPDATE OF k)
    UPDATE accounts_apikey SET revoked_at = clock_timestamp()
    WHERE id IN (SELECT id FROM waiting) RETURNING id"""


def issue(
    *, user: User, name: str = "", expires_at: datetime | None = None, is_test: bool = False
) -> tuple[ApiKey, str]:
    """Create a key; the secret exists only in what is returned. None never expires.

    Calls with a test key take the whole path and send nothing.
    """
    secret = key_secrets.new()
    with transaction.atomic():
        key = ApiKey.objects.create(
            user=user,
            name=name,
            expires_at=expires_at,
            is_test=is_test,
            **key_secrets.stored(secret),
        )
        audit.record(user=user, act=audit.Act.KEY_ISSUED, target=key, mode=key.mode)
    return key, secret


def roll(*, key: ApiKey, overlap: ApiKey.Overlap) -> tuple[ApiKey, str]:
    """Create the key that takes a live key's place, and let the old one end by the overlap.

    The new one has the old one's name and mode, and as long to live as that had when it was made.
    A key is rolled once: after that its replacement is. Raises KeyNotLive.
    """
    secret = key_secrets.new()
    with transaction.atomic():
        old = ApiKey.objects.select_for_update(no_key=True).get(pk=key.pk)
        now = timezone.now()
        if not old.can_be_rolled(at=now):
            raise KeyNotLive
        new = ApiKey.objects.create(
            user_id=old.user_id,
            name=old.name,
            is_test=old.is_test,
            replaces=old,
            created_at=now,
            expires_at=now + (old.expires_at - old.created_at) if old.expires_at else None,
            **key_secrets.stored(secret),
        )
        _let_end(old, overlap, at=now)
        audit.record(
            user=old.user_id,
            act=audit.Act.KEY_ROLLED,
            target=old,
            overlap=overlap,
            mode=old.mode,
            replacement=str(new.pk),
        )
    return new, secret


def revoke(*, key: ApiKey) -> bool:
    """End a key at once; False when it had been ended before.

    A key that it replaces, or that replaces it, goes on as it was.
    """
    now = timezone.now()
    with transaction.atomic():
        revoked = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)
        if revoked:
            act = audit.Act.KEY_REVOKED
            audit.record(user=key.user_id, act=act, target=key, mode=key.mode)
    return bool(revoked)


def find(secret: str) -> ApiKey | None:
    """Return the live key of an active user, with the user, in one query; None for any other.

    Both have what a call needs; their other fields are read from the database when asked for.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [key_secrets.digest(secret)])
        row = cursor.fetchone()
    if row is None:
        return None
    key = ApiKey.from_db(connection.alias, _KEY_FIELDS, row[: len(_KEY_FIELDS)])
    key.user = User.from_db(connection.alias, _USER_FIELDS, row[len(_KEY_FIELDS) :])
    return key


def touch(key: ApiKey) -> None:
    """Write that the key was used just now, at most once a minute over all processes.

    Before its first use is written, the keys that were to end with it are ended.
    """
    if key.last_used_at is None and key.replaces_id is not None:
        _end_replaced(key)
    now = timezone.now()
    stale = now - _USE_IS_FRESH
    if key.last_used_at is None or key.last_used_at <= stale:
        unused = Q(last_used_at=None) | Q(last_used_at__lte=stale)
        ApiKey.objects.filter(unused, pk=key.pk).update(last_used_at=now)


def _let_end(old: ApiKey, overlap: ApiKey.Overlap, *, at: datetime) -> None:
    """Write down how a rolled key ends; it never lives longer than it would have."""
    match overlap:
        case Overlap.NONE:
            old.revoked_at = at
        case Overlap.HOUR:
            old.expires_at = _earlier(old.expires_at, at + timedelta(hours=1))
        case Overlap.DAY:
            old.expires_at = _earlier(old.expires_at, at + timedelta(days=1))
        case Overlap.WEEK:
            old.expires_at = _earlier(old.expires_at, at + timedelta(days=7))
        case Overlap.FIRST_USE:
            pass  # touch() ends it
        case _:
            assert_never(overlap)
    old.overlap = overlap
    old.save(update_fields=["overlap", "revoked_at", "expires_at"])


def _earlier(end: datetime | None, other: datetime) -> datetime:
    return min(end, other) if end else other


def _end_replaced(key: ApiKey) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_END_REPLACED, [key.pk])
            ended = [pk for (pk,) in cursor.fetchall()]
        for pk in ended:
            audit.record(
                user=key.user_id,
                act=audit.Act.KEY_REVOKED,
                target=ApiKey(pk=pk),
                result=Overlap.FIRST_USE,
                mode=key.mode,
            )
