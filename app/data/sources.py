"""What the Data page reads: every source, its last runs, what was rejected, and the last refresh."""

from __future__ import annotations

from app.data.memory import cached
from app.data.pool import select
from app.rows import Refresh, Rejected, Run, Source

EXAMPLES = 3


@cached
def sources() -> list[Source]:
    """Every source, by name."""
    return select(
        Source,
        "select d.*, s.* from marts.source_health as s left join marts.dim_sources as d on s.source = d.source"
        " order by lower(s.source)",
        wide=True,
    )


@cached
def runs(source: str | None, limit: int | None) -> list[Run]:
    """The last runs of one source or of all, the latest first."""
    return select(
        Run,
        """
        select r.* from marts.source_runs as r
        where %(source)s::text is null or r.source = %(source)s
        order by r.started_at desc, r.run_id desc
        limit %(limit)s
        """,
        {"source": source, "limit": limit},
        wide=True,
    )


@cached
def rejects() -> list[Rejected]:
    """What was rejected: one row a source and reason with its count, its latest moment and a few examples."""
    return select(
        Rejected,
        """
        select
            r.source, r.reason, count(*)::integer as records, max(r.rejected_at) as last_at,
            (array_agg(
                coalesce(r.locator, '–') || coalesce(': ' || left(r.detail, 300), '') order by r.rejected_at desc
            ))[:%(examples)s] as examples
        from marts.source_rejects as r
        group by r.source, r.reason
        order by count(*) desc, r.source, r.reason
        """,
        {"examples": EXAMPLES},
    )


@cached
def last_refresh() -> Refresh | None:
    """The last refresh of the marts, None before the first."""
    found = select(Refresh, "select r.* from marts.last_refresh as r", wide=True)
    return found[0] if found else None
