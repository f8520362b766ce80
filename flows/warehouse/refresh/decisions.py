"""What people decided in the app, as a refresh takes it up: each decision once, and the keys that it touches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import LiteralString

from psycopg import sql

from flows.warehouse.database import Connection

# What people decide, by the table of `decisions` that holds it: the number of a row, and what it is on.
DECISIONS = {"handled": "decision_id", "labels": "label_id", "identity": "decision_id"}
ON_MESSAGES = ("handled", "labels")
UNDECIDED = (
    "select 1 from decisions.{table} as d where not exists ("
    "select 1 from ops.decisions_claimed as c where c.kind = {kind} and c.decision_id = d.{number}) limit 1"
)
CLAIM_DECISIONS = (
    "insert into ops.decisions_claimed (kind, decision_id, refresh_id)"
    " select {kind}, d.{number}, %(refresh_id)s from decisions.{table} as d where not exists ("
    "select 1 from ops.decisions_claimed as c where c.kind = {kind} and c.decision_id = d.{number})"
)
# A decision belongs to the thread that its message is in by now.
DECIDED = (
    "insert into ops.touched"
    " select distinct %(refresh_id)s::bigint, 'thread', m.thread_id"
    " from ops.decisions_claimed as c inner join decisions.{table} as d"
    " on c.kind = {kind} and c.decision_id = d.{number}"
    " inner join intermediate.int_messages_directed as m on d.message_id = m.message_id"
    " where c.refresh_id = %(refresh_id)s on conflict do nothing"
)
# A decision on who is who touches the nodes that it names, or who holds the value; taking one back names none.
DECIDED_IDENTITY = """
    insert into ops.touched
    with decided as (
        select d.*
        from ops.decisions_claimed as c
        inner join decisions.identity as u on c.decision_id = u.decision_id
        inner join decisions.identity as d on d.decision_id in (u.decision_id, u.undoes)
        where c.refresh_id = %(refresh_id)s and c.kind = 'identity'
    )

    select %(refresh_id)s::bigint, 'node', d.one from decided as d where d.one is not null
    union
    select %(refresh_id)s::bigint, 'node', d.other from decided as d where d.other is not null
    union
    select %(refresh_id)s::bigint, 'node', i.node_id
    from decided as d
    inner join intermediate.int_account_identifiers as i on d.kind = i.type and d.value_hash = i.value_hash
    on conflict do nothing
"""


def is_decided(connection: Connection) -> bool:
    """Whether people decided something that no refresh has taken up."""
    return any(connection.execute(statement).fetchone() for statement in _of_decisions(UNDECIDED))


def claim_decisions(connection: Connection, refresh_id: int) -> None:
    """Take up what people decided since."""
    for statement in _of_decisions(CLAIM_DECISIONS):
        connection.execute(statement, {"refresh_id": refresh_id})


def touch_decided(connection: Connection, refresh_id: int) -> None:
    """Write down the keys that the claimed decisions touch."""
    values = {"refresh_id": refresh_id}
    for statement in _of_decisions(DECIDED, ON_MESSAGES):
        connection.execute(statement, values)
    connection.execute(DECIDED_IDENTITY, values)


def _of_decisions(query: LiteralString, tables: Iterable[str] = DECISIONS) -> list[sql.Composed]:
    """Return a query for each table that holds decisions."""
    return [
        sql.SQL(query).format(
            table=sql.Identifier(table), number=sql.Identifier(DECISIONS[table]), kind=sql.Literal(table)
        )
        for table in tables
    ]
