"""The demo's last step: wait until what it collected can be seen in the app."""

from __future__ import annotations

import time

from flows.errors import VigieError
from flows.settings import Settings
from flows.warehouse.database import connect
from flows.warehouse.refreshing import pending

PATIENCE = 240


def wait_until_refreshed(config: Settings, flow_run: str) -> None:
    """Wait until a flow run of `collect` has ended and a refresh has claimed and built all its pages.

    Raises VigieError after some minutes, or when the run failed.
    """
    deadline = time.monotonic() + PATIENCE
    with connect(config) as connection:
        while time.monotonic() < deadline:
            row = connection.execute(
                "select status, error from ops.runs where flow_run = %s", (flow_run,)
            ).fetchone()
            if row and row[0] == "failed":
                raise VigieError(f"the demo's archive could not be collected: {row[1]}")
            last = connection.execute(
                "select status from ops.refreshes order by refresh_id desc limit 1"
            ).fetchone()
            if row and row[0] != "running" and last and last[0] == "done" and not pending(connection):
                return
            time.sleep(0.5)
    raise VigieError(f"the demo was not built within {PATIENCE} s: look at the runs in {config.prefect_url}")
