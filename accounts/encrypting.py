"""Migrations of a column to encryption at rest, with the rows that are there."""

import json
from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.migrations.operations import AlterField
from django.db.migrations.state import ProjectState

# How many rows are in memory at a time.
BATCH = 1000


class EncryptField(AlterField):
    """Alter a field of texts, JSON or bytes to its encrypted kind, and encrypt what it holds.

    The column becomes text, then bytes: the last step writes the table anew, so that nothing of
    what was in the clear stays in its files. Constraints and indexes of the column go before this
    and come after it. It can be undone.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        old, new = self._fields(app_label, from_state, to_state)
        self._through_text(schema_editor, old, new, lambda text: _hex(new.seal(_read(old, text))))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        new, old = self._fields(app_label, from_state, to_state)
        self._through_text(
            schema_editor, new, old, lambda text: _write(old, new.open(_bytes(text)))
        )

    def _fields(self, app_label: str, *states: ProjectState) -> list[Any]:
        return [
            state.apps.get_model(app_label, self.model_name)._meta.get_field(self.name)
            for state in states
        ]

    def _through_text(
        self, schema_editor: Any, before: Any, after: Any, convert: Callable[[str], str]
    ) -> None:
        text = models.TextField(null=before.null)
        text.set_attributes_from_name(self.name)
        text.model = after.model
        schema_editor.alter_field(before.model, before, text)
        rewrite(schema_editor, text, convert)
        schema_editor.alter_field(after.model, text, after)


def rewrite(schema_editor: Any, column: models.Field[Any, Any], to: Callable[[str], str]) -> None:
    """Convert every text of a column, a batch at a time in the order of the primary key."""
    quote, model = schema_editor.quote_name, column.model
    table, key, name = map(quote, (model._meta.db_table, model._meta.pk.column, column.column))
    select = f"SELECT {key}, {name} FROM {table} WHERE {name} IS NOT NULL"  # noqa: S608
    update = f"UPDATE {table} SET {name} = %s WHERE {key} = %s"  # noqa: S608
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"{select} ORDER BY {key} LIMIT {BATCH}")
        while rows := cursor.fetchall():
            cursor.executemany(update, [(to(text), pk) for pk, text in rows])
            last = rows[-1][0]
            cursor.execute(f"{select} AND {key} > %s ORDER BY {key} LIMIT {BATCH}", [last])
    # Else this transaction checks the foreign keys of what it wrote in its end, and until then none
    # of the table's columns can be altered.
    schema_editor.connection.check_constraints()


def _read(field: Any, text: str) -> Any:
    """Return the value that a field had, of what PostgreSQL makes a text of it."""
    match field:
        case models.JSONField():
            return json.loads(text)
        case models.BinaryField():
            return _bytes(text)
    return text


def _write(field: Any, value: Any) -> str:
    match field:
        case models.JSONField():
            return json.dumps(value)
        case models.BinaryField():
            return _hex(value)
    return str(value)


def _hex(cell: bytes) -> str:
    return rf"\x{cell.hex()}"


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix(r"\x"))
