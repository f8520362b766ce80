"""Tell Prefect and the warehouse what died: runs that are said to run and have no process any more.

A server that was stopped or killed believes its runs alive for ever, and what holds a deployment's only slot
keeps every later run out. `vigie up` reconciles before its worker takes the first run, and every half minute
after. It speaks for this installation's worker alone: what another machine runs is not to be seen from here.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flows.processes import live_runs
from flows.serving.checks import answers
from flows.settings import Settings, settings
from flows.tenants import PAGE, POOL, deployments
from flows.warehouse.database import connect, connect_read_only
from flows.warehouse.interrupted import close_cut_off
from flows.warehouse.ownership import installation_of

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.filters import WorkPoolFilter
    from prefect.client.schemas.objects import FlowRun

LABEL = "prefect.worker.name"
READY_SECONDS = 600  # for a busy machine
# A run has no process yet for a moment, and none any more while its last state is on its way.
GRACE = timedelta(seconds=45)
HEARTBEAT = timedelta(seconds=120)
MOST_LEASES = 100_000


def worker_name(config: Settings) -> str:
    """The worker's name, made once for an installation: by it Prefect's runs are known to be ours.

    It holds when the machine's name changes, as a container's does, and is nobody else's.
    """
    file = config.home_path / "worker.name"
    if not file.exists():
        part = file.with_suffix(f".{secrets.token_hex(4)}")
        part.write_text(f"vigie-{socket.gethostname()}-{secrets.token_hex(4)}", encoding="utf-8")
        part.rename(file)
    return file.read_text(encoding="utf-8").strip()


def pools(config: Settings) -> list[str]:
    """Work pools that this installation's worker takes runs from, or took them from before there were several."""
    with connect_read_only(config) as connection:
        return [installation_of(connection).name, POOL]


def _our_names(config: Settings) -> set[str]:
    """This installation's worker, by its own name or a given one, and what it was called in older versions."""
    return {worker_name(config), f"vigie-{socket.gethostname()}", os.environ.get("VIGIE_WORKER", "")} - {""}


def dead_runs(client: SyncPrefectClient, config: Settings, grace: timedelta = GRACE) -> list[FlowRun]:
    """Flow runs of our worker that Prefect believes alive, as they stood `grace` ago, and that have no process."""
    where = pools(config)
    suspects = [run for run in _unfinished(client, where) if _needs_process(run) and _is_old(run, grace)]
    if not suspects:
        return []
    live, ours = live_runs(), _our_names(config)
    dead = []
    for suspect in suspects:
        # Any other state than pending was told by the process, or while it was there.
        since = suspect.state.timestamp if suspect.state and not suspect.state.is_pending() else None
        if live.may_live(str(suspect.id), suspect.infrastructure_pid, since):
            continue
        if not _is_ours(client, suspect, ours, where):
            continue
        run = client.read_flow_run(suspect.id)  # it may have ended, and said so, before we looked for its process
        if run.state_id == suspect.state_id:
            dead.append(run)
    return dead


def _unfinished(client: SyncPrefectClient, where: list[str]) -> Iterator[FlowRun]:
    from prefect.client.schemas.filters import FlowRunFilter
    from prefect.client.schemas.sorting import FlowRunSort

    states = ["RUNNING", "PENDING", "CANCELLING", "PAUSED"]
    wanted = FlowRunFilter.model_validate({"state": {"type": {"any_": states}}})
    for offset in itertools.count(0, PAGE):
        found = client.read_flow_runs(
            flow_run_filter=wanted, work_pool_filter=_of(where), sort=FlowRunSort.ID_DESC, limit=PAGE, offset=offset
        )
        yield from found
        if len(found) < PAGE:
            return


def _needs_process(run: FlowRun) -> bool:
    """A suspended run has no process, and needs none, until it is resumed."""
    return run.state is not None and not (run.state.is_paused() and run.state.state_details.pause_reschedule)


def _is_old(run: FlowRun, grace: timedelta) -> bool:
    return run.state is not None and run.state.timestamp <= datetime.now(UTC) - grace


def _is_ours(client: SyncPrefectClient, run: FlowRun, ours: set[str], where: list[str]) -> bool:
    """By the worker's label; a run that was cut off before it had one, if no other worker can have taken it."""
    if run.labels.get(LABEL):
        return run.labels[LABEL] in ours
    if run.state is None or not run.state.is_pending():
        return False
    return not other_workers(client, where, ours, run.state.timestamp)


def other_workers(client: SyncPrefectClient, where: list[str], ours: set[str], since: datetime) -> list[str]:
    """Workers of these pools, as far as there are such, that are not ours and lived at some time since then."""
    return [
        worker.name
        for pool in client.read_work_pools(work_pool_filter=_of(where))
        for worker in client.read_workers_for_work_pool(pool.name)
        if worker.name not in ours
        and worker.last_heartbeat_time
        and worker.last_heartbeat_time >= since - HEARTBEAT
    ]


@dataclass(frozen=True, slots=True)
class TakenSlot:
    """A deployment whose slots are taken by more runs than there are."""

    deployment: str
    limit: str
    taken: int
    runs: int


def taken_slots(client: SyncPrefectClient, where: list[str]) -> list[TakenSlot]:
    """Deployments with slots that no run has: meaningful while no worker of the pool takes runs."""
    runs = Counter(r.deployment_id for r in _unfinished(client, where) if r.state and not r.state.is_paused())
    found = []
    for deployment in deployments(client, work_pool_filter=_of(where)):
        limit, held = deployment.global_concurrency_limit, runs[deployment.id]
        if limit and limit.active_slots > held:
            found.append(TakenSlot(deployment.name, limit.name, limit.active_slots, held))
    return found


def _of(where: list[str]) -> WorkPoolFilter:
    from prefect.client.schemas.filters import WorkPoolFilter

    return WorkPoolFilter.model_validate({"name": {"any_": where}})


def _leases_of_no_run(client: SyncPrefectClient, where: list[str]) -> list[UUID]:
    """Leases of these pools' deployments that no unfinished run has; Prefect's server keeps them in this home."""
    every = deployments(client, work_pool_filter=_of(where))
    limits = {limit.id for d in every if (limit := d.global_concurrency_limit)}
    states = [run.state for run in _unfinished(client, where) if run.state]
    held = {state.state_details.deployment_concurrency_lease_id for state in states}
    leases = asyncio.run(_leases())
    return [lease for lease, taken in leases.items() if lease not in held and taken and limits.issuperset(taken)]


async def _leases() -> dict[UUID, list[UUID]]:
    """Every lease that Prefect's server keeps, with the limits of which it has slots."""
    from prefect.server.concurrency.lease_storage import get_concurrency_lease_storage

    storage = get_concurrency_lease_storage()
    known = [*await storage.read_expired_lease_ids(MOST_LEASES), *await storage.read_active_lease_ids(MOST_LEASES)]
    found = [await storage.read_lease(lease) for lease in known]
    return {lease.id: lease.resource_ids for lease in found if lease}


def describe(client: SyncPrefectClient, slot: TakenSlot) -> str:
    """A taken slot as a person reads it, with the runs of the last day that it kept out."""
    from prefect.client.schemas.filters import DeploymentFilter, FlowRunFilter

    day_ago = datetime.now(UTC) - timedelta(days=1)
    refused = client.read_flow_runs(
        flow_run_filter=FlowRunFilter.model_validate(
            {"state": {"type": {"any_": ["CANCELLED"]}}, "end_time": {"after_": day_ago}}
        ),
        deployment_filter=DeploymentFilter.model_validate({"name": {"any_": [slot.deployment]}}),
        limit=PAGE,
    )
    kept_out = sum("concurrency limit" in ((run.state and run.state.message) or "") for run in refused)
    return f"{slot.deployment}: {slot.taken} taken by {slot.runs} runs, {kept_out} runs refused in a day"


def reconcile(config: Settings, grace: timedelta = GRACE) -> list[str]:
    """Tell Prefect and the warehouse what died, and return what was told, a line each."""
    from prefect.client.orchestration import get_client  # 3 s

    with get_client(sync_client=True) as client:
        told = [_tell(client, run) for run in dead_runs(client, config, grace)]
    with connect(config) as connection:
        return told + [f"{work} was cut off" for work in close_cut_off(connection)]


def _tell(client: SyncPrefectClient, run: FlowRun) -> str:
    from prefect.client.schemas.responses import OrchestrationResult, SetStateStatus
    from prefect.states import Cancelled, Crashed

    was = run.state.name if run.state else "unknown"
    make = Cancelled if run.state and run.state.is_cancelling() else Crashed
    message = f"It was {was} when its process ended without a word: it was killed, or Vigie was."
    said = f"flow run {run.name} was {was} and has no process"
    try:
        answer: OrchestrationResult[Any] = client.set_flow_run_state(run.id, make(message=message))
    except Exception as error:  # whatever became of it: others are to be told
        return f"{said}; Prefect could not be told: {' '.join(str(error).split())[:200]}"
    if answer.status is not SetStateStatus.ACCEPT:
        why = getattr(answer.details, "reason", None) or "no reason given"
        return f"{said}; Prefect did not take {make.__name__}: {why}"
    return f"{said}: {make.__name__}"


def free_slots(config: Settings) -> list[str]:
    """Free slots that no run has, where nobody but us takes any: to be called while our worker does not run.

    A slot that has a lease yet is freed by it: Prefect would free it again when the lease expires, and let a second
    run in beside the one that has the slot by then.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate

    told = []
    with get_client(sync_client=True) as client:
        where = pools(config)
        if other_workers(client, where, _our_names(config), datetime.now(UTC)):
            return []  # Prefect's leases free them within five minutes
        for lease in _leases_of_no_run(client, where):
            client.release_concurrency_slots_with_lease(lease)
            told.append(f"lease {lease} was no run's")
        for slot in taken_slots(client, where):
            client.update_global_concurrency_limit(slot.limit, GlobalConcurrencyLimitUpdate(active_slots=slot.runs))
            told.append(f"{slot.deployment}: {slot.taken} slots were taken by {slot.runs} runs")
    return told


def _wait_for_server() -> None:
    """Wait until Prefect's API answers, ten minutes at most."""
    health = f"{settings().prefect_api_url}/health"
    deadline = time.monotonic() + READY_SECONDS
    while not answers(health) and time.monotonic() < deadline:
        time.sleep(0.2)


def main() -> None:
    """Reconcile once, before a worker starts (see the Procfile)."""
    config = settings()
    _wait_for_server()
    for line in reconcile(config, timedelta(0)):
        print(line, flush=True)
    for line in free_slots(config):
        print(line, flush=True)


if __name__ == "__main__":
    main()
