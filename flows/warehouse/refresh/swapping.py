"""What dbt builds anew appears all at once: built beside what readers see, then swapped in by renaming schemas.

Views and functions are bound to what they read, not to its name, so they move with their schema. What others built
on the marts (a view for a dashboard) is moved to the new tables where that is allowed; otherwise it keeps the old
ones for a week, and every refresh tells so.
"""

from __future__ import annotations

import re
from contextlib import suppress

import psycopg
from psycopg import errors, sql

from flows.errors import RefreshError
from flows.warehouse.database import Connection
from flows.warehouse.ownership import Installation, installation_of, make_schemas
from flows.warehouse.refresh.others import PATIENCE, move_others, readers, refuse_obstacles
from flows.warehouse.relations import DBT_SCHEMAS, relations, release_relations, wanted
from flows.warehouse.roles import grant_reading, revoke_reading

NEXT, OLD = "__next", "__old_"  # where everything is built anew, beside what readers see, and what that replaced
OLD_DAYS = 7  # what could not follow keeps the old tables, and texts that may be kept no longer
MARTS = rf"^marts({NEXT}|{OLD}\d+)?$"  # where the app reads them, while they are built and until the old ones go
IS_READ = (errors.LockNotAvailable, errors.DeadlockDetected)  # two locks taken in another order than a reader's
OURS = re.compile(rf"({'|'.join(DBT_SCHEMAS)})(?:{NEXT}|({OLD}\d+))")

# Rights that others were given on the schemas, and on what is made in them later.
SCHEMA_RIGHTS = """
    select format(
        'grant %%s on schema %%I to %%s%%s', a.privilege_type, n.nspname || %(next)s::text, g.name, g.how
    )
    from pg_namespace as n cross join aclexplode(n.nspacl) as a cross join lateral ({grantee}) as g
    where n.nspname = any(%(schemas)s) and a.grantee <> n.nspowner
    union all
    select format(
        'alter default privileges for role %%I in schema %%I grant %%s on %%s to %%s%%s',
        pg_get_userbyid(d.defaclrole), n.nspname || %(next)s::text, a.privilege_type,
        case d.defaclobjtype
            when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' else 'types'
        end,
        g.name, g.how
    )
    from pg_default_acl as d inner join pg_namespace as n on d.defaclnamespace = n.oid
    cross join aclexplode(d.defaclacl) as a cross join lateral ({grantee}) as g
    where n.nspname = any(%(schemas)s) and a.grantee <> d.defaclrole and pg_has_role(d.defaclrole, 'usage')
"""
# Rights on single tables and views, for those of the same name.
TABLE_RIGHTS = """
    select format(
        'grant %%s on %%s to %%s%%s', a.privilege_type, new.oid::regclass, g.name, g.how
    )
    from pg_class as old inner join pg_namespace as n on old.relnamespace = n.oid
    inner join pg_class as new on old.relname = new.relname and new.relkind in ('r', 'v')
    inner join pg_namespace as m on new.relnamespace = m.oid and m.nspname = n.nspname || %(next)s::text
    cross join aclexplode(old.relacl) as a cross join lateral ({grantee}) as g
    where n.nspname = any(%(schemas)s) and a.grantee <> old.relowner
"""
GRANTEE = """
    select
        case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as name,
        case when a.is_grantable then ' with grant option' else '' end as how
"""
MARKED = """
    select nspname from pg_namespace
    where strpos(coalesce(obj_description(oid, 'pg_namespace'), ''), %s) > 0 and pg_has_role(nspowner, 'usage')
"""
UNMARKED = """
    select nspname from pg_namespace
    where nspname = any(%(schemas)s) and nspowner = current_user::regrole
        and strpos(coalesce(obj_description(oid, 'pg_namespace'), ''), %(mark)s) = 0
"""
FILLED = """
    select n.nspname, c.relname from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
    where n.nspname = any(%(schemas)s) and c.relkind = 'r' and pg_relation_size(c.oid) > 0
"""
OVERDUE = "select 1 from ops.refreshes where refresh_id = %s and finished_at < now() - make_interval(days => %s)"
VIEW = """
    select
        c.oid::regclass::text, pg_get_userbyid(c.relowner),
        coalesce('with (' || array_to_string(c.reloptions, ', ') || ')', ''), pg_get_viewdef(c.oid)
    from pg_class as c where c.oid = %s
"""


def prepare(connection: Connection) -> None:
    """Make the schemas in which everything is built anew, with the rights of those that readers see.

    Drops what a refresh that was killed left there. Raises RefreshError where the swap could not be done later, as
    far as one can tell: what could not be moved now would cost a whole rebuild to find out.
    """
    refuse_obstacles(connection)
    installation, schemas = installation_of(connection), [schema + NEXT for schema in DBT_SCHEMAS]
    with connection.transaction():
        _own_unmarked(connection, schemas, installation)
        make_schemas(connection, schemas, installation)  # one that is there and not ours is refused, not dropped
        try:
            _drop(connection, schemas)
        except IS_READ as error:
            raise RefreshError(
                "what a refresh that was cut off built is still being written or read: wait for it to end"
            ) from error
        make_schemas(connection, schemas, installation)
        grant_reading(connection, DBT_SCHEMAS, NEXT)
        _apply(connection, SCHEMA_RIGHTS)
    with connection.transaction(force_rollback=True):
        move_others(connection, NEXT)


def _own_unmarked(connection: Connection, schemas: list[str], installation: Installation) -> None:
    """Mark what dbt itself made for our models, as an older version let it: nothing else is in there."""
    for (schema,) in connection.execute(UNMARKED, {"schemas": schemas, "mark": installation.mark}).fetchall():
        held = {(str(schema).removesuffix(NEXT), name) for _, name in relations(connection, [schema])}
        if held <= wanted():
            connection.execute(
                sql.SQL("comment on schema {} is {}").format(sql.Identifier(schema), installation.mark)
            )


def swap(connection: Connection, refresh_id: int) -> None:
    """Let readers see what was built, in the transaction that the caller holds; the old is kept for `clean`.

    What others keep in these schemas stays in them. Raises RefreshError where somebody reads that for too long.
    """
    _apply(connection, TABLE_RIGHTS)
    move_others(connection, NEXT)
    for schema in DBT_SCHEMAS:
        for name, becomes in ((schema, f"{schema}{OLD}{refresh_id}"), (schema + NEXT, schema)):
            connection.execute(
                sql.SQL("alter schema {} rename to {}").format(sql.Identifier(name), sql.Identifier(becomes))
            )
    release_relations(connection)


def clean(connection: Connection) -> list[str]:
    """Drop what a swap left, and return those who still read it, each with what it is and its name.

    What is being read at the moment is left for the next time. After OLD_DAYS the old tables are emptied and
    closed: what others hang on them still stands, and fails until they mend it.
    """
    kept: list[str] = []
    for suffix, schemas in _old(connection).items():
        for _, view in readers(connection, schemas):
            if view is not None:
                _follow(connection, view, suffix)
        found = [what for what, _ in readers(connection, schemas)]
        kept += found
        with suppress(*IS_READ), connection.transaction():
            if not found:
                _drop(connection, schemas)
            elif connection.execute(OVERDUE, (suffix.removeprefix(OLD), OLD_DAYS)).fetchone():
                _close(connection, schemas)
    return kept


def left_behind(connection: Connection) -> list[str]:
    """Who reads what a swap left, each with what it is and its name."""
    return [what for schemas in _old(connection).values() for what, _ in readers(connection, schemas)]


def _old(connection: Connection) -> dict[str, list[str]]:
    """Return the schemas that swaps left, by what their names end in."""
    marked = connection.execute(MARKED, (installation_of(connection).mark,)).fetchall()
    found = sorted((match[2], match[0]) for (name,) in marked if (match := OURS.fullmatch(name)) and match[2])
    old: dict[str, list[str]] = {}
    for suffix, schema in found:
        old.setdefault(suffix, []).append(schema)
    return old


def _apply(connection: Connection, statements: str) -> None:
    """Run what a query writes."""
    query = statements.replace("{grantee}", GRANTEE)
    values = {"schemas": list(DBT_SCHEMAS), "next": NEXT}
    for (statement,) in connection.execute(query.encode(), values).fetchall():
        connection.execute(statement.encode())


def _follow(connection: Connection, view: int, suffix: str) -> None:
    """Bind a view to the new tables: it keeps its owner, its rights and those who read it.

    Left as it is where the new tables lack what it reads, its owner is nobody whom the pipeline may speak for, or
    it is being read.
    """
    with suppress(psycopg.ProgrammingError, *IS_READ), connection.transaction():
        connection.execute("select set_config('search_path', 'pg_catalog', true)")  # so that all is qualified
        connection.execute(PATIENCE)
        row = connection.execute(VIEW, (view,)).fetchone()
        if row is not None:
            name, owner, options, query = row
            connection.execute(sql.SQL("set local role {}").format(sql.Identifier(owner)))
            query = query.replace(f"{suffix}.", ".")
            connection.execute(f"create or replace view {name} {options} as {query}".encode())


def _close(connection: Connection, schemas: list[str]) -> None:
    """Empty tables that hold texts which may be kept no longer, and let nobody take what is left for figures."""
    connection.execute(PATIENCE)
    revoke_reading(connection, schemas)
    for schema, table in connection.execute(FILLED, {"schemas": schemas}).fetchall():
        with suppress(errors.FeatureNotSupported), connection.transaction():  # another's key refers to it
            connection.execute(sql.SQL("truncate {}").format(sql.Identifier(schema, table)))


def _drop(connection: Connection, schemas: list[str]) -> None:
    connection.execute(PATIENCE)
    names = sql.SQL(", ").join(map(sql.Identifier, schemas))
    connection.execute(sql.SQL("drop schema if exists {} cascade").format(names))
