"""The `refresh` flow: dbt builds what the new pages touched. Deployments run one at a time."""

from __future__ import annotations

import logging
from datetime import datetime

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from flows.alarms import raise_alarms, tell_bursts
from flows.reporting import refresh_artifact
from flows.warehouse.bursts import newly_found
from flows.warehouse.database import connect
from flows.warehouse.refresh import run
from flows.warehouse.silences import newly_silent
from flows.warehouse.understanding.stage import Progress

FAILED = {"error", "fail", "runtime error"}
WELL = {"success", "pass", "no-op", "reused"}  # dbt's models succeed, its tests pass


def level_of(status: str) -> int:
    """How loud the log says what became of a model or a test: what only errors wake is not called for nothing."""
    if status in WELL:
        return logging.INFO
    return logging.ERROR if status in FAILED else logging.WARNING


@task(name="build marts", cache_policy=NO_CACHE)
def build_marts(full: bool, as_of: datetime | None) -> list[run.RefreshReport]:
    """Build every touched key; failed and slow models are told in the log, each pass by its stages."""
    logger = get_run_logger()

    def on_node(name: str, status: str, seconds: float) -> None:
        if (level := level_of(status)) > logging.INFO:
            logger.log(level, "%s: %s after %.1f s", name, status, seconds)
        elif seconds > 5:
            logger.info("%s took %.1f s", name, seconds)

    def on_texts(one: Progress) -> None:
        logger.info("%s read %d of %d texts", one.speed, one.read, one.texts)

    reports = run.refresh(
        as_of=as_of, full=full, on_node=on_node, on_texts=on_texts,
        waiting=lambda: logger.info("another refresh is running"),
    )  # fmt: skip
    for report in reports:
        logger.info("pass %d: %d pages, touched %s", report.refresh_id, report.batches, report.touched or "all")
        for one in report.understood:
            (logger.warning if one.wants_somebody else logger.info)("%s", one.told)
        if report.identified:
            logger.info("%s", report.identified.told)
    for reader in reports[-1].left_behind if reports else ():
        logger.warning("left behind: %s: %s", reader, run.LEFT_BEHIND)
    return reports


@flow(name="refresh", log_prints=True)
def refresh(full: bool = False, as_of: datetime | None = None) -> list[run.RefreshReport]:
    """Bring the marts up to date with what was collected.

    Args:
        full: Build everything again instead of what was touched.
        as_of: The moment taken as now, for open waits and promises; empty: the clock's.
    """
    reports = build_marts(full, as_of)
    refresh_artifact(reports)
    with connect() as connection, connection.transaction():
        for source, detail in newly_silent(connection):
            raise_alarms("silent", source, [detail])
        tell_bursts(newly_found(connection))
    return reports
