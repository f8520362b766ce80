"""One customer as the command line shows them: found by anything, explained pair by pair, handed out whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from flows.errors import VigieError
from flows.warehouse.database import Connection
from flows.warehouse.identity.decisions import find_node

Row = dict[str, Any]
FIND = """
    select c.customer_id, c.name, c.accounts, c.channels, c.crm_number, c.last_seen_at
    from marts.dim_customers as c
    where c.customer_id in (
        select r.current_customer_id from marts.customer_redirects as r where r.customer_id = %(words)s
        union all
        select d.customer_id from marts.dim_customers as d
        where strpos(lower(d.name), lower(%(words)s)) > 0 or d.crm_number = %(words)s
        union all
        select a.customer_id from marts.customer_accounts as a
        inner join marts.dim_accounts as d on a.account_id = d.account_id
        where a.account_id = %(words)s
            or strpos(lower(concat_ws(' ', d.handle, d.display_name)), lower(%(words)s)) > 0
        union all
        select i.customer_id from marts.customer_identifiers as i
        where i.value_hash = any((select identity.typed_hashes(%(words)s))::text[])
    )
    order by c.last_seen_at desc nulls last, c.customer_id collate "C"
    limit %(most)s
"""
PARTS = {
    "customer": "select c.* from marts.dim_customers as c where c.customer_id = %(id)s",
    "accounts": """
        select n.account_id, d.channel, d.handle, d.display_name, d.messages, d.first_seen_at, d.last_seen_at,
            n.how, n.evidence, n.customer_id, n.is_pending
        from marts.customer_accounts_now as n
        left join marts.dim_accounts as d on n.account_id = d.account_id
        where n.made_out_customer_id = %(id)s or n.customer_id = %(id)s
        order by d.last_seen_at desc nulls last, n.account_id collate "C"
    """,
    "identifiers": """
        select i.type, i.masked, i.how_known, i.account_id
        from marts.customer_identifiers as i where i.customer_id = %(id)s
        order by i.type, i.masked, i.account_id collate "C"
    """,
    "household": """
        select h.other_customer_id as customer_id from marts.customer_households as h
        where h.customer_id = %(id)s order by 1
    """,
    "events": """
        select e.happened_at, e.kind, e.other_customer_id, e.node_id, e.cause
        from marts.customer_events as e where %(id)s in (e.customer_id, e.other_customer_id)
        order by e.event_id
    """,
    "decisions": """
        select d.decision_id, d.verdict, d.one, d.other, d.kind, d.value, d.reason, d.decided_by, d.decided_at
        from identity.standing_decisions as d
        where exists (
            select from identity.memberships as m
            where m.customer_id = %(id)s and m.node_id in (d.one, d.other)
        )
        order by d.decision_id
    """,
}
TIMELINE = "select t.* from marts.customer_timeline as t where t.customer_id = %(id)s order by t.at, t.message_id"
FORMER = """
    select r.customer_id from marts.customer_redirects as r
    where r.current_customer_id = %(id)s and r.customer_id <> %(id)s order by 1
"""
EDGE = """
    select l.* from marts.identity_links as l
    where l.one = least(%(one)s collate "C", %(other)s) and l.other = greatest(%(one)s collate "C", %(other)s)
"""
VERDICT = """
    select d.verdict, d.decided_by, d.decided_at, d.decision_id, d.reason from identity.standing_decisions as d
    where d.one = least(%(one)s collate "C", %(other)s) and d.other = greatest(%(one)s collate "C", %(other)s)
"""
WHOSE = "select customer_id from identity.memberships where node_id = %s"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two are one customer or not: what the evidence says, bit by bit, and what a person said."""

    one: str
    other: str
    is_one_customer: bool
    edge: Row | None
    verdict: Row | None


def find(connection: Connection, words: str, most: int) -> list[Row]:
    """Customers by any id that they had, part of a name or handle, or a whole number, address or account."""
    return _rows(connection, FIND, {"words": words.strip(), "most": most})


def show(connection: Connection, name: str, *, is_whole: bool = False) -> dict[str, Any]:
    """All that is known of a customer, by any id or account of theirs; with what they said where it is whole."""
    customer_id = _whose(connection, find_node(connection, name))
    found: dict[str, Any] = {part: _rows(connection, query, {"id": customer_id}) for part, query in PARTS.items()}
    if not found["customer"]:
        raise VigieError(f"{customer_id} is in no mart yet: `vigie refresh` first")
    found["customer"] = found["customer"][0]
    found["former_ids"] = [row["customer_id"] for row in _rows(connection, FORMER, {"id": customer_id})]
    found["household"] = [row["customer_id"] for row in found["household"]]
    if is_whole:
        found["timeline"] = _rows(connection, TIMELINE, {"id": customer_id})
    return found


def explain(connection: Connection, left: str, right: str) -> Explanation:
    """Why two accounts are one customer or not. What was too weak to be kept is weighed again."""
    one, other = sorted((find_node(connection, left), find_node(connection, right)), key=str.encode)
    pair = {"one": one, "other": other}
    edges, verdicts = _rows(connection, EDGE, pair), _rows(connection, VERDICT, pair)
    is_one = _whose(connection, one) == _whose(connection, other)
    edge = edges[0] if edges else _weigh(connection, one, other)
    return Explanation(one, other, is_one, edge, verdicts[0] if verdicts else None)


def _weigh(connection: Connection, one: str, other: str) -> Row | None:
    """The evidence of a pair that no run kept; None where nothing at all speaks for it."""
    from flows.identify.contract import Policies
    from flows.identify.explain import explain as weigh
    from flows.warehouse.identity.reading import LEAST_POPULATION, population, read_lexicon, read_values
    from flows.warehouse.identity.values import read_nodes

    with connection.transaction(force_rollback=True):
        connection.execute("create temporary table identify_scope (node_id text primary key) on commit drop")
        connection.execute("insert into identify_scope values (%s), (%s)", (one, other))
        nodes = read_nodes(connection, "intermediate", "identify_scope")
        values = read_values(connection, nodes, is_whole=False)
        policies = Policies(population=max(population(connection, "intermediate"), LEAST_POPULATION))
        found = weigh(nodes, values, (one, other), policies, read_lexicon(connection))
    if found is None:
        return None
    return {
        "bits": found.bits,
        "status": found.status,
        "rule": found.rule,
        "rule_version": found.rule_version,
        "evidence": {step.feature: step.bits for step in found.steps},
    }


def _whose(connection: Connection, node: str) -> str:
    row = connection.execute(WHOSE, (node,)).fetchone()
    return str(row[0]) if row else ""


def _rows(connection: Connection, query: str, values: Row) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), values).fetchall()
