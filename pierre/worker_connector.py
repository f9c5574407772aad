"""The database connections of a worker, which may lose the server at any moment."""

import asyncio
from contextlib import suppress
from typing import Any, LiteralString

import psycopg
from asgiref.sync import sync_to_async
from django.db import DatabaseError, connection
from procrastinate import PsycopgConnector
from procrastinate.connector import BaseConnector
from procrastinate.contrib.django import connector_params
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException

from pierre.postgres.errors import PostgresError

# What a lost server shows itself as.
LOST = (ConnectorException, DatabaseError, PostgresError, psycopg.Error, OSError)
# For procrastinate itself; what jobs do goes through Django's pool.
_MOST_CONNECTIONS = 5
_TIMEOUT_SECONDS = 5
# Between two tries, in seconds.
_PAUSES = (0.2, 0.5, 1, 2, 5, 10, 15)


class WorkerConnector(PsycopgConnector):
    """The worker's own connections, but what a job enqueues stays in the job's transaction."""

    def get_sync_connector(self) -> BaseConnector:
        """Return Django's connection of the job's thread."""
        return DjangoConnector()

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        """Write how a job ended, or the like, for half a minute if the server is away.

        A job whose end is not written would count as running for as long as its worker lives.
        """
        for pause in _PAUSES:
            try:
                await super().execute_query_async(query, **arguments)
            except ConnectorException as error:
                if not isinstance(error.__cause__, psycopg.OperationalError):
                    raise
            else:
                return
            with suppress(*LOST):
                await reach_database()
            await asyncio.sleep(pause)
        await super().execute_query_async(query, **arguments)


async def make() -> WorkerConnector:
    """Return a connector with the parameters of Django's database; `app.open_async` opens it."""
    return WorkerConnector(
        kwargs=await sync_to_async(connector_params, thread_sensitive=False)(),
        min_size=1,
        max_size=_MOST_CONNECTIONS,
        timeout=_TIMEOUT_SECONDS,
    )


async def reach_database() -> None:
    """Connect once as Django does, which starts the PostgreSQL of a checkout; raise one of LOST."""
    await sync_to_async(_reach_database, thread_sensitive=False)()


def _reach_database() -> None:
    try:
        connection.ensure_connection()
    finally:
        connection.close()
