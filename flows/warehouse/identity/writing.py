"""What came of it, written in the caller's transaction: what did not change stays, what moved is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from psycopg import sql

from flows.identify.contract import RULES, Nodes
from flows.identify.outcome import Resolution
from flows.warehouse.database import Connection
from flows.warehouse.identity.columns import copy_rows

EDGE = ("one", "other", "status", "bits", "probability", "rule", "evidence", "rule_version")
TABLES = """
    create temporary table identify_edges (
        one text, other text, status text, bits real, probability real, rule text, evidence jsonb, rule_version text
    ) on commit drop;
    create temporary table identify_memberships (node_id text, customer_id text, is_crm boolean) on commit drop;
    create temporary table identify_customers (
        customer_id text, issued bigint, merged_into text, anchor text
    ) on commit drop;
    create temporary table identify_moved (node_id text, customer_id text, old_customer_id text) on commit drop
"""
# Pairs of which one is in scope: both are, or neither's customer hangs on it.
EDGES = """
    delete from identity.edges as e
    using identify_scope as s
    where s.node_id in (e.one, e.other)
        and not exists (select from identify_edges as n where n.one = e.one and n.other = e.other)
"""
KEEP_EDGES = """
    insert into identity.edges as e (one, other, status, bits, probability, rule, evidence, rule_version, run_id)
    select one, other, status, bits, probability, rule, evidence, rule_version, %(run)s from identify_edges
    on conflict (one, other) do update set
        status = excluded.status, bits = excluded.bits, probability = excluded.probability, rule = excluded.rule,
        evidence = excluded.evidence, rule_version = excluded.rule_version, run_id = excluded.run_id
    where (e.status, e.bits, e.rule, e.evidence, e.rule_version)
        is distinct from (excluded.status, excluded.bits, excluded.rule, excluded.evidence, excluded.rule_version)
"""
CUSTOMERS = """
    insert into identity.customers as c (customer_id, issued, status, merged_into, anchor, created_run)
    select
        customer_id, issued, case when merged_into is null then 'gone' else 'merged' end, merged_into, anchor,
        %(run)s
    from identify_customers
    order by merged_into is not null, issued
    on conflict (customer_id) do update set
        status = excluded.status, merged_into = excluded.merged_into, anchor = excluded.anchor
    where (c.merged_into, c.anchor) is distinct from (excluded.merged_into, excluded.anchor)
"""
MOVED = """
    insert into identify_moved
    select coalesce(n.node_id, m.node_id), n.customer_id, m.customer_id
    from identify_memberships as n
    full join (
        select m.* from identify_scope as s inner join identity.memberships as m on s.node_id = m.node_id
    ) as m on n.node_id = m.node_id
    where n.customer_id is distinct from m.customer_id
"""
LEAVE = """
    delete from identity.memberships as m using identify_moved as v
    where m.node_id = v.node_id and v.customer_id is null
"""
END = """
    update identity.membership_history as h set valid_to = now()
    from identify_moved as v
    where h.node_id = v.node_id and h.valid_to = 'infinity'
"""
BEGIN = """
    insert into identity.membership_history (node_id, valid_from, customer_id, run_id)
    select node_id, now(), customer_id, %(run)s from identify_moved where customer_id is not null
"""
# Of certain evidence the strongest kind that a node shares with others of its customer; else a person's word; else
# the likeliest of the links that join it. Who stands alone though evidence would join them learns why not.
PROVED = """
    create temporary table identify_proved on commit drop as
    with shared as (
        select
            m.node_id, i.type, i.masked,
            count(*) over (partition by m.customer_id, i.type, i.value_hash) as members
        from identify_memberships as m
        inner join {identifiers} as i on m.node_id = i.node_id
        where i.is_deterministic
    ),

    certain as (
        select
            node_id,
            min(array_position(array['customer_number', 'email', 'handle', 'site'], type)) as strongest,
            string_agg(distinct type || ' ' || masked, ', ') as evidence
        from shared
        where members > 1
        group by node_id
    ),

    links as (
        select e.one as node_id, e.other as other_id, e.* from identify_edges as e
        union all
        select e.other as node_id, e.one as other_id, e.* from identify_edges as e
    ),

    likeliest as (
        select distinct on (node_id) node_id, rule, probability, evidence
        from links
        where status = 'joined'
        order by node_id, coalesce(rule = 'decided_same', false) desc, bits desc, other_id collate "C"
    ),

    apart as (
        select
            l.node_id,
            case
                when bool_or(l.rule in ('another_crm_number', 'most_crm')) then 'two customer numbers, not joined: '
                when bool_or(l.rule in ('decided_different', 'never_together')) then 'not the same, as decided: '
                else 'not joined: '
            end || coalesce(string_agg(distinct i.type || ' ' || i.masked, ', '), 'several limits') as evidence
        from links as l
        left join {identifiers} as i on l.node_id = i.node_id and i.is_deterministic and exists (
            select from {identifiers} as o
            where o.node_id = l.other_id and o.type = i.type and o.value_hash = i.value_hash and o.is_deterministic
        )
        where l.status in ('cut', 'blocked')
        group by l.node_id
    )

    select
        m.node_id, m.customer_id, m.is_crm,
        case
            when c.strongest is not null
                then (array['customer_number', 'verified_email', 'crm_handle', 'site'])[c.strongest]
            when k.rule = 'decided_same' then 'decision'
            when k.node_id is not null then 'likely'
            else 'single'
        end as how,
        case
            when c.strongest is not null then c.evidence
            when k.rule = 'decided_same' then null
            when k.node_id is not null then (
                select string_agg(f.key, ', ' order by f.value::numeric desc, f.key)
                from jsonb_each_text(k.evidence) as f
                where f.value::numeric > 0 and f.key <> 'prior'
            ) || to_char(100 * trunc(k.probability::numeric, 3), ' FM990.0') || ' %%'
            else a.evidence
        end as evidence
    from identify_memberships as m
    left join certain as c on m.node_id = c.node_id
    left join likeliest as k on m.node_id = k.node_id
    left join apart as a on m.node_id = a.node_id
"""
STAY = """
    with changed as (
        insert into identity.memberships as m (node_id, customer_id, is_crm, how, evidence, run_id)
        select node_id, customer_id, is_crm, how, evidence, %(run)s from identify_proved
        on conflict (node_id) do update set
            customer_id = excluded.customer_id, is_crm = excluded.is_crm, how = excluded.how,
            evidence = excluded.evidence, run_id = excluded.run_id
        where (m.customer_id, m.is_crm, m.how, m.evidence)
            is distinct from (excluded.customer_id, excluded.is_crm, excluded.how, excluded.evidence)
        returning m.node_id
    )
    insert into identify_touched select node_id from changed on conflict do nothing
"""
STANDING = """
    update identity.customers as c set status = new.status
    from (
        select
            n.customer_id,
            case
                when exists (select from identity.memberships as m where m.customer_id = n.customer_id)
                    then 'standing'
                else 'gone'
            end as status
        from (
            select customer_id from identify_moved where customer_id is not null
            union
            select old_customer_id from identify_moved where old_customer_id is not null
            union
            select customer_id from identify_customers
        ) as n
    ) as new
    where c.customer_id = new.customer_id and c.merged_into is null
        and c.status <> 'erased' and c.status <> new.status
    returning c.customer_id, c.status
"""
HOUSEHOLDS = """
    delete from identity.households as h using identify_scope as s where s.node_id in (h.one, h.other)
"""
FLAGGED = """
    delete from identity.blocked_values as b
    using identity.account_values as a, identify_scope as s
    where b.code = a.code and b.kind = a.kind and a.node_id = s.node_id
"""
# Figures of a node that moved: its account's, its customers' of before and now, and all that its threads show.
TOUCH = """
    insert into ops.touched (refresh_id, kind, key)
    select distinct %(refresh)s::bigint, k.kind, k.key
    from (
        select 'account' as kind, t.node_id as key from identify_touched as t
        union all
        select 'customer', m.customer_id
        from identify_touched as t inner join identity.memberships as m on t.node_id = m.node_id
        union all
        select 'customer', v.customer_id from identify_moved as v
        union all
        select 'customer', v.old_customer_id from identify_moved as v
        union all
        select 'thread', d.thread_id
        from identify_moved as v
        cross join lateral (
            select d.thread_id from {directed} as d where d.account_id = v.node_id offset 0
        ) as d
    ) as k
    where k.key is not null
    on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run writes: its number, the refresh whose keys it touches (None: all are built), and the schema."""

    run_id: int
    refresh_id: int | None
    intermediate: str


def write(connection: Connection, place: Place, nodes: Nodes, resolution: Resolution) -> int:
    """Write edges, customers, memberships, events and touched keys; how many nodes moved."""
    run = {"run": place.run_id}
    for statement in TABLES.split(";"):
        connection.execute(statement.encode())
    _copy_in(connection, nodes, resolution)
    connection.execute(EDGES)
    connection.execute(KEEP_EDGES, run)
    connection.execute(CUSTOMERS, run)
    moved = connection.execute(MOVED).rowcount
    connection.execute(LEAVE)
    identifiers = sql.Identifier(place.intermediate, "int_account_identifiers")
    connection.execute(sql.SQL(PROVED).format(identifiers=identifiers), {})
    connection.execute(STAY, run)
    connection.execute(END)
    connection.execute(BEGIN, run)
    became = connection.execute(STANDING).fetchall()
    _tell(connection, place.run_id, resolution, became)
    _replace(connection, place.run_id, resolution)
    if place.refresh_id is not None:
        directed = sql.Identifier(place.intermediate, "int_messages_directed")
        connection.execute(sql.SQL(TOUCH).format(directed=directed), {"refresh": place.refresh_id})
    return moved


def _copy_in(connection: Connection, nodes: Nodes, resolution: Resolution) -> None:
    copy_rows(connection, sql.Identifier("identify_edges"), EDGE, _edges(resolution))
    is_crm = dict(zip(nodes.node_id, nodes.is_crm.tolist(), strict=True))
    copy_rows(
        connection,
        sql.Identifier("identify_memberships"),
        ("node_id", "customer_id", "is_crm"),
        ((node, customer, is_crm[node]) for node, customer in resolution.memberships.items()),
    )
    copy_rows(
        connection,
        sql.Identifier("identify_customers"),
        ("customer_id", "issued", "merged_into", "anchor"),
        (
            (c.customer_id, c.issued, c.merged_into or None, resolution.anchors.get(c.customer_id) or None)
            for c in resolution.customers.values()
        ),
    )
    for table in ("identify_edges", "identify_memberships", "identify_customers"):
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier(table)))


def _edges(resolution: Resolution) -> Iterator[tuple[Any, ...]]:
    """Pairs that are more than rejected: of the others there are many, and `explain` weighs them when asked."""
    for edge in resolution.edges.rows():
        if edge["status"] != "rejected":
            probability = 1 / (1 + 2 ** -max(min(edge["bits"], 60.0), -60.0))
            evidence = orjson.dumps(edge["evidence"]).decode()
            yield (
                edge["left"], edge["right"], edge["status"], edge["bits"], probability, edge["rule"] or None,
                evidence, RULES,
            )  # fmt: skip


def _tell(connection: Connection, run_id: int, resolution: Resolution, became: list[tuple[Any, ...]]) -> None:
    """Write down events; those beside the engine's are of customers of whom nothing stood, or stands."""
    told = {event.customer_id for event in resolution.events}
    rows: list[tuple[Any, ...]] = [
        (run_id, e.what, e.customer_id, e.other or None, e.node_id or None, e.cause) for e in resolution.events
    ]
    for customer, status in sorted(became):
        if status == "gone":
            rows.append((run_id, "gone", customer, None, None, "nothing of them stands any more"))
        elif customer not in told:
            rows.append((run_id, "revived", customer, None, None, "they are back"))
    columns = ("run_id", "kind", "customer_id", "other_customer_id", "node_id", "cause")
    copy_rows(connection, sql.Identifier("identity", "customer_events"), columns, rows)


def _replace(connection: Connection, run_id: int, resolution: Resolution) -> None:
    """What a run says of households and of values that stand for nobody takes the place of what one said before."""
    connection.execute(HOUSEHOLDS)
    pairs = ((*sorted(pair), run_id) for pair in resolution.households)
    copy_rows(connection, sql.Identifier("identity", "households"), ("one", "other", "run_id"), pairs)
    connection.execute(FLAGGED)
    flagged = [(int(kind), int(code), why, run_id) for kind, code, why in resolution.flagged]
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into identity.blocked_values (kind, code, reason, run_id) values (%s, %s, %s, %s)"
            " on conflict (kind, code) do update set reason = excluded.reason, run_id = excluded.run_id",
            flagged,
        )
