"""What others keep in the schemas that dbt fills, and what of theirs elsewhere reads them.

Both outlive a swap where Postgres lets them: the first moves along, the second is told. What could not is refused
before anything is built.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from psycopg import errors, sql

from flows.errors import RefreshError
from flows.warehouse.database import Connection
from flows.warehouse.relations import DBT_SCHEMAS

PATIENCE = "set local lock_timeout = '5s'"  # for those who read what is dropped or moved; others wait behind us
ATTEMPTS = 6  # at what others read

# What stands in the schemas, whatever it is: what dbt made, and what others keep there. Owners that we may not act
# for are named. What is a part of another thing goes with it: a column's sequence, statistics, a range's functions.
HELD = """
    select
        i.type, i.identity, n.nspname::text, coalesce(c.relname, p.proname, i.name)::text,
        r.schema_name is not null,
        case when not pg_has_role(coalesce(c.relowner, p.proowner), 'usage')
            then pg_get_userbyid(coalesce(c.relowner, p.proowner))::text
        end
    from pg_namespace as n
    inner join pg_depend as d
        on d.refclassid = 'pg_namespace'::regclass and n.oid = d.refobjid and d.deptype = 'n'
    left join pg_class as c on d.classid = 'pg_class'::regclass and d.objid = c.oid
    left join pg_proc as p on d.classid = 'pg_proc'::regclass and d.objid = p.oid
    cross join pg_identify_object(d.classid, d.objid, 0) as i
    left join ops.relations as r
        on n.nspname = r.schema_name and coalesce(c.relname, p.proname, i.name) = r.relation_name
    where n.nspname = any(%(schemas)s) and d.classid <> 'pg_statistic_ext'::regclass and not exists (
        select from pg_depend as o
        where
            d.classid = o.classid and d.objid = o.objid and o.refobjid <> o.objid
            and (o.deptype = 'i' or (o.deptype = 'a' and c.relkind is not distinct from 'S'))
    )
    order by i.identity
"""
MOVABLE = {"table", "view", "materialized view", "foreign table", "sequence", "function", "procedure", "aggregate"}
OWNERS = """
    select nspname::text, pg_get_userbyid(nspowner)::text from pg_namespace
    where nspname = any(%(schemas)s) and not pg_has_role(nspowner, 'usage')
"""
# What lives elsewhere and would be dropped with these schemas.
READERS = """
    with objects as (
        select 'pg_class'::regclass as classid, oid, relnamespace as schema from pg_class
        union all
        select 'pg_proc'::regclass, oid, pronamespace from pg_proc
        union all
        select 'pg_type'::regclass, oid, typnamespace from pg_type
        union all
        select 'pg_namespace'::regclass, oid, oid from pg_namespace
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
    from dependents as d
    cross join pg_identify_object(d.classid, d.oid, 0) as i
    cross join pg_identify_object_as_address(d.classid, d.oid, 0) as a
    -- Triggers, policies, defaults have no schema but their table's, the first part of their address.
    cross join coalesce(i.schema, a.object_names[1], '') as place
    where
        i.type like 'publication%%'
        or (place <> all(%(schemas)s::text[]) and place not like 'pg\\_%%' and i.type <> 'default acl')
    order by 1
"""


@dataclass(frozen=True, slots=True)
class Held:
    """One thing in the schemas that dbt fills, its kind and identity as SQL writes them.

    `is_model` says whether it has a name that dbt made; `owner` is its owner's where we may not act for that role.
    """

    kind: str
    identity: str
    schema: str
    name: str
    is_model: bool
    owner: str | None


def obstacles(connection: Connection) -> list[str]:
    """What keeps everything from being built anew, each with what to do about it."""
    values, me = {"schemas": list(DBT_SCHEMAS)}, sql.Identifier(connection.info.user).as_string(connection)
    found = [("schema", name, owner) for name, owner in connection.execute(OWNERS, values).fetchall()]
    held = _held(connection)
    others = [one for one in held if not one.is_model]
    found += [(one.kind, one.identity, one.owner) for one in others if one.owner and one.kind in MOVABLE]
    taken = Counter((one.schema, one.name) for one in held if one.is_model)
    return [
        f"{kind} {name} belongs to {owner}, and only its owner can move it when everything is built anew: as"
        f" {owner}, run `alter {kind} {name} owner to {me}`, or move it to a schema of its own"
        for kind, name, owner in found
    ] + [
        f"{one.kind} {one.identity} cannot be moved when everything is built anew: move it to a schema of its own"
        for one in others
        if one.kind not in MOVABLE
    ] + [
        f"{one.kind} {one.identity} has the name of another thing there, which is a model's: move what is not the"
        " model's to a schema of its own"
        for one in held
        if one.is_model and taken[one.schema, one.name] > 1
    ]  # fmt: skip


def refuse_obstacles(connection: Connection) -> None:
    """Raise RefreshError where something keeps everything from being built anew."""
    if found := obstacles(connection):
        raise RefreshError(found[0] + (f" (and {len(found) - 1} more: `vigie doctor`)" if found[1:] else ""))


def _held(connection: Connection) -> list[Held]:
    return [Held(*row) for row in connection.execute(HELD, {"schemas": list(DBT_SCHEMAS)}).fetchall()]


def move_others(connection: Connection, suffix: str) -> None:
    """Take what others keep in these schemas along to those that will take their names.

    Between two attempts those who wait behind us get through. Raises RefreshError where it is read for too long.
    """
    refuse_obstacles(connection)  # something may have come while dbt was building
    moving = ""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with connection.transaction():
                connection.execute(PATIENCE)
                for one in _held(connection):
                    if not one.is_model:
                        moving = f"{one.kind} {one.identity}"
                        target = sql.Identifier(one.schema + suffix).as_string(connection)
                        connection.execute(f"alter {moving} set schema {target}".encode())
            return
        except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
            if attempt == ATTEMPTS:
                raise RefreshError(
                    f"{moving} is being read, or was in a transaction that is still open (pg_stat_activity tells"
                    " whose), and moves when everything is built anew: end that, or move it to a schema of its own"
                ) from error


def readers(connection: Connection, schemas: list[str]) -> list[tuple[str, int | None]]:
    """What lives outside of these schemas and depends on them: what it is and its name; a view's oid, too."""
    return [(str(what), oid) for what, oid in connection.execute(READERS, {"schemas": schemas}).fetchall()]
