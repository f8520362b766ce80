"""What people decided since the last refresh: the waits that it closes or opens again, as the marts will say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.sql import SQL

from app.shared.memory import cached
from app.shared.period import View
from app.shared.pool import company_zone, select, view_params

# As `int_turns_cut` does: the last decision on a message counts unless it is an undo, and closes what was written
# up to its moment (that of the answer where one is told). What the customer wrote after it waits from there on.
# `waiting_since` is the marts', `waits_since` what the decisions make of it.
CHANGED = SQL("""
    last as (
        select distinct on (message_id) * from decisions.handled order by message_id asc, decision_id desc
    ),
    standing as (
        select m.conversation_id, m.posted_at, greatest(coalesce(l.answered_at, l.decided_at), m.posted_at) as until
        from last as l
        inner join marts.fct_messages as m on l.message_id = m.message_id
        where l.verdict <> 'undo'
    ),
    concerned as (
        select w.conversation_id, w.channel, w.source, w.opened_at, w.opened_at as waiting_since,
            w.promise_minutes, w.promise_due_at
        from marts.fct_waits as w
        where w.closed_at is null and exists (
            select from standing as s where s.conversation_id = w.conversation_id and s.posted_at >= w.opened_at
        )
        union all
        -- Undone since: it waits again where it is the conversation's last and the company wrote nothing after it.
        select w.conversation_id, w.channel, w.source, w.opened_at, null as waiting_since,
            w.promise_minutes, w.promise_due_at
        from marts.fct_waits as w
        inner join decisions.handled as h on w.decision_id = h.decision_id
        inner join last as l on h.message_id = l.message_id and l.verdict = 'undo'
        where not exists (
            select from marts.fct_waits as x
            where x.conversation_id = w.conversation_id and x.wait_number > w.wait_number
        ) and not exists (
            select from marts.conversation_messages as b
            inner join marts.fct_messages as m on b.message_id = m.message_id
            where b.conversation_id = w.conversation_id and m.direction = 'brand' and m.posted_at > w.opened_at
        )
    ),
    changed as (
        select
            c.conversation_id, c.channel, c.source, c.waiting_since, n.message_id, n.posted_at as waits_since,
            c.promise_minutes, case when n.posted_at = c.opened_at then c.promise_due_at end as promise_due_at
        from concerned as c
        left join lateral (
            select m.message_id, m.posted_at from marts.fct_messages as m
            where m.conversation_id = c.conversation_id and m.direction = 'customer' and m.is_answerable
                and m.posted_at >= c.opened_at
                and not exists (
                    select from standing as s
                    where s.conversation_id = c.conversation_id and s.posted_at >= c.opened_at
                        and s.until >= m.posted_at
                )
            order by m.posted_at, m.native_order, m.message_id collate "C"
            limit 1
        ) as n on true
    )
""")
# Forums and mail repeat a thread's title on every message: it says what the first is about, of others the words do.
TITLE = SQL("""
    case
        when m.body is null or not exists (
            select from marts.fct_messages as x where x.thread_id = m.thread_id and x.place < m.place
        ) then m.title
    end
""")


@dataclass(frozen=True, slots=True)
class Changed:
    """An open wait that people changed: when it opened by the marts, and by what was decided; None is not open."""

    conversation_id: str
    channel: str
    waiting_since: datetime | None
    waits_since: datetime | None


@cached
def changed(view: View) -> list[Changed]:
    """What was decided since the last refresh, in the channels and panels of a view, of any day."""
    return select(
        Changed,
        SQL("with {changed} ").format(changed=CHANGED)
        + SQL("""
        select c.conversation_id, c.channel, c.waiting_since, c.waits_since from changed as c
        where
            (%(channels)s::text[] is null or c.channel = any(%(channels)s))
            and (
                %(panels)s::text[] is null
                or c.source in (select d.source from marts.dim_sources as d where d.panel && %(panels)s)
            )
        """),
        view_params(view),
    )


def difference(found: list[Changed], view: View, channel: str | None) -> int:
    """How many waits more (or fewer) of a view's days are open than the marts say; of one channel or of all."""
    zone = company_zone()
    n = 0
    for each in found:
        if channel in {None, each.channel}:
            for at, sign in ((each.waits_since, 1), (each.waiting_since, -1)):
                n += sign if at and view.first <= at.astimezone(zone).date() <= view.last else 0
    return n
