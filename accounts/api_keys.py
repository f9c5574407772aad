"""API keys: `sk-`, 32 random characters of base62 (190 bits), and six that check the rest."""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from accounts import encrypted
from accounts.models import ApiKey, User

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM, _CHECK = 32, 6
_SHAPE = re.compile(rf"sk-[0-9A-Za-z]{{{_RANDOM + _CHECK}}}")
_PREFIX, _LAST = 8, 4
_USE_IS_FRESH = timedelta(minutes=1)

_KEY_FIELDS = ("id", "user_id", "last_used_at")
_USER_FIELDS = ("id", "email", "name", "phone", "phone_verified_at")
# `live()` of an active user, written out: every call to the API starts here, and composing it anew
# in the ORM costs four times the CPU of running it.
_FIND = f"""
    SELECT {", ".join(f"k.{name}" for name in _KEY_FIELDS)},
           {", ".join(f"u.{name}" for name in _USER_FIELDS)}
    FROM accounts_apikey k JOIN accounts_user u ON u.id = k.user_id
    WHERE k.digest = %s AND k.revoked_at IS NULL AND u.is_active
      AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())"""  # noqa: S608  our own names


def issue(*, user: User, name: str = "", expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    """Create a key; the secret exists only in what is returned. None never expires."""
    start = "sk-" + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    secret = start + _checksum(start)
    key = ApiKey.objects.create(
        user=user,
        name=name,
        expires_at=expires_at,
        prefix=secret[:_PREFIX],
        last_four=secret[-_LAST:],
        digest=digest(secret),
    )
    return key, secret


def revoke(*, key: ApiKey) -> bool:
    """End a key at once; False when it had been ended before."""
    now = timezone.now()
    return bool(ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now))


def is_well_formed(secret: str) -> bool:
    """Tell, without a query, whether a text could be a key: its shape, and its checksum."""
    return bool(_SHAPE.fullmatch(secret)) and _checksum(secret[:-_CHECK]) == secret[-_CHECK:]


def digest(secret: str) -> str:
    """Return what is stored of a key: HMAC-SHA256 under API_KEY_PEPPER, in hexadecimal.

    Raises ImproperlyConfigured without a pepper, under which no stored digest would be a secret.
    """
    if not settings.API_KEY_PEPPER:
        raise ImproperlyConfigured("API_KEY_PEPPER is not set.")
    return hmac.new(settings.API_KEY_PEPPER.encode(), secret.encode(), hashlib.sha256).hexdigest()


def find(secret: str) -> ApiKey | None:
    """Return the live key of an active user, with the user, in one query; None for any other.

    Both have what a call needs; their other fields are read from the database when asked for.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [digest(secret)])
        row = cursor.fetchone()
    if row is None:
        return None
    key = ApiKey.from_db(connection.alias, _KEY_FIELDS, row[: len(_KEY_FIELDS)])
    person = encrypted.read(User, _USER_FIELDS, row[len(_KEY_FIELDS) :])
    key.user = User.from_db(connection.alias, _USER_FIELDS, person)
    return key


def touch(key: ApiKey) -> None:
    """Write that the key was used just now, at most once a minute over all processes."""
    now = timezone.now()
    stale = now - _USE_IS_FRESH
    if key.last_used_at is None or key.last_used_at <= stale:
        unused = Q(last_used_at=None) | Q(last_used_at__lte=stale)
        ApiKey.objects.filter(unused, pk=key.pk).update(last_used_at=now)


def _checksum(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(_CHECK):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
