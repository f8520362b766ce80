"""What people decide of who is who: rows about accounts, checked before they are kept, one by one or hundreds."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from flows.errors import VigieError
from flows.warehouse.database import Connection

Verdict = Literal["same", "not_same"]
Pair = tuple[str, str]
# An account or row of the CRM by its id, by its site's own name where that is hashed in it, or a customer by any id
# that they ever had: the row of the CRM of theirs, else the account that has been theirs longest.
NODE = """
    select node_id from identity.memberships where node_id = %(name)s
    union all
    select m.node_id
    from (
        select split_part(%(name)s, ':', 1) as site, substr(%(name)s, strpos(%(name)s, ':') + 1) as native
    ) as n
    inner join identity.memberships as m on m.node_id in (
        identity.opaque_id(n.site, n.native),
        n.site || ':' || identity.opaque_id(
            split_part(n.native, ':', 1),
            upper(regexp_replace(substr(n.native, strpos(n.native, ':') + 1), '\\s', '', 'g'))
        )
    )
    where strpos(%(name)s, ':') > 0
    union all
    (
        select m.node_id
        from marts.customer_redirects as r
        inner join identity.memberships as m on r.current_customer_id = m.customer_id
        inner join identity.membership_history as h on m.node_id = h.node_id and h.valid_to = 'infinity'
        where r.customer_id = %(name)s
        order by not m.is_crm, h.valid_from, m.node_id collate "C"
        limit 1
    )
    limit 1
"""
BESIDE = """
    select o.node_id
    from identity.memberships as m
    inner join identity.memberships as o on m.customer_id = o.customer_id and m.node_id <> o.node_id
    where m.node_id = %s
    order by o.node_id collate "C"
"""
# Said again it would be another row that says nothing.
DECIDE = """
    insert into decisions.identity (verdict, one, other, reason, decided_by)
    select %(verdict)s, %(one)s, %(other)s, %(reason)s, %(by)s
    where not exists (
        select from identity.standing_decisions as s
        where s.verdict = %(verdict)s and s.one = least(%(one)s collate "C", %(other)s)
            and s.other = greatest(%(one)s collate "C", %(other)s)
    )
    returning decision_id
"""
UNDO = """
    insert into decisions.identity (verdict, undoes, reason, decided_by)
    select 'undo', d.decision_id, %(reason)s, %(by)s
    from decisions.identity as d
    where d.decision_id = %(number)s and d.verdict <> 'undo'
        and not exists (select from decisions.identity as u where u.undoes = d.decision_id)
    returning decision_id
"""
BLOCK = """
    insert into decisions.identity (verdict, kind, value_hash, reason, decided_by)
    select 'block', i.type, i.value_hash, %(reason)s, %(by)s
    from intermediate.int_account_identifiers as i
    where i.type = %(kind)s and i.value_hash = identity.keyed_hash(
        case %(kind)s
            when 'phone' then identity.written_telephone(%(value)s)
            when 'customer_number' then upper(regexp_replace(%(value)s, '\\s', '', 'g'))
            when 'order_number' then upper(regexp_replace(%(value)s, '\\s', '', 'g'))
            else lower(trim(%(value)s))
        end
    )
    limit 1
    returning decision_id
"""
PIN = """
    insert into decisions.identity (verdict, one, kind, value, reason, decided_by)
    values ('pin', %(one)s, %(kind)s, %(value)s, %(reason)s, %(by)s)
    returning decision_id
"""
PINNED = ("name", "segment", "language")  # fields of dim_customers that a person may say better


@dataclass(frozen=True, slots=True)
class Said:
    """Who decides, and why."""

    by: str
    why: str = ""


@dataclass(slots=True)
class Kept:
    """Numbers of the decisions that were kept, how many said nothing new, and rows of a file that cannot be."""

    numbers: list[int] = field(default_factory=list)
    known: int = 0
    rejected: list[str] = field(default_factory=list)


def find_node(connection: Connection, name: str) -> str:
    """Return the account or row of the CRM that a name stands for; VigieError where there is none."""
    row = connection.execute(NODE, {"name": name.strip()}).fetchone()
    if row is None:
        raise VigieError(
            f"{name}: no account (`<site>:<account>`), row of the CRM (`crm:<site>:<number>`) or id of a customer"
        )
    return str(row[0])


def beside(connection: Connection, node: str) -> list[str]:
    """All other accounts and rows of the CRM of the same customer."""
    return [str(row[0]) for row in connection.execute(BESIDE, (node,)).fetchall()]


def decide(connection: Connection, verdict: Verdict, pairs: Iterable[Pair], said: Said) -> Kept:
    """Keep that pairs are the same, or never; all of them or none. VigieError where there is no such account."""
    kept = Kept()
    with connection.transaction():
        for left, right in pairs:
            _decide(connection, verdict, (left, right), said, kept)
    return kept


def decide_file(connection: Connection, verdict: Verdict, path: Path, said: Said) -> Kept:
    """Keep the pairs of a CSV file (one, other, and reason where there is one); what cannot be is rejected."""
    kept = Kept()
    with path.open(encoding="utf-8-sig", newline="") as file, connection.transaction():
        reader = csv.DictReader(file)
        if missing := {"one", "other"} - set(reader.fieldnames or ()):
            raise VigieError(f"{path}: the file has no column {' and no column '.join(sorted(missing))}")
        for line, row in enumerate(reader, 2):
            try:
                pair = (row["one"] or "", row["other"] or "")
                _decide(connection, verdict, pair, Said(said.by, row.get("reason") or said.why), kept)
            except VigieError as error:
                kept.rejected.append(f"line {line}: {error}")
    return kept


def _decide(connection: Connection, verdict: Verdict, pair: Pair, said: Said, kept: Kept) -> None:
    one, other = (find_node(connection, name) for name in pair)
    if one == other:
        raise VigieError(f"{pair[0]} and {pair[1]} are one account: there is nothing to decide")
    values = {"verdict": verdict, "one": one, "other": other, "reason": said.why, "by": said.by}
    row = connection.execute(DECIDE, values).fetchone()
    if row is None:
        kept.known += 1
    else:
        kept.numbers.append(int(row[0]))


def undo(connection: Connection, numbers: Sequence[int], said: Said) -> Kept:
    """Take decisions back, by their numbers; those that are taken back already or are none are rejected."""
    kept = Kept()
    with connection.transaction():
        for number in numbers:
            row = connection.execute(UNDO, {"number": number, "reason": said.why, "by": said.by}).fetchone()
            if row is None:
                kept.rejected.append(f"{number}: no decision of this number is in force")
            else:
                kept.numbers.append(int(row[0]))
    return kept


def block(connection: Connection, kind: str, value: str, said: Said) -> int:
    """Keep that a value of some kind stands for nobody. VigieError where nobody holds it."""
    row = connection.execute(BLOCK, {"kind": kind, "value": value, "reason": said.why, "by": said.by}).fetchone()
    if row is None:
        raise VigieError(f"no account and no row of the CRM has this {kind}")
    return int(row[0])


def pin(connection: Connection, name: str, kind: str, value: str, said: Said) -> int:
    """Keep that a customer's field has a value, whatever the CRM or an account says."""
    if kind not in PINNED:
        raise VigieError(f"{kind}: only {', '.join(PINNED)} can be pinned")
    values = {"one": find_node(connection, name), "kind": kind, "value": value, "reason": said.why, "by": said.by}
    row = connection.execute(PIN, values).fetchone()
    return int(row[0]) if row else 0
