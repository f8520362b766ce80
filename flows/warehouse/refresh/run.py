"""One refresh from claim to finish: what changed is built, stage by stage, until nothing is left to claim.

A changed project builds everything anew, beside what readers see.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from flows.errors import RefreshError, reason
from flows.settings import Settings, settings
from flows.warehouse.database import Connection, close_if_busy, connect, locked, warehouse_url
from flows.warehouse.identity.stage import Identified
from flows.warehouse.refresh import claims, swapping
from flows.warehouse.refresh.dbt import Dbt, OnNode
from flows.warehouse.refresh.stages import ALL_STAGES, Done, build
from flows.warehouse.refresh.touching import touched_counts
from flows.warehouse.relations import claim_relations
from flows.warehouse.streams import summarize
from flows.warehouse.understanding.stage import Opened, Progress, Tell, is_behind

LOCK = "refresh"
ALONE = "was built, as asked; the next refresh builds every stage of what was claimed"
PATIENCE = 3600.0
MOST_PASSES = 10  # of what arrives while one builds; then the next refresh takes over
LEFT_BEHIND = (
    "it reads the marts as they were before everything was built anew, and could not be moved to the new ones:"
    f" make it again, or drop it; {swapping.OLD_DAYS} days after that rebuild the old marts are emptied and closed"
)


@dataclass(slots=True)
class RefreshReport:
    """What a refresh did: pages claimed and their rows, keys touched by kind, seconds by stage and dbt node.

    `understood` is what each analyser read, `identified` who was made out. `left_behind` are others' views and
    the like that read the marts as they were before they were built anew.
    """

    refresh_id: int
    is_full: bool
    batches: int
    rows: dict[str, int]
    touched: dict[str, int]
    stages: dict[str, float]
    nodes: dict[str, float] = field(default_factory=dict)
    understood: list[Progress] = field(default_factory=list)
    identified: Identified | None = None
    left_behind: list[str] = field(default_factory=list)


def refresh(
    config: Settings | None = None,
    *,
    as_of: datetime | None = None,
    full: bool = False,
    only: str | None = None,
    on_node: OnNode | None = None,
    on_texts: Tell = lambda _: None,
    waiting: Callable[[], None] | None = None,
) -> list[RefreshReport]:
    """Bring the marts up to date and return a report a pass; none when nothing was claimed and nothing due.

    Holds the refresh lock, waiting for another refresh to end first. Looks again before it ends, so that a page
    that arrived meanwhile waits for nobody, ten times at most. Raises RefreshError; what was claimed stays for the
    next refresh.
    `only` builds one stage of what was touched, and leaves the claim to the next refresh, which builds them all.
    """
    if only and only not in ALL_STAGES:
        raise RefreshError(f"{only}: no stage of a refresh; there are {', '.join(ALL_STAGES)}")
    config = config or settings()
    reports: list[RefreshReport] = []
    session: Dbt | None = None
    opened: Opened = {}
    with connect(config) as connection, locked(connection, LOCK, patience=PATIENCE, waiting=waiting):
        # What analysers left for want of time is for the next refresh, not for the next pass.
        while len(reports) < MOST_PASSES and (
            claim := claims.begin(
                connection, as_of, full=full and not reports, behind=not reports and is_behind(connection, config)
            )
        ):
            started = time.perf_counter()
            done = Done(opened=opened)
            stages = done.stages
            try:
                claim_relations(connection)
                summarize(connection)
                if session is None:
                    session = Dbt(config, warehouse_url(config), on_node)
                    stages["import"] = round(time.perf_counter() - started, 3)
                build(connection, config, session, claim, done, only=only, tell=on_texts)
                stages["all"] = round(time.perf_counter() - started, 3)
                with connection.transaction():
                    if claim.is_full:
                        swapping.swap(connection, claim.refresh_id)
                    claims.finish(connection, claim, stages, only and f"{only} alone {ALONE}")
            except BaseException as error:
                close_if_busy(connection)
                was_told = not isinstance(error, Exception)
                if not connection.closed:  # else flows.warehouse.interrupted closes the refresh
                    claims.finish(connection, claim, stages, reason(error), was_told=was_told)
                raise
            rows, touched = claims.claimed_rows(connection, claim), touched_counts(connection, claim.refresh_id)
            report = RefreshReport(claim.refresh_id, claim.is_full, claim.batches, rows, touched, stages)
            report.nodes, report.understood, report.identified = done.nodes, done.understood, done.identified
            reports.append(report)
            if only:
                break
        left_behind = swapping.clean(connection)
    for report in reports:
        report.left_behind = left_behind
    return reports


def pending(connection: Connection) -> int:
    """Pages that no refresh has claimed yet."""
    row = connection.execute("select count(*) from raw.batches where refresh_id is null and touches").fetchone()
    return int(row[0]) if row else 0
