"""Flow runs that failed in Prefect and of which the warehouse knows nothing, as one whose code does not load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.warehouse.database import Connection

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

MOST = 200  # of the latest failures
# A refresh has no flow run's id: one that began while it ran is its; abandoned says that another took it over.
KNOWN = """
select
    exists (select from ops.runs where flow_run = %(run)s)
    or exists (
        select from ops.refreshes
        where started_at between %(began)s and %(ended)s and status in ('failed', 'interrupted', 'abandoned')
    )
"""


def failures(client: SyncPrefectClient, connection: Connection, where: list[str]) -> list[str]:
    """Deployments of these work pools whose last run failed unknown to the warehouse, each with its reason."""
    from prefect.client.schemas.filters import FlowRunFilter, WorkPoolFilter
    from prefect.client.schemas.sorting import FlowRunSort
    from prefect.exceptions import ObjectNotFound

    pool = WorkPoolFilter.model_validate({"name": {"any_": where}})
    failed = FlowRunFilter.model_validate({"state": {"type": {"any_": ["FAILED", "CRASHED"]}}})
    latest: dict[str, FlowRun] = {}
    for run in client.read_flow_runs(
        flow_run_filter=failed, work_pool_filter=pool, sort=FlowRunSort.END_TIME_DESC, limit=MOST
    ):
        latest.setdefault(str(run.deployment_id), run)
    told = []
    for run in latest.values():
        if run.deployment_id is None or _went_well_since(client, run) or _is_known(connection, run):
            continue
        try:
            name = client.read_deployment(run.deployment_id).name
        except ObjectNotFound:
            continue
        state = run.state
        told.append(f"{name}: {run.state_name}: {' '.join(((state and state.message) or '').split())[:200]}")
    return sorted(told)


def _went_well_since(client: SyncPrefectClient, run: FlowRun) -> bool:
    from prefect.client.schemas.filters import DeploymentFilter, FlowRunFilter

    well = {"state": {"type": {"any_": ["COMPLETED"]}}, "end_time": {"after_": run.end_time}}
    return bool(
        client.read_flow_runs(
            flow_run_filter=FlowRunFilter.model_validate(well),
            deployment_filter=DeploymentFilter.model_validate({"id": {"any_": [run.deployment_id]}}),
            limit=1,
        )
    )


def _is_known(connection: Connection, run: FlowRun) -> bool:
    values = {"run": str(run.id), "began": run.start_time or run.end_time, "ended": run.end_time}
    row = connection.execute(KNOWN, values).fetchone()
    return bool(row and row[0])
