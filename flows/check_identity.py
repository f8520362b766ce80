"""The `check-identity` flow: would the rest of the evidence find what certain values join? No labels are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from flows.reporting import check_artifact
from flows.warehouse.database import connect
from flows.warehouse.identity.checking import check

if TYPE_CHECKING:
    from flows.identify.selfcheck import Checked


@task(name="hide a fifth", cache_policy=NO_CACHE)
def hide_a_fifth() -> Checked:
    """Resolve all accounts with and without a fifth of the certain values."""
    with connect() as connection:
        return check(connection)


@flow(name="check-identity", log_prints=True)
def check_identity() -> Checked:
    """Measure how customers are made out, by what is certain here; no customer changes."""
    checked = hide_a_fifth()
    check_artifact(checked)
    if checked.denied:
        get_run_logger().warning("%d certain pairs were denied by a rule: look at them", checked.denied)
    return checked
