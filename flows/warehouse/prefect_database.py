"""Prefect's own database: one a warehouse, named after it and marked as ours."""

from __future__ import annotations

import psycopg
from psycopg import sql

from flows.errors import ForeignError, SettingError
from flows.warehouse.database import Connection
from flows.warehouse.ownership import installation_of

OLD = "prefect"  # as an older Vigie named it, whoever else had one
LONGEST = 63  # bytes of a name, as Postgres counts them
SUFFIX = "_prefect"
THERE = "select coalesce(shobj_description(oid, 'pg_database'), '') from pg_database where datname = %s"


def prefect_database(connection: Connection, *, is_embedded: bool) -> str:
    """Return the name of the Prefect database of this warehouse, which is made if it is missing.

    The embedded server is ours alone: there the database of an older Vigie goes on being used. Raises ForeignError
    where the name is another's, SettingError where we may make no database.
    """
    installation = installation_of(connection)
    warehouse = connection.info.dbname
    name = warehouse.encode()[: LONGEST - len(SUFFIX)].decode(errors="ignore") + SUFFIX
    found = connection.execute(THERE, (name,)).fetchone()
    if found is None:
        if is_embedded and connection.execute(THERE, (OLD,)).fetchone():
            return OLD
        _make(connection, name, f"Prefect's, of the Vigie in {warehouse}. {installation.mark}")
    elif installation.mark not in found[0]:
        raise ForeignError(
            f"the database '{name}' is there, and this Vigie did not make it: name another in "
            "VIGIE_PREFECT_DATABASE_URL, or, if it is its own all the same, "
            f"comment on database {name} is '{installation.mark}'"
        )
    return name


def _make(connection: Connection, name: str, mark: str) -> None:
    database = sql.Identifier(name)
    try:
        connection.execute(sql.SQL("create database {}").format(database))
    except psycopg.errors.InsufficientPrivilege as error:
        raise SettingError(
            f"the role {connection.info.user} may not make the database '{name}' for Prefect: give it createdb, "
            "or name a database in VIGIE_PREFECT_DATABASE_URL"
        ) from error
    connection.execute(sql.SQL("comment on database {} is {}").format(database, mark))
    connection.execute(sql.SQL("revoke all on database {} from public").format(database))
