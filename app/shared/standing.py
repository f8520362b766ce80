"""What people decided since the last refresh: the waits that it closes or opens again, as the marts will say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.sql import SQL

from app.shared.memory import cached
from app.shared.period import View
from app.shared.pool import company_zone, select, view_params

# `waiting_since` is the marts', `waits_since` what the decisions make of it.
CHANGED = SQL("changed as (select x.* from marts.waits_changed as x)")
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
