"""What dbt may replace: the tables, views and functions that it made, and nothing that others hang on them.

dbt drops whatever has a model's name, and with `cascade` whatever depends on it, whoever made it. So a refresh asks
here first, and writes down what it is about to make: from then on the name is ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flows.errors import ForeignError
from flows.settings import PROJECT
from flows.warehouse.database import Connection

DBT_PROJECT = PROJECT / "dbt_project"
DBT_SCHEMAS = ("staging", "intermediate", "marts")
MOST_NAMES = 10

STANDING = """
select n.nspname, c.relname from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
where n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p', 'v', 'm', 'f')
union
select n.nspname, p.proname from pg_proc as p inner join pg_namespace as n on p.pronamespace = n.oid
where n.nspname = any(%(schemas)s)
"""
# Whatever a drop with `cascade` of tables and views (or of views alone) would take along: views, foreign keys,
# inheriting tables, functions, columns of their type. A rule stands for its view. What dbt set
# aside and did not come to drop is ours too.
DEPENDENTS = """
with ours as (
    select c.oid, c.reltype, n.nspname, c.relname
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    inner join ops.relations as r
        on n.nspname = r.schema_name and regexp_replace(c.relname, '__dbt_(tmp|backup).*', '') = r.relation_name
),

dropped as (
    select o.* from ours as o inner join pg_class as c on o.oid = c.oid where c.relkind = 'v' or %(full)s
),

taken as (
    select
        d.nspname || '.' || d.relname as dropped,
        coalesce(w.ev_class, k.conrelid, a.adrelid, case when p.classid = 'pg_class'::regclass then p.objid end)
            as relation,
        p.classid, p.objid
    from dropped as d
    inner join pg_depend as p
        on p.deptype = 'n' and (
            (p.refclassid = 'pg_class'::regclass and p.refobjid = d.oid)
            or (p.refclassid = 'pg_type'::regclass and p.refobjid = d.reltype)
        )
    left join pg_rewrite as w on p.classid = 'pg_rewrite'::regclass and p.objid = w.oid
    left join pg_constraint as k on p.classid = 'pg_constraint'::regclass and p.objid = k.oid
    left join pg_attrdef as a on p.classid = 'pg_attrdef'::regclass and p.objid = a.oid
)

select distinct
    case
        when t.relation is null then pg_describe_object(t.classid, t.objid, 0)
        else t.relation::regclass::text
    end as dependent,
    t.dropped
from taken as t
where t.relation is null or t.relation not in (select o.oid from ours as o)
order by 1, 2
"""
Relations = set[tuple[str, str]]


def wanted(folder: Path = DBT_PROJECT) -> Relations:
    """What the dbt project builds in production: a model's schema is its first folder, a seed's is staging."""
    models = {
        (file.relative_to(folder / "models").parts[0], file.stem) for file in (folder / "models").rglob("*.sql")
    }
    return models | {("staging", file.stem) for file in (folder / "seeds").rglob("*.csv")}


def relations(connection: Connection, schemas: Iterable[str] = DBT_SCHEMAS) -> Relations:
    """Return the tables, views and functions of some schemas, whoever made them."""
    rows = connection.execute(STANDING, {"schemas": list(schemas)}).fetchall()
    return {(str(schema), str(name)) for schema, name in rows}


def recorded(connection: Connection) -> Relations:
    """What dbt made for us, or was about to make."""
    rows = connection.execute("select schema_name, relation_name from ops.relations").fetchall()
    return {(str(schema), str(name)) for schema, name in rows}


def claim_relations(connection: Connection, *, full: bool) -> None:
    """Record what dbt is about to make; `full` says whether tables are replaced, or only views.

    Raises ForeignError, and records nothing, where another's table has a model's name, or where something of
    another's depends on what is replaced and would be dropped with it.
    """
    there, ours, names = relations(connection), recorded(connection), wanted()
    if taken := sorted(names & there - ours):
        raise ForeignError(
            f"{_listed(f'{schema}.{name}' for schema, name in taken)}: models have this name, and Vigie did not "
            "make what is there: rename it or move it to a schema of its own; nothing was replaced"
        )
    if hanging := foreign_dependents(connection, full=full):
        raise ForeignError(
            f"{_listed(f'{dependent} (on {relation})' for dependent, relation in hanging)}: not made by Vigie, and "
            "would be dropped with what is built again: drop it or keep it as a table, refresh, and make it again"
        )
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "delete from ops.relations where schema_name = %s and relation_name = %s", list(ours - there - names)
        )
        cursor.executemany(
            "insert into ops.relations (schema_name, relation_name) values (%s, %s)", list(names - ours)
        )


def foreign_dependents(connection: Connection, *, full: bool = True) -> list[tuple[str, str]]:
    """Return what depends on relations of ours and is not ours, each with the relation it depends on.

    On all of them, or only on views, which even an incremental refresh makes again.
    """
    rows = connection.execute(DEPENDENTS, {"full": full}).fetchall()
    return [(str(dependent), str(relation)) for dependent, relation in rows]


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = len(every) - MOST_NAMES
    return ", ".join(every[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
