"""The demo's last step: wait until what it collected can be seen in the app."""

from __future__ import annotations

import time

from flows.errors import VigieError
from flows.settings import Settings
from flows.warehouse.database import connect
from flows.warehouse.refresh.run import pending

PATIENCE = 900  # seconds, for a busy machine: a run that fails is noticed at once


def wait_until_refreshed(config: Settings, flow_runs: list[str]) -> None:
    """Wait until flow runs of `collect` have ended and a refresh has claimed and built all their pages.

    Raises VigieError after some minutes, or when a run failed.
    """
    deadline = time.monotonic() + PATIENCE
    with connect(config) as connection:
        while time.monotonic() < deadline:
            rows = connection.execute(
                "select source, status, error from ops.runs where flow_run = any(%s)", (flow_runs,)
            ).fetchall()
            for source, status, error in rows:
                if status == "failed":
                    raise VigieError(f"the demo's source {source} could not be collected: {error}")
            ended = sum(status != "running" for _, status, _ in rows)
            last = connection.execute(
                "select status from ops.refreshes order by refresh_id desc limit 1"
            ).fetchone()
            if ended == len(flow_runs) and last and last[0] == "done" and not pending(connection):
                return
            time.sleep(0.5)
    raise VigieError(f"the demo was not built within {PATIENCE} s: look at the runs in {config.prefect_url}")
