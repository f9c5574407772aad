"""The database ENGINE of a checkout: Django's PostgreSQL, with a server that is there when needed.

Nothing starts before the first real connection, so `manage.py check` and mypy start nothing.
"""

import select
from functools import cache
from pathlib import Path
from typing import Any, Self

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base

from pierre.postgres import server


class ReviveConnection(psycopg.Connection[Any]):
    """A connection that starts the server again when it is found dead.

    The pool opens connections by itself, in threads of its own, so it happens here.
    """

    @classmethod
    def connect(cls, conninfo: str = "", **kwargs: Any) -> Self:
        """Connect as psycopg does, and a second time after the server was made to run."""
        try:
            return super().connect(conninfo, **kwargs)
        except psycopg.OperationalError:
            server.ensure_running(settings.LOCAL_DIR)
            return super().connect(conninfo, **kwargs)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper, connected to the server of the checkout."""

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        options = settings_dict["OPTIONS"]
        if options.get("pool"):
            pool = {} if options["pool"] is True else options["pool"]
            options["pool"] = {**pool, "connection_class": ReviveConnection}
        super().__init__(settings_dict, alias)

    def get_connection_params(self) -> dict[str, Any]:
        """Return psycopg's parameters; the first call of a process starts the server."""
        address = _first_address(settings.LOCAL_DIR)
        params = super().get_connection_params()
        return {**params, "host": address.host, "user": address.user, "port": address.port}

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        """Return a living connection, of the pool or new.

        One that died with its server takes all the idle ones with it. The pool's own health check
        would find them one by one, and waits twice as long after each.
        """
        pool = self.pool
        if not pool:
            server.ensure_running(settings.LOCAL_DIR)
        connection: psycopg.Connection[Any] = super().get_new_connection(conn_params)
        if pool and _was_hung_up(connection):
            pool.drain()
            pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection


def _was_hung_up(connection: psycopg.Connection[Any]) -> bool:
    """Ask the socket, not the server: on an idle connection only an end is there to be read."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


@cache
def _first_address(folder: Path) -> server.Address:
    return server.ensure_running(folder)
