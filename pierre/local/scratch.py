"""A database for once, on the server that the settings name."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from psycopg import sql

from pierre.postgres import server


@contextmanager
def server_as_found() -> Iterator[None]:
    """Stop the checkout's own PostgreSQL in the end, unless it was running before."""
    is_ours = settings.DATABASES["default"]["ENGINE"] == "pierre.postgres"
    was_running = is_ours and server.status(settings.LOCAL_DIR).pid is not None
    try:
        yield
    finally:
        if is_ours and not was_running:
            server.stop(settings.LOCAL_DIR)


@contextmanager
def database(purpose: str) -> Iterator[str]:
    """Create an empty database, yield its name, and drop it in the end, whoever is still in it."""
    name = f"pierre_{purpose}_{secrets.token_hex(4)}"
    _execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield name
    finally:
        _execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _execute(statement: sql.Composed) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
