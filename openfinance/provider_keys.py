"""The API keys of providers, kept sealed in PostgreSQL: one for all processes, renewed by one."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from accounts import sealed
from openfinance.models import ProviderKey
from openfinance.providers.pluggy import ApiKey, PluggyProvider


def pluggy(**options: Any) -> PluggyProvider:
    """Return Pluggy's adapter with its key kept here: a BACKEND for OPEN_FINANCE_PROVIDERS."""
    return PluggyProvider(keys=DatabaseKeyStore(), **options)


class DatabaseKeyStore:
    """A `KeyStore` of rows.

    No connection is held between its calls, for what comes after them is a call to a provider.
    """

    def get(self, name: str, *, after: datetime) -> ApiKey | None:
        """Return the key if it ends after this moment; reading one leaves an audit event."""
        row = ProviderKey.objects.filter(name=name, expires_at__gt=after).first()
        key = None
        if row and row.expires_at:
            value = sealed.reveal(row, "key", user=None, purpose="api_key")
            key = ApiKey(value=value, expires_at=row.expires_at)
        _give_connection_back()
        return key

    def lock(self, name: str, *, seconds: float) -> str | None:
        """Take the lease, by the database's clock; None while another process has it."""
        lease = uuid.uuid4()
        ProviderKey.objects.bulk_create([ProviderKey(name=name)], ignore_conflicts=True)
        is_free = Q(leased_until=None) | Q(leased_until__lte=Now())
        taken = ProviderKey.objects.filter(is_free, name=name).update(
            lease=lease, leased_until=Now() + timedelta(seconds=seconds)
        )
        _give_connection_back()
        return str(lease) if taken else None

    def put(self, name: str, key: ApiKey, *, lease: str) -> None:
        """Keep a new key; one whose lease has ended meanwhile is not kept."""
        row = ProviderKey.objects.get(name=name)
        sealed.seal(row, "key", key.value)
        ProviderKey.objects.filter(pk=row.pk, lease=lease).update(
            key=row.key, expires_at=key.expires_at, lease=None, leased_until=None
        )
        _give_connection_back()

    def unlock(self, name: str, *, lease: str) -> None:
        """End the lease, if it still is the one."""
        ProviderKey.objects.filter(name=name, lease=lease).update(lease=None, leased_until=None)
        _give_connection_back()


def _give_connection_back() -> None:
    if not connection.in_atomic_block:
        connection.close()
