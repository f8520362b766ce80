"""Connections that dbt keeps from one node of a command to the next, where it opens one for each.

Each costs the server a process that signs in and reads the catalog anew. It imports dbt.
"""

from __future__ import annotations

from typing import Any

import psycopg2
from dbt.adapters.postgres.connections import PostgresConnectionManager
from psycopg2.extensions import connection as Handle

FORGET = "discard temp; select pg_advisory_unlock_all()"


class KeptConnections(PostgresConnectionManager):  # type: ignore[misc]  # dbt's has no types
    """What a node leaves, the next one takes, as new: no transaction, setting, lock or temporary table of before.

    As many are open as nodes run at once, and none outlives its command.
    """

    def __init__(self, profile: Any, mp_context: Any) -> None:
        """Begin with none, as a command does."""
        super().__init__(profile, mp_context)
        self._idle: list[Handle] = []

    def open(self, connection: Any) -> Any:
        """Take one that is left, or open one. Raises what dbt does where none can be had."""
        while connection.state != "open" and self._idle:
            handle = self._idle.pop()
            if _made_new(handle, autocommit=bool(connection.credentials.autocommit)):
                connection.handle, connection.state = handle, "open"
        return super().open(connection)

    def close(self, connection: Any) -> Any:
        """Leave a connection to the next node, unless it is broken, or speaks for another role."""
        if connection.state != "open" or connection.credentials.role or not _at_rest(connection.handle):
            return super().close(connection)
        self._idle.append(connection.handle)
        connection.transaction_open, connection.state = False, "closed"
        return connection

    def cleanup_all(self) -> None:
        """Close all, as a command does that ends."""
        super().cleanup_all()
        while self._idle:
            self._idle.pop().close()


def _at_rest(handle: Any) -> bool:
    """Roll back what is not committed, and tell whether the connection can be used again."""
    if not isinstance(handle, Handle):  # one that dbt records
        return False
    try:
        handle.rollback()
    except psycopg2.Error:
        return False
    return not handle.closed


def _made_new(handle: Handle, *, autocommit: bool) -> bool:
    """Set back a session; False, and closed, where the server has ended it meanwhile."""
    try:
        handle.reset()
        handle.autocommit = True
        with handle.cursor() as cursor:
            cursor.execute(FORGET)
        handle.autocommit = autocommit
    except psycopg2.Error:
        handle.close()
        return False
    return True
