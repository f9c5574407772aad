"""Turns that people, numbers and addresses take, over all processes."""

from collections.abc import Iterable

from django.db import connection


def take(names: Iterable[str]) -> None:
    """Hold, until the transaction ends, the only turn of each name, in one order for all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(name, 4)) FROM unnest(%s::text[]) name",
            [sorted(names)],
        )
