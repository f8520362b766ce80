"""Sources that fell silent: each silence is told once."""

from __future__ import annotations

from flows.warehouse.database import Connection

NEWLY_SILENT = """
with found as (
    insert into ops.silences (source, since)
    select source, silent_since from marts.source_alarms(now()) where silent_since is not null
    on conflict do nothing
    returning source
)

select h.source, h.last_new_at, h.usual_gap_minutes
from marts.source_health as h inner join found as f on h.source = f.source
order by h.source
"""


def newly_silent(connection: Connection) -> list[tuple[str, str]]:
    """Return the sources that fell silent since they were last asked for, each with a sentence; times are UTC."""
    built = connection.execute("select to_regclass('marts.source_health') is not null").fetchone()
    if not built or not built[0]:
        return []
    rows = connection.execute(NEWLY_SILENT).fetchall()
    return [
        (source, f"nothing new since {since:%Y-%m-%d %H:%M}; it used to bring something every {minutes:,.0f} min")
        for source, since, minutes in rows
    ]
