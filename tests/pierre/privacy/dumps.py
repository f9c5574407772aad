"""A search through all that is stored: as a dump has it, and as who has the key reads it."""

import json
from collections.abc import Iterator

from django.apps import apps
from django.db import connection
from django.db.models import Model

from accounts.encrypted import Encrypted

# Played by others, or kept on purpose.
_NOT_OURS = ("simulator_", "sandbox_bank_")
KEPT = "openfinance_keptproof"


def found(needles: dict[str, str], *, kept: bool = False) -> dict[str, set[str]]:
    """Return which of the texts are stored, as text or as bytes, by the tables that have them."""
    result: dict[str, set[str]] = {}
    for table in tables():
        if (table == KEPT) != kept:
            continue
        stored = _dump(table) + "".join(_opened(table)).lower()
        told = {
            name
            for name, text in needles.items()
            if text.lower() in stored or text.encode().hex() in stored
        }
        if told:
            result[table] = told
    return result


def tables() -> list[str]:
    """Return the tables of this service: not those of the parties it plays for tests."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = [name for (name,) in cursor.fetchall()]
    return sorted(name for name in names if not name.startswith(_NOT_OURS))


def _dump(table: str) -> str:
    """Return every row as text, with bytes in hexadecimal, as pg_dump writes them."""
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(f'COPY "{table}" TO STDOUT') as copy,
    ):
        return b"".join(bytes(part) for part in copy).decode().lower()


def _opened(table: str) -> Iterator[str]:
    """Yield what is in the encrypted columns of a table."""
    for model in (model for model in apps.get_models() if model._meta.db_table == table):
        for value in _values(model):
            yield value.decode() if isinstance(value, bytes) else json.dumps(value)


def _values(model: type[Model]) -> Iterator[object]:
    names = [one.name for one in model._meta.concrete_fields if isinstance(one, Encrypted)]
    for row in model._default_manager.order_by().values_list(*names) if names else ():
        yield from row
