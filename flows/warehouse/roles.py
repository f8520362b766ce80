"""Who may do what in the warehouse: the pipeline's, the analysts' and the app's role.

The pipeline owns everything. Analysts read the marts and what they are built from, raw texts included, and make
schemas of their own. The app reads marts and writes decisions; it can do nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, LiteralString

from psycopg import sql

if TYPE_CHECKING:
    from flows.warehouse.database import Connection

PIPELINE, ANALYST, APP = "vigie_pipeline", "vigie_analyst", "vigie_app"
READ = {
    ANALYST: ("raw", "ops", "understanding", "identity", "decisions", "staging", "intermediate", "marts"),
    APP: ("marts",),
}
# A schema that each role can use once it was granted anything.
LACKING = """
select r.rolname::text from pg_roles as r
inner join (values (%(analyst)s, 'ops'), (%(app)s, 'decisions')) as u (role_name, schema_name)
    on r.rolname = u.role_name
where not has_schema_privilege(r.oid, to_regnamespace(u.schema_name), 'usage')
order by 1
"""
HASHING = "grant execute on function identity.keyed_hash(text) to {role}"
ALIKE: LiteralString = "understanding.alike(real[], text, text[], timestamptz, timestamptz, integer)"
MEANING = f"grant execute on function {ALIKE} to {{role}}"
OUR_TABLES = """
select c.relname from pg_class as c inner join pg_roles as r on c.relowner = r.oid
where c.relnamespace = %s::regnamespace and r.rolname = current_user and c.relkind in ('r', 'p', 'v', 'm')
"""


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
    """Give each role what it may do with what is ours here, now and for tables that dbt makes later.

    What others made keeps the rights that they gave, in schemas of ours too; PUBLIC's are no matter of ours.
    """
    me = sql.Identifier(connection.info.user)
    for role in READ:
        if _exists(connection, role):
            _run(connection, "grant connect on database {database} to {role}", role)
    grant_reading(connection, READ[ANALYST])  # who may read most
    if _exists(connection, ANALYST):
        _run(connection, "grant create, temporary on database {database} to {role}", ANALYST)
        for right in (HASHING, MEANING):
            _run(connection, right, ANALYST)
    if _exists(connection, APP):
        for schema in ("identity", "understanding"):
            _run(connection, f"grant usage on schema {schema} to {{role}}", APP)
        _grant_tables(connection, "select, insert", "decisions", APP, me)
        _run(connection, "revoke select on decisions.looks from {role}", APP)  # of people, kept for others to read
        for right in (HASHING, MEANING):
            _run(connection, right, APP)


def grant_reading(connection: Connection, schemas: Iterable[str], suffix: str = "") -> None:
    """Let each role read what it may of these schemas, or of those with a `suffix` that will take their names."""
    me = sql.Identifier(connection.info.user)
    for role, readable in READ.items():
        for schema in schemas:
            if schema in readable and _exists(connection, role):
                _grant_tables(connection, "select", schema + suffix, role, me)


def revoke_reading(connection: Connection, schemas: Iterable[str]) -> None:
    """Let none of our roles, nor PUBLIC, read the tables of these schemas any more."""
    names = [sql.Identifier(role) for role in READ if _exists(connection, role)]
    for schema in schemas:
        for who in (*names, sql.SQL("public")):
            statement = sql.SQL("revoke all on all tables in schema {} from {}")
            connection.execute(statement.format(sql.Identifier(schema), who))


def _run(connection: Connection, statement: LiteralString, role: str) -> None:
    database = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL(statement).format(database=database, role=sql.Identifier(role)))


def _grant_tables(
    connection: Connection, rights: LiteralString, schema: str, role: str, me: sql.Identifier
) -> None:
    """Grant rights on the tables of ours in a schema of ours, those to come included."""
    names = {"schema": sql.Identifier(schema), "role": sql.Identifier(role), "me": me}
    connection.execute(sql.SQL("grant usage on schema {schema} to {role}").format(**names))
    default = "alter default privileges for role {me} in schema {schema} grant "
    connection.execute(sql.SQL(default + rights + " on tables to {role}").format(**names))
    for (table,) in connection.execute(OUR_TABLES, (schema,)).fetchall():
        right = sql.SQL("grant " + rights + " on {table} to {role}")
        connection.execute(right.format(table=sql.Identifier(schema, table), **names))


def speaks_for_analysts(connection: Connection) -> bool:
    """Whether analysts' own views can follow when the marts are built anew."""
    row = connection.execute("select pg_has_role(oid, 'member') from pg_roles where rolname = %s", (ANALYST,))
    return row.fetchone() == (True,)


def missing_roles(connection: Connection) -> list[str]:
    """Roles that this server lacks."""
    rows = connection.execute("select rolname from pg_roles where rolname like 'vigie%%'").fetchall()
    return sorted({PIPELINE, ANALYST, APP} - {str(row[0]) for row in rows})


def roles_without_rights(connection: Connection) -> list[str]:
    """Roles that are there and were granted nothing here: they were made after the schema, or in another place."""
    rows = connection.execute(LACKING, {"analyst": ANALYST, "app": APP}).fetchall()
    return [str(row[0]) for row in rows]
