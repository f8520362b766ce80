"""What is known of the nodes in scope, as columns: who they are, what they hold, what was, what people say."""

from __future__ import annotations

from psycopg import sql

from flows.identify.contract import RULES, Customer, Decision, Kind, Nodes, Previous, Values
from flows.identify.lexicon import EMPTY, Lexicon, learn
from flows.warehouse.database import Connection
from flows.warehouse.identity.columns import copy_rows, read_numbers

MOST_OF_A_SITE = 2  # an address that more accounts of one site share is a box that several people read

LEAST_POPULATION = 1 << 15  # however few accounts are known here, their sites have many

# Over all who hold a value. It stands for nobody where it is such a box, where several CRMs gave the number, or
# where an account's handle became another's.
STATISTICS = """
    select
        a.kind, a.code,
        count(*) filter (where a.can_join) as holders,
        count(distinct a.name_code) filter (where a.can_join) as names,
        case a.kind
            when {number} then count(distinct a.site) filter (where a.is_crm and a.can_join) > 1
            when {handle} then count(*) filter (where a.can_join and not a.is_crm) > 1
            when {email} then
                {most} < any(
                    select count(*)
                    from unnest(array_agg(a.site) filter (where a.is_certain and not a.is_crm)) as s (site)
                    group by s.site
                )
            else false
        end as is_shared
"""
OF_SCOPE = """
    create temporary table identify_statistics on commit drop as
    select f.* from (
        select distinct v.kind, v.code from identify_scope as s
        inner join identity.account_values as v on s.node_id = v.node_id
    ) as d
    cross join lateral (
        {statistics} from identity.account_values as a where a.code = d.code and a.kind = d.kind
        group by a.kind, a.code offset 0
    ) as f
"""
OF_ALL = """
    create temporary table identify_statistics on commit drop as
    {statistics} from identity.account_values as a group by a.kind, a.code
"""
HELD = """
    select
        n.place, v.kind, v.code, v.known, s.holders, s.names, (v.is_generic or s.is_shared)::integer
    from identify_nodes as n
    inner join identity.account_values as v on n.node_id = v.node_id
    inner join identify_statistics as s on v.code = s.code and v.kind = s.kind
    order by n.place, v.kind, v.code
"""
# Who went and is back is who they were, where nobody else is by now.
MEMBERS = """
    select m.node_id, m.customer_id from identify_scope as s
    inner join identity.memberships as m on s.node_id = m.node_id
    union all
    select h.node_id, h.customer_id
    from (
        select distinct on (b.node_id) b.node_id, b.customer_id
        from identify_scope as s
        inner join identity.membership_history as b on s.node_id = b.node_id
        where not exists (select from identity.memberships as m where m.node_id = s.node_id)
        order by b.node_id, b.valid_to desc
    ) as h
    inner join identity.customers as c on h.customer_id = c.customer_id and c.status = 'gone'
"""
LEFT = """
    select h.node_id, h.customer_id from identify_scope as s
    inner join identity.membership_history as h on s.node_id = h.node_id
    where h.valid_to < 'infinity'
    order by h.valid_to, h.node_id collate "C"
"""
CUSTOMERS = """
    with recursive found as (
        select distinct h.customer_id from identify_scope as s
        inner join identity.membership_history as h on s.node_id = h.node_id
        union
        select c.merged_into from found as f inner join identity.customers as c on f.customer_id = c.customer_id
        where c.merged_into is not null
    )

    select c.customer_id, c.issued, coalesce(c.merged_into, '')
    from found as f inner join identity.customers as c on f.customer_id = c.customer_id
"""
DECIDED = """
    select distinct
        d.decision_id, d.verdict, d.one, d.other, extract(epoch from d.decided_at)::float8
    from identity.standing_decisions as d
    where d.verdict in ('same', 'not_same')
        and (d.one in (select s.node_id from identify_scope as s)
            or d.other in (select s.node_id from identify_scope as s))
    order by d.decision_id
"""
KEEP_LEXICON = """
    insert into identity.lexicon (content, population, rule_version) values (%s, %s, %s)
    on conflict (is_only) do update set content = excluded.content, population = excluded.population,
        rule_version = excluded.rule_version, learnt_at = clock_timestamp()
"""
POPULATION = """
    select count(*) from {profiles} where can_join
"""


def read_values(connection: Connection, nodes: Nodes, *, is_whole: bool) -> Values:
    """What the nodes hold, each value with how many of all nodes hold it."""
    import numpy as np

    connection.execute("create temporary table identify_nodes (place integer, node_id text) on commit drop")
    copy_rows(connection, sql.Identifier("identify_nodes"), ("place", "node_id"), enumerate(nodes.node_id))
    statistics = sql.SQL(STATISTICS).format(
        number=int(Kind.CUSTOMER_NUMBER), handle=int(Kind.HANDLE), email=int(Kind.EMAIL), most=MOST_OF_A_SITE
    )
    connection.execute(sql.SQL(OF_ALL if is_whole else OF_SCOPE).format(statistics=statistics))
    connection.execute("analyze identify_nodes")
    connection.execute("analyze identify_statistics")
    node, kind, code, known, holders, names, generic = read_numbers(connection, sql.SQL(HELD), 7)
    return Values(
        node=node,
        kind=kind.astype(np.int8),
        code=code,
        known=known.astype(np.int8),
        holders=holders,
        names=names,
        generic=generic.astype(np.bool_),
    )


def read_previous(connection: Connection, nodes: Nodes) -> Previous:
    """Whose these nodes are and were, and every customer among these."""
    there = set(nodes.node_id)
    last = connection.execute("select coalesce(max(issued), 0) from identity.customers").fetchone()
    return Previous(
        memberships={node: customer for node, customer in connection.execute(MEMBERS) if node in there},
        customers={row[0]: Customer(*row) for row in connection.execute(CUSTOMERS)},
        history=[(node, customer) for node, customer in connection.execute(LEFT) if node in there],
        issued=int(last[0]) if last else 0,
    )


def read_decisions(connection: Connection, nodes: Nodes) -> list[Decision]:
    """What people say of pairs of these nodes, as far as it is in force."""
    there = set(nodes.node_id)
    return [
        Decision(str(number), "same" if verdict == "same" else "different", at, one, other)
        for number, verdict, one, other, at in connection.execute(DECIDED)
        if one in there and other in there
    ]


def population(connection: Connection, intermediate: str) -> int:
    """How many nodes there are that may be joined."""
    profiles = sql.Identifier(intermediate, "int_account_profiles")
    row = connection.execute(sql.SQL(POPULATION).format(profiles=profiles)).fetchone()
    return int(row[0]) if row else 0


def relearn(connection: Connection, nodes: Nodes, values: Values, people: int) -> Lexicon:
    """Learn from all nodes what handles and names are often made of, and keep it."""
    lexicon = learn(nodes, values)
    connection.execute(KEEP_LEXICON, (lexicon.dumps(), people, RULES))
    return lexicon


def read_lexicon(connection: Connection) -> Lexicon:
    """What was learnt last; nothing where nothing was."""
    row = connection.execute("select content from identity.lexicon").fetchone()
    return Lexicon.loads(row[0]) if row else EMPTY
