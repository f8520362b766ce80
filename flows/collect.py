"""The `collect` flow: one run reads one source, page by page, into the warehouse."""

from __future__ import annotations

import time

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from flows.reporting import collect_artifact
from flows.sources.base import Page
from flows.sources.registry import AnyConfig, open_source
from flows.warehouse.collecting import RunReport, run_source
from flows.warehouse.database import connect
from flows.warehouse.hosts import WarehouseHosts
from flows.warehouse.load import Counts


@task(
    name="read source", task_run_name="read {source.name}", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=30
)
def read_source(source: AnyConfig) -> RunReport:
    """Read everything new of one source; a retry goes on from the last page that was committed."""
    logger = get_run_logger()
    told = time.monotonic()

    def on_page(page: Page, counts: Counts) -> None:
        nonlocal told
        for reject in page.rejects[:5]:
            logger.warning("rejected %s: %s: %s", reject.locator, reject.reason, reject.detail)
        if time.monotonic() - told > 5:
            told = time.monotonic()
            logger.info("page of %d read: %d new, %d changed", counts.read, counts.new, counts.changed)

    with connect() as connection, WarehouseHosts() as hosts:
        opened = open_source(source, hosts)
        return run_source(connection, source, opened, flow_run=flow_run.get_id(), on_page=on_page)


@flow(name="collect", flow_run_name="collect {source.name}", log_prints=True)
def collect(source: AnyConfig) -> RunReport:
    """Read what one source has beyond its cursor. Run it again whenever you like: nothing doubles."""
    report = read_source(source)
    collect_artifact(report)
    return report
