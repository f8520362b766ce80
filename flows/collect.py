"""The `collect` flow: one run reads one source, page by page, into the warehouse."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from flows.alarms import raise_alarms, tell_collected
from flows.records import Page
from flows.reporting import collect_artifact
from flows.sources.base import Period, back_fill
from flows.sources.registry import AnyConfig, open_source
from flows.warehouse.collecting import RunReport, record_failure, run_source
from flows.warehouse.database import connect
from flows.warehouse.hosts import WarehouseHosts
from flows.warehouse.load import Counts

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun, State
    from prefect.flows import Flow


@task(
    name="read source", task_run_name="read {source.name}", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=30
)
def read_source(source: AnyConfig, period: Period | None) -> RunReport:
    """Read everything new of one source, or a period; a retry goes on from the last page that was committed."""
    logger = get_run_logger()
    told = time.monotonic()

    def on_page(page: Page, counts: Counts) -> None:
        nonlocal told
        for reject in page.rejects[:5]:
            logger.warning("rejected %s: %s: %s", reject.locator, reject.reason, reject.detail)
        for note in page.notes:
            logger.warning(note)
        if time.monotonic() - told > 5:
            told = time.monotonic()
            logger.info("page of %d read: %d new, %d changed", counts.read, counts.new, counts.changed)

    with connect() as connection, WarehouseHosts() as hosts:
        return run_source(
            connection,
            source,
            open_source(source, hosts),
            flow_run=flow_run.get_id(),
            on_page=on_page,
            period=period,
        )


def tell_warehouse(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Keep a run that ended before it had begun to read, such as one with parameters that are refused."""
    source = flow_run.parameters.get("source")
    if name := source.get("name") if isinstance(source, dict) else getattr(source, "name", None):
        with connect() as connection:
            record_failure(
                connection,
                str(name),
                str(flow_run.id),
                state.message or state.name or "",
                is_interrupted=state.is_crashed(),
            )


@flow(
    name="collect",
    flow_run_name="collect {source.name}",
    log_prints=True,
    on_failure=[tell_warehouse],
    on_crashed=[tell_warehouse],
)
def collect(source: AnyConfig, since: datetime | None = None, until: datetime | None = None) -> RunReport:
    """Read what one source has beyond its cursor. Run it again whenever you like: nothing doubles.

    Args:
        source: The source, as it is configured.
        since: Read a period of the past instead, from this moment on; the live cursor is left alone.
        until: Where that period ends; empty: midnight (UTC) of the day of the run.
    """
    report = read_source(source, back_fill(since, until))
    collect_artifact(report)
    raise_alarms("gap", source.name, report.gaps)
    raise_alarms("layout-changed", source.name, report.layouts)
    tell_collected(source.name)
    return report
