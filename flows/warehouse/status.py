"""How the warehouse stands: schema, sources with their rows and rejects, freshness, the last refresh."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row

from flows.errors import SettingError
from flows.warehouse.database import Connection
from flows.warehouse.migrate import latest_version, refuse_newer
from flows.warehouse.ownership import Ground, read_ground, refuse_foreign

NONE_YET = "no warehouse here yet: `vigie import`, `collect`, `refresh` and `up` make it"

SOURCES = """
with pages as (
    select
        source, count(*) as pages, sum(read)::bigint as read, sum(new)::bigint as new,
        sum(changed)::bigint as changed, sum(unchanged)::bigint as unchanged,
        sum(repaired)::bigint as repaired, max(committed_at) as last_page_at,
        count(*) filter (where refresh_id is null and touches) as pages_waiting
    from raw.batches where page > 0 group by source
),

rejects as (
    select source, sum(n)::bigint as rejected, jsonb_object_agg(reason, n order by n desc, reason) as reasons
    from (select source, reason, count(*) as n from raw.rejects group by source, reason) as by_reason
    group by source
),

last_runs as (
    select distinct on (source) source, status, started_at, finished_at, error
    from ops.runs order by source, started_at desc
)

select
    source, s.type, s.site, s.answerable,
    r.status as last_status, r.started_at as last_run_at, r.finished_at as last_finished_at, r.error as last_error,
    coalesce(p.pages, 0) as pages, coalesce(p.read, 0) as read, coalesce(p.new, 0) as new,
    coalesce(p.changed, 0) as changed, coalesce(p.unchanged, 0) as unchanged,
    coalesce(p.repaired, 0) as repaired, coalesce(x.rejected, 0) as rejected,
    coalesce(x.reasons, '{}') as reject_reasons, p.last_page_at, coalesce(p.pages_waiting, 0) as pages_waiting
from ops.sources as s
full join last_runs as r using (source)  -- a source whose every run failed before it began is registered nowhere
left join pages as p using (source)
left join rejects as x using (source)
order by source
"""

NEWEST = "select source, max(posted_at) as newest_message_at, count(*) as messages from {} group by source"

ALARMS = """
select h.source, a.alarms, h.last_gap, a.silent_since
from marts.source_health as h inner join marts.source_alarms(now()) as a on h.source = a.source
where a.alarms <> '{}'
"""

LAST_REFRESH = """
select refresh_id, status, is_full, as_of, started_at, finished_at, batches, stages, error
from ops.refreshes order by refresh_id desc limit 1
"""


def why_unreadable(ground: Ground) -> str:
    """Why this Vigie cannot read the warehouse as it stands, and what to do; empty where it can."""
    if ground.version is None:
        return NONE_YET
    if ground.version != latest_version():
        return (
            f"the warehouse has schema {ground.version} of an older Vigie, this one wants {latest_version()}: "
            "the next `vigie import`, `collect`, `refresh`, `deploy` or `up` brings it up to date"
        )
    return ""


def require_readable(connection: Connection) -> None:
    """Raise SettingError unless this is a warehouse of ours, as this Vigie knows it; change nothing."""
    ground = read_ground(connection)
    refuse_foreign(connection, ground)
    refuse_newer(ground)
    if why := why_unreadable(ground):
        raise SettingError(why)


def is_there(connection: Connection) -> bool:
    """Whether there is a warehouse yet; raises SettingError for one that this Vigie cannot read, ForeignError."""
    ground = read_ground(connection)
    if ground.version is None and not ground.foreign:
        return False
    require_readable(connection)
    return True


def status(connection: Connection) -> dict[str, Any]:
    """Return the warehouse's state, JSON-ready but for times (UTC); a database without a warehouse has none.

    Raises SettingError for a warehouse of an older or a newer Vigie, ForeignError for another's schemas.
    By source: records over all runs (`read` = new + changed + unchanged + rejected, as read), distinct rejects
    kept by reason, its newest message in the marts, and its alarms (see marts.source_alarms).
    """
    if not is_there(connection):
        return {"schema_version": None, "sources": [], "last_refresh": None}
    with connection.cursor(row_factory=dict_row) as cursor:
        sources = cursor.execute(SOURCES).fetchall()
        newest: dict[str, dict[str, Any]] = {}
        alarms: dict[str, dict[str, Any]] = {}
        built = cursor.execute("select to_regclass('marts.fct_messages') as found").fetchone()
        if built and built["found"]:
            rows = cursor.execute(NEWEST.format("marts.fct_messages")).fetchall()
            newest = {row["source"]: row for row in rows}
        watched: set[str] = set()
        health = cursor.execute("select to_regclass('marts.source_health') as found").fetchone()
        if health and health["found"]:
            alarms = {row["source"]: row for row in cursor.execute(ALARMS).fetchall()}
            watched = {row["source"] for row in sources if row["type"] is not None}
        last = cursor.execute(LAST_REFRESH).fetchone()
    for source in sources:
        seen = newest.get(source["source"], {})
        source["messages"] = seen.get("messages", 0)
        source["newest_message_at"] = seen.get("newest_message_at")
        ringing = alarms.get(source["source"], {})
        failed = ["failed"] if source["last_status"] in {"failed", "interrupted"} else []
        source["alarms"] = ringing.get("alarms", failed if source["source"] not in watched else [])
        source["last_gap"] = ringing.get("last_gap")
        source["silent_since"] = ringing.get("silent_since")
    return {"schema_version": latest_version(), "sources": sources, "last_refresh": last}
