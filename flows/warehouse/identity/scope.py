"""Which nodes must be made out again: those that changed, and all whose customer can change by it.

Evidence speaks of pairs, and a pair's weight hangs on what both hold and on how many hold it. So what changes a
weight is a touched node or a touched value; beyond those, pairs are as they were written down. The closed set is
found by looking up, and grows with what is new.
"""

from __future__ import annotations

from typing import LiteralString

from psycopg import sql

from flows.warehouse.database import Connection
from flows.warehouse.refresh.claims import Claim

TABLES = """
    create temporary table identify_touched (node_id text primary key) on commit drop;
    create temporary table identify_values (code bigint primary key) on commit drop;
    create temporary table identify_scope (node_id text primary key, round integer not null) on commit drop
"""
TOUCHED = """
    insert into identify_touched
    select key from ops.touched where refresh_id = %s and kind = 'node'
"""
EVERY = """
    insert into identify_touched
    select node_id from {profiles}
    union
    select node_id from identity.memberships
"""
# A value that many hold says nothing, before and after: it is left where more than the limit hold it besides those
# that are touched.
HOLDERS = """
    insert into identify_scope
    select distinct a.node_id, 0
    from (
        select v.code from identify_values as v
        where (
            select count(*) from (
                select from identity.account_values as a
                where a.code = v.code and not exists (select from identify_touched as t where t.node_id = a.node_id)
                limit %(most)s + 1
            ) as few
        ) <= %(most)s
        offset 0
    ) as v
    inner join identity.account_values as a on v.code = a.code
    on conflict do nothing
"""
BESIDE = """
    insert into identify_scope
    select distinct b.node_id, %(round)s::integer + 1
    from identify_scope as s
    cross join lateral (
        select e.other as node_id from identity.edges as e where e.one = s.node_id and e.status <> 'rejected'
        union all
        select e.one from identity.edges as e where e.other = s.node_id and e.status <> 'rejected'
        union all
        select o.node_id
        from (select m.customer_id from identity.memberships as m where m.node_id = s.node_id offset 0) as m
        inner join identity.memberships as o on m.customer_id = o.customer_id
        union all
        select d.other from decisions.identity as d where d.one = s.node_id and d.other is not null
        union all
        select d.one from decisions.identity as d where d.other = s.node_id and d.one is not null
    ) as b
    where s.round = %(round)s
    on conflict do nothing
"""


def open_scope(connection: Connection, claim: Claim, intermediate: str, *, is_whole: bool) -> int:
    """Begin with the nodes that a refresh touched, or all; how many. Inside the caller's transaction."""
    for statement in TABLES.split(";"):
        connection.execute(statement.encode())
    if is_whole:
        query = sql.SQL(EVERY).format(profiles=sql.Identifier(intermediate, "int_account_profiles"))
        return connection.execute(query).rowcount
    return connection.execute(TOUCHED, (claim.refresh_id,)).rowcount


def close_scope(connection: Connection, *, most_holders: int, is_whole: bool) -> int:
    """Add all whose customer can change by what is touched; how many there are then."""
    begin: LiteralString = "insert into identify_scope select node_id, 0 from identify_touched"
    found = connection.execute(begin).rowcount
    if is_whole:
        connection.execute("analyze identify_scope")
        return found
    connection.execute("analyze identify_touched")
    connection.execute("analyze identify_values")
    found += connection.execute(HOLDERS, {"most": most_holders}).rowcount
    round_, added = 0, 1
    while added:
        added = connection.execute(BESIDE, {"round": round_}).rowcount
        found, round_ = found + added, round_ + 1
    connection.execute("analyze identify_scope")
    return found
