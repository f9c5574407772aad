"""What goes wrong with the PostgreSQL of a checkout."""

from typing import Self

import psycopg


class PostgresError(psycopg.OperationalError):
    """The PostgreSQL of this checkout cannot be used.

    A psycopg error, so that Django reports it as it reports any database that is out of reach.
    """

    @classmethod
    def because(cls, reason: str, *, hint: str) -> Self:
        """Return the error with what happened and, on its own line, what to do about it."""
        return cls(f"{reason}\nHint: {hint}")
