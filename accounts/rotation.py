"""Encrypted columns under another key, while the service runs."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from accounts import encryption
from accounts.encrypted import Encrypted


def columns() -> Iterator[Any]:
    """Yield every encrypted column of every installed model."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, Encrypted):
                yield field


def reseal(field: Any, *, batch: int = 500) -> int:
    """Encrypt anew, under the current key, what a column holds under others; return how many.

    Works in short transactions over locked rows, so that the service goes on meanwhile and a change
    made at the same moment is not undone. Raises encryption.Unreadable, with all before kept.
    """
    done, last = 0, None
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            rows = _older(cursor, field, after=last, batch=batch)
            cells = [(field.seal(field.open(bytes(cell))), key) for key, cell in rows]
            if cells:
                cursor.executemany(
                    _sql("UPDATE {table} SET {name} = %s WHERE {key} = %s", field), cells
                )
        if not rows:
            return done
        done, last = done + len(rows), rows[-1][0]


def _older(cursor: Any, field: Any, *, after: Any, batch: int) -> list[Any]:
    """Lock and return the next keys and cells that are not under the current key."""
    header = encryption.header(encryption.box().current)
    sql = "SELECT {key}, {name} FROM {table} WHERE length({name}) > 0"
    sql += " AND substring({name} from %s for %s) <> %s"
    values = [field.index_bytes + 1, len(header), header]
    if after is not None:
        sql += " AND {key} > %s"
        values.append(after)
    cursor.execute(_sql(f"{sql} ORDER BY {{key}} LIMIT {batch} FOR UPDATE", field), values)
    found: list[Any] = cursor.fetchall()
    return found


def _sql(template: str, field: Any) -> str:
    meta, quote = field.model._meta, connection.ops.quote_name
    return template.format(
        table=quote(meta.db_table), key=quote(meta.pk.column), name=quote(field.column)
    )
