"""Who may do what in the warehouse: the pipeline's, the analysts' and the app's role.

The pipeline owns everything. Analysts read the marts and what they are built from, raw texts included, and make
schemas of their own. The app reads marts and writes decisions; it can do nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from flows.warehouse.database import Connection

PIPELINE, ANALYST, APP = "vigie_pipeline", "vigie_analyst", "vigie_app"
READ = {
    ANALYST: ("raw", "ops", "understanding", "identity", "decisions", "staging", "intermediate", "marts"),
    APP: ("marts",),
}
HASHING = "grant execute on function identity.keyed_hash(text) to {role}"
DBT_SCHEMAS = ("staging", "intermediate", "marts")
NEXT = "__next"  # where everything is built anew, beside what readers see


def make_roles(connection: Connection) -> None:
    """Make the roles that are missing, without a login; needs the right to create roles.

    The pipeline may speak for analysts: their views on the marts follow when the marts are built anew.
    """
    for role in (PIPELINE, ANALYST, APP):
        if not _exists(connection, role):
            connection.execute(sql.SQL("create role {} nologin nosuperuser noinherit").format(sql.Identifier(role)))
    connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(ANALYST), sql.Identifier(PIPELINE)))


def _exists(connection: Connection, role: str) -> bool:
    return connection.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone() is not None


def grant(connection: Connection) -> None:
    """Give each role what it may do in this database, now and for tables that dbt makes later."""
    database = sql.Identifier(connection.info.dbname)
    me = sql.Identifier(connection.info.user)
    connection.execute(sql.SQL("revoke all on database {} from public").format(database))
    connection.execute("revoke create on schema public from public")
    make_dbt_schemas(connection)
    for role, schemas in READ.items():
        if not _exists(connection, role):
            continue
        name = sql.Identifier(role)
        connection.execute(sql.SQL("grant connect on database {} to {}").format(database, name))
        for schema in set(schemas) - set(DBT_SCHEMAS):
            _grant_reading(connection, role, schema)
    if _exists(connection, ANALYST):
        analyst = sql.Identifier(ANALYST)
        connection.execute(sql.SQL("grant create, temporary on database {} to {}").format(database, analyst))
        connection.execute(sql.SQL(HASHING).format(role=analyst))
    if _exists(connection, APP):
        _grant_app(connection, me)


def make_dbt_schemas(connection: Connection, suffix: str = "") -> None:
    """Make the schemas that dbt fills and let each role read what it may; `suffix` is NEXT for those to come."""
    for schema in DBT_SCHEMAS:
        connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema + suffix)))
        for role, schemas in READ.items():
            if schema in schemas and _exists(connection, role):
                _grant_reading(connection, role, schema + suffix)


def _grant_reading(connection: Connection, role: str, schema: str) -> None:
    me = sql.Identifier(connection.info.user)
    for statement in (
        "grant usage on schema {schema} to {role}",
        "grant select on all tables in schema {schema} to {role}",
        "alter default privileges for role {me} in schema {schema} grant select on tables to {role}",
    ):
        connection.execute(
            sql.SQL(statement).format(schema=sql.Identifier(schema), role=sql.Identifier(role), me=me)
        )


def _grant_app(connection: Connection, me: sql.Identifier) -> None:
    app = sql.Identifier(APP)
    for statement in (
        "grant usage on schema decisions, identity to {app}",
        "grant select, insert on all tables in schema decisions to {app}",
        "alter default privileges for role {me} in schema decisions grant select, insert on tables to {app}",
    ):
        connection.execute(sql.SQL(statement).format(app=app, me=me))
    connection.execute(sql.SQL(HASHING).format(role=app))


def missing_roles(connection: Connection) -> list[str]:
    """Roles that this server lacks."""
    rows = connection.execute("select rolname from pg_roles where rolname like 'vigie%%'").fetchall()
    return sorted({PIPELINE, ANALYST, APP} - {str(row[0]) for row in rows})
