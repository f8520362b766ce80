"""What nodes hold, as codes in one indexed table: identifiers that were given, and what names and handles make."""

from __future__ import annotations

from psycopg import sql
from psycopg.rows import dict_row

from flows.identify.contract import KINDS, KNOWN, Kind, Known, Nodes
from flows.warehouse.database import Connection
from flows.warehouse.identity.columns import copy_rows

# Of a person there are few accounts on one platform, and each forum is one: what issues accounts is the site.
PROFILES = """
    select
        p.node_id, p.site, p.site as channel, p.is_crm, p.can_join, p.name, p.handle, p.town, p.language,
        extract(epoch from p.first_seen_at)::float8 as first_seen
    from {profiles} as p
    inner join {nodes} as t on p.node_id = t.node_id
    order by p.node_id collate "C"
"""
LEAVE = """
    with gone as (
        delete from identity.account_values as a using identify_touched as t
        where a.node_id = t.node_id
        returning a.code
    )
    insert into identify_values select code from gone on conflict do nothing
"""
# An address that anybody may have typed says nothing of an account: who pretends to be somebody types theirs, and
# takes their name.
GIVEN = """
    insert into identity.account_values
        (node_id, kind, code, known, is_certain, is_generic, can_join, is_crm, site)
    select
        i.node_id,
        k.number::smallint,
        identity.code_of(i.value_hash),
        max(h.number)::smallint,
        bool_or(i.is_deterministic),
        bool_and(
            i.has_ended or i.is_uncertain or b.decision_id is not null
            or i.type = 'email' and i.how_known = 'unverified' and not p.is_crm
        ),
        p.can_join,
        p.is_crm,
        p.site
    from identify_touched as t
    inner join {profiles} as p on t.node_id = p.node_id
    inner join {identifiers} as i on p.node_id = i.node_id
    inner join unnest(%(kinds)s::text[], %(kind_numbers)s::integer[]) as k (name, number) on i.type = k.name
    inner join unnest(%(known)s::text[], %(known_numbers)s::integer[]) as h (name, number) on i.how_known = h.name
    left join identity.standing_decisions as b
        on b.verdict = 'block' and i.type = b.kind and i.value_hash = b.value_hash
    group by i.node_id, k.number, identity.code_of(i.value_hash), p.can_join, p.is_crm, p.site
"""
MADE = """
    create temporary table identify_made (
        node_id text, kind smallint, code bigint, can_join boolean, is_crm boolean, site text
    ) on commit drop
"""
KEEP_MADE = """
    insert into identity.account_values
        (node_id, kind, code, known, is_certain, is_generic, can_join, is_crm, site)
    select distinct node_id, kind, code, %s::smallint, false, false, can_join, is_crm, site from identify_made
"""
NAMED = """
    update identity.account_values as a set name_code = n.code
    from identify_made as n
    where a.node_id = n.node_id and n.kind = %s
"""
ARRIVE = """
    insert into identify_values
    select a.code from identify_touched as t
    inner join identity.account_values as a on t.node_id = a.node_id
    on conflict do nothing
"""


def read_nodes(connection: Connection, intermediate: str, nodes: str) -> Nodes:
    """Profiles of the nodes in a table of this transaction, by id ascending."""
    query = sql.SQL(PROFILES).format(
        profiles=sql.Identifier(intermediate, "int_account_profiles"), nodes=sql.Identifier(nodes)
    )
    with connection.cursor(row_factory=dict_row) as cursor:
        return Nodes.of(cursor.execute(query))


def renew_values(connection: Connection, intermediate: str, *, is_whole: bool) -> None:
    """Write what the touched nodes hold now; codes that they held or hold are `identify_values` then."""
    from flows.identify.values import derived

    connection.execute("truncate identity.account_values" if is_whole else LEAVE)
    given = sql.SQL(GIVEN).format(
        profiles=sql.Identifier(intermediate, "int_account_profiles"),
        identifiers=sql.Identifier(intermediate, "int_account_identifiers"),
    )
    names = {
        "kinds": list(KINDS), "kind_numbers": [int(kind) for kind in KINDS.values()],
        "known": list(KNOWN), "known_numbers": [int(known) for known in KNOWN.values()],
    }  # fmt: skip
    connection.execute(given, names)
    nodes = read_nodes(connection, intermediate, "identify_touched")
    made = derived(nodes)
    connection.execute(MADE)
    copy_rows(
        connection,
        sql.Identifier("identify_made"),
        ("node_id", "kind", "code", "can_join", "is_crm", "site"),
        (
            (nodes.node_id[n], kind, code, bool(nodes.can_join[n]), bool(nodes.is_crm[n]), nodes.site[n])
            for n, kind, code in zip(made.node.tolist(), made.kind.tolist(), made.code.tolist(), strict=True)
        ),
    )
    connection.execute("analyze identify_made")
    connection.execute(KEEP_MADE, (int(Known.VERIFIED),))
    connection.execute(NAMED, (int(Kind.NAME),))
    if is_whole:
        connection.execute("analyze identity.account_values")
    else:
        connection.execute(ARRIVE)
