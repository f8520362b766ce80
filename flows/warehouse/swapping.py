"""What dbt builds anew appears all at once: built beside what readers see, then swapped in by renaming schemas.

Views and functions are bound to what they read, not to its name, so they move with their schema. What others built
on the marts (a view for a dashboard) is moved to the new tables where that is allowed; otherwise it keeps the old
ones, and every refresh tells so until nobody reads them.
"""

from __future__ import annotations

import re
from contextlib import suppress

import psycopg
from psycopg import errors, sql

from flows.errors import RefreshError
from flows.warehouse.database import Connection
from flows.warehouse.ownership import installation_of, make_schemas
from flows.warehouse.relations import DBT_SCHEMAS
from flows.warehouse.roles import grant_reading

NEXT, OLD = "__next", "__old_"  # where everything is built anew, beside what readers see, and what that replaced
PATIENCE = "set local lock_timeout = '5s'"  # for those who still read what is dropped: then it waits for the next
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
# What stands in the schemas and is no model: it stays where it is.
STRANGERS = """
    select format('alter table %%s set schema %%I', c.oid::regclass, n.nspname || %(next)s::text)
    from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
    where n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p', 'f', 'v', 'm') and not exists (
        select from pg_class as new
        where new.relname = c.relname and new.relnamespace = (n.nspname || %(next)s::text)::regnamespace
    )
    union all
    select format('alter function %%s set schema %%I', p.oid::regprocedure, n.nspname || %(next)s::text)
    from pg_proc as p inner join pg_namespace as n on p.pronamespace = n.oid
    where n.nspname = any(%(schemas)s) and not exists (
        select from pg_proc as new
        where new.proname = p.proname and new.pronamespace = (n.nspname || %(next)s::text)::regnamespace
    )
"""
OTHERS = """
    select 'schema', n.nspname::text, pg_get_userbyid(n.nspowner) from pg_namespace as n
    where n.nspname = any(%(schemas)s) and not pg_has_role(n.nspowner, 'usage')
    union all
    select 'table', c.oid::regclass::text, pg_get_userbyid(c.relowner) from pg_class as c
    where
        c.relnamespace = any(%(schemas)s::text[]::regnamespace[]) and c.relkind in ('r', 'p', 'f', 'v', 'm')
        and not pg_has_role(c.relowner, 'usage')
"""
GRANTEE = """
    select
        case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as name,
        case when a.is_grantable then ' with grant option' else '' end as how
"""
# What lives elsewhere and would be dropped with these schemas.
READERS = """
    with objects as (
        select 'pg_class'::regclass as classid, oid, relnamespace as schema from pg_class
        union all
        select 'pg_proc'::regclass, oid, pronamespace from pg_proc
        union all
        select 'pg_type'::regclass, oid, typnamespace from pg_type
    ),

    dependents as (
        select distinct
            case when r.oid is null then d.classid else 'pg_class'::regclass end as classid,
            coalesce(r.ev_class, d.objid) as oid
        from objects as o
        inner join pg_depend as d on o.classid = d.refclassid and o.oid = d.refobjid
        left join pg_rewrite as r on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
        where o.schema = any(%(schemas)s::text[]::regnamespace[])
    )

    select i.type || ' ' || i.identity, case when i.type = 'view' then d.oid end
    from dependents as d cross join pg_identify_object(d.classid, d.oid, 0) as i
    where i.schema is not null and i.schema <> all(%(schemas)s::text[]) and i.schema not like 'pg\\_%%'
    order by 1
"""
MARKED = """
    select nspname from pg_namespace
    where strpos(coalesce(obj_description(oid, 'pg_namespace'), ''), %s) > 0 and pg_has_role(nspowner, 'usage')
"""
VIEW = """
    select
        c.oid::regclass::text, pg_get_userbyid(c.relowner),
        coalesce('with (' || array_to_string(c.reloptions, ', ') || ')', ''), pg_get_viewdef(c.oid)
    from pg_class as c where c.oid = %s
"""


def prepare(connection: Connection) -> None:
    """Make the schemas in which everything is built anew, with the rights of those that readers see.

    Drops what a refresh that was killed left there. Raises RefreshError where the swap could not be done later.
    """
    _must_own(connection)
    installation, schemas = installation_of(connection), [schema + NEXT for schema in DBT_SCHEMAS]
    with connection.transaction():
        make_schemas(connection, schemas, installation)  # one that is there and not ours is refused, not dropped
        _drop(connection, schemas)
        make_schemas(connection, schemas, installation)
        grant_reading(connection, DBT_SCHEMAS, NEXT)
        _apply(connection, SCHEMA_RIGHTS)


def swap(connection: Connection, refresh_id: int) -> None:
    """Let readers see what was built, in the transaction that the caller holds; the old is kept for `clean`.

    What others keep in these schemas stays in them.
    """
    _apply(connection, TABLE_RIGHTS)
    _apply(connection, STRANGERS)
    for schema in DBT_SCHEMAS:
        for name, becomes in ((schema, f"{schema}{OLD}{refresh_id}"), (schema + NEXT, schema)):
            connection.execute(
                sql.SQL("alter schema {} rename to {}").format(sql.Identifier(name), sql.Identifier(becomes))
            )


def clean(connection: Connection) -> list[str]:
    """Drop what a swap left, and return those who still read it, each with what it is and its name.

    What is being read at the moment is left for the next time.
    """
    marked = connection.execute(MARKED, (installation_of(connection).mark,)).fetchall()
    found = [match for (name,) in marked if (match := OURS.fullmatch(name))]
    kept: list[str] = []
    for suffix in sorted({match[2] for match in found if match[2]}):
        schemas = [match[0] for match in found if match[2] == suffix]
        for _, view in _readers(connection, schemas):
            if view is not None:
                _follow(connection, view, suffix)
        readers = [what for what, _ in _readers(connection, schemas)]
        kept += readers
        if not readers:
            with suppress(errors.LockNotAvailable), connection.transaction():
                _drop(connection, schemas)
    return kept


def _must_own(connection: Connection) -> None:
    found = connection.execute(OTHERS.encode(), {"schemas": list(DBT_SCHEMAS)}).fetchone()
    if found:
        what, name, owner = found
        me = connection.info.user
        raise RefreshError(
            f"{what} {name} belongs to {owner}, and only its owner can move it when everything is built anew: as"
            f' {owner}, run `alter {what} {name} owner to "{me}"`, or move it to a schema of its own'
        )


def _apply(connection: Connection, statements: str) -> None:
    """Run what a query writes."""
    query = statements.replace("{grantee}", GRANTEE)
    values = {"schemas": list(DBT_SCHEMAS), "next": NEXT}
    for (statement,) in connection.execute(query.encode(), values).fetchall():
        connection.execute(statement.encode())


def _readers(connection: Connection, schemas: list[str]) -> list[tuple[str, int | None]]:
    """What lives outside of these schemas and depends on them, views with their oid."""
    return [(str(what), oid) for what, oid in connection.execute(READERS, {"schemas": schemas}).fetchall()]


def _follow(connection: Connection, view: int, suffix: str) -> None:
    """Bind a view to the new tables: it keeps its owner, its rights and those who read it.

    Left as it is where the new tables lack what it reads, its owner is nobody whom the pipeline may speak for, or
    it is being read.
    """
    with suppress(psycopg.ProgrammingError, errors.LockNotAvailable), connection.transaction():
        connection.execute("select set_config('search_path', 'pg_catalog', true)")  # so that all is qualified
        connection.execute(PATIENCE)
        row = connection.execute(VIEW, (view,)).fetchone()
        if row is not None:
            name, owner, options, query = row
            connection.execute(sql.SQL("set local role {}").format(sql.Identifier(owner)))
            query = query.replace(f"{suffix}.", ".")
            connection.execute(f"create or replace view {name} {options} as {query}".encode())


def _drop(connection: Connection, schemas: list[str]) -> None:
    connection.execute(PATIENCE)
    names = sql.SQL(", ").join(map(sql.Identifier, schemas))
    connection.execute(sql.SQL("drop schema if exists {} cascade").format(names))
