"""One refresh from claim to finish: what changed is built, stage by stage, until nothing is left to claim.

Views and functions change with the project alone, and then everything is built anew beside what readers see.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from flows.settings import Settings, settings
from flows.warehouse.database import Connection, close_if_busy, connect, locked, warehouse_url
from flows.warehouse.refresh import claims, swapping
from flows.warehouse.refresh.dbt import Dbt, OnNode
from flows.warehouse.relations import claim_relations

LOCK = "refresh"
PATIENCE = 3600.0
LEFT_BEHIND = (
    "it reads the marts as they were before everything was built anew, and could not be moved to the new ones:"
    f" make it again, or drop it; {swapping.OLD_DAYS} days after that the old marts are emptied and closed"
)
# Dropped and made again they would be missed by who reads meanwhile.
REMADE = ("run", "--exclude", "config.materialized:view", "config.materialized:table_function")


@dataclass(slots=True)
class RefreshReport:
    """What a refresh did: pages claimed and their rows, keys touched by kind, seconds by stage and dbt node.

    `left_behind` are others' views and the like that read the marts as they were before they were built anew.
    """

    refresh_id: int
    is_full: bool
    batches: int
    rows: dict[str, int]
    touched: dict[str, int]
    stages: dict[str, float]
    nodes: dict[str, float] = field(default_factory=dict)
    left_behind: list[str] = field(default_factory=list)


def refresh(
    config: Settings | None = None,
    *,
    as_of: datetime | None = None,
    full: bool = False,
    on_node: OnNode | None = None,
    waiting: Callable[[], None] | None = None,
) -> list[RefreshReport]:
    """Bring the marts up to date and return a report a pass; none when nothing was claimed and nothing due.

    Holds the refresh lock, waiting for another refresh to end first. Looks again before it ends, so that a page
    that arrived meanwhile waits for nobody. Raises RefreshError; what was claimed stays for the next refresh.
    """
    config = config or settings()
    reports: list[RefreshReport] = []
    session: Dbt | None = None
    with connect(config) as connection, locked(connection, LOCK, patience=PATIENCE, waiting=waiting):
        while claim := claims.begin(connection, as_of, full=full and not reports):
            started = time.perf_counter()
            stages: dict[str, float] = {}
            try:
                claim_relations(connection)
                if session is None:
                    session = Dbt(config, warehouse_url(config), on_node)
                    stages["import"] = _since(started)
                nodes = _build(connection, session, claim, stages)
                stages["all"] = _since(started)
                with connection.transaction():
                    if claim.is_full:
                        swapping.swap(connection, claim.refresh_id)
                    claims.finish(connection, claim, stages)
            except BaseException as error:
                close_if_busy(connection)
                if not connection.closed:  # else flows.warehouse.interrupted closes the refresh
                    claims.finish(connection, claim, stages, f"{type(error).__name__}: {error}")
                raise
            rows, touched = claims.claimed_rows(connection, claim), claims.touched_counts(connection, claim)
            reports.append(
                RefreshReport(claim.refresh_id, claim.is_full, claim.batches, rows, touched, stages, nodes)
            )
        left_behind = swapping.clean(connection)
    for report in reports:
        report.left_behind = left_behind
    return reports


def _build(connection: Connection, session: Dbt, claim: claims.Claim, stages: dict[str, float]) -> dict[str, float]:
    """Run dbt: everything, seeds first, where readers do not look; or what was touched, in its place."""
    nodes: dict[str, float] = {}
    target = None
    commands: list[tuple[str, ...]] = [REMADE]
    if claim.is_full:
        swapping.prepare(connection)
        target, commands = "next", [("seed",), ("run",)]
    for command in commands:
        started = time.perf_counter()
        nodes |= session.run(*command, target=target).seconds
        stages[command[0]] = _since(started)
    return nodes


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 3)


def pending(connection: Connection) -> int:
    """Pages that no refresh has claimed yet."""
    row = connection.execute("select count(*) from raw.batches where refresh_id is null and touches").fetchone()
    return int(row[0]) if row else 0
