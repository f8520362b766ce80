"""Prefect's own database: one a warehouse, named after it and marked as ours."""

from __future__ import annotations

import psycopg
from psycopg import sql

from flows.errors import ForeignError, SettingError
from flows.warehouse.database import Connection, locked
from flows.warehouse.ownership import installation_of

OLD = "prefect"  # as an older Vigie named it, whoever else had one
LONGEST = 63  # bytes of a name, as Postgres counts them
SUFFIX = "_prefect"
THERE = """
    select coalesce(shobj_description(oid, 'pg_database'), ''), pg_has_role(datdba, 'usage')
    from pg_database where datname = %s
"""
HOLDS = (
    "select exists (select from pg_class where relnamespace::regnamespace::text !~ '^(pg_|information_schema$)')"
)


def prefect_database(connection: Connection, *, is_embedded: bool) -> str:
    """Return the name of the Prefect database of this warehouse, which is made if it is missing.

    The embedded server is ours alone: there the database of an older Vigie goes on being used. Raises ForeignError
    where the name is another's, SettingError where we may make no database.
    """
    installation = installation_of(connection)
    warehouse = connection.info.dbname
    name = warehouse.encode()[: LONGEST - len(SUFFIX)].decode(errors="ignore") + SUFFIX
    database, comment = sql.Identifier(name), sql.SQL("comment on database {} is {}")
    with locked(connection, "prefect database", patience=120):  # two may start at once
        found = connection.execute(THERE, (name,)).fetchone()
        if found is None and is_embedded and connection.execute(THERE, (OLD,)).fetchone():
            return OLD
        if found is None:
            _make(connection, database)
        elif installation.mark in found[0]:
            return name
        elif not _is_unfinished(connection, name, *found):
            hint = comment.format(database, installation.mark).as_string(connection)
            raise ForeignError(
                f"the database '{name}' is there, and this Vigie did not make it: name another in "
                f"VIGIE_PREFECT_DATABASE_URL, or, if it is its own all the same, {hint}"
            )
        connection.execute(sql.SQL("revoke all on database {} from public").format(database))
        connection.execute(comment.format(database, f"Prefect's, of the Vigie in {warehouse}. {installation.mark}"))
    return name


def _is_unfinished(connection: Connection, name: str, said: str, is_ours: bool) -> bool:
    """Whether we were killed between making the database and marking it: it is our role's, and empty."""
    if said or not is_ours:
        return False
    info = connection.info
    with psycopg.connect(info.dsn, password=info.password, dbname=name, connect_timeout=10) as there:
        return there.execute(HOLDS).fetchone() == (False,)


def _make(connection: Connection, database: sql.Identifier) -> None:
    try:
        connection.execute(sql.SQL("create database {}").format(database))
    except psycopg.errors.InsufficientPrivilege as error:
        raise SettingError(
            f"the role {connection.info.user} may not make a database for Prefect beside the warehouse: "
            "give it createdb, or name a database in VIGIE_PREFECT_DATABASE_URL"
        ) from error
