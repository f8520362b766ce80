"""What died is told to Prefect; what lives, or is somebody else's, is left alone."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from flows import reconciling
from flows.doctor import flow_runs
from flows.settings import Settings
from flows.warehouse.collecting import record_failure
from tests.helpers.house import House

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.filters import WorkPoolFilter

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
AT_ONCE = timedelta(0)


@pytest.fixture
def client(prefect: None, config: Settings) -> Iterator[SyncPrefectClient]:
    """Prefect's API with a pool of ours and nothing in it."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate

    with get_client(sync_client=True) as client:
        pool = pool_of(config)
        client.create_work_pool(WorkPoolCreate(name=pool, type="process"), overwrite=True)
        yield client
        for deployment in client.read_deployments(work_pool_filter=of_pool(pool)):
            client.delete_deployment(deployment.id)
        client._client.delete(f"/work_pools/{pool}")
        for run in client.read_flow_runs():
            client.delete_flow_run(run.id)


def of_pool(name: str) -> WorkPoolFilter:
    from prefect.client.schemas.filters import WorkPoolFilter

    return WorkPoolFilter.model_validate({"name": {"any_": [name]}})


def pool_of(config: Settings) -> str:
    """The installation's own work pool."""
    return reconciling.pools(config)[0]


@pytest.fixture
def config(empty_warehouse: House) -> Settings:
    return empty_warehouse.settings


class Deployment:
    """A deployment of which one run may run at a time, as those of prefect.yaml."""

    def __init__(self, client: SyncPrefectClient, config: Settings) -> None:
        from prefect import flow
        from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy

        @flow(name=f"flow-{uuid4().hex[:8]}")
        def nothing() -> None: ...

        self.client = client
        self.name = f"deployment-{uuid4().hex[:8]}"
        options = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
        self.id = client.create_deployment(
            flow_id=client.create_flow(nothing), name=self.name, work_pool_name=pool_of(config),
            concurrency_limit=1, concurrency_options={"collision_strategy": options.collision_strategy},
        )  # fmt: skip

    def run(self, state: str, worker: str | None) -> UUID:
        """A run that `worker` took and brought to a state, by the transitions that Prefect has."""
        from prefect.client.schemas.objects import StateType
        from prefect.states import State

        run = self.client.create_flow_run_from_deployment(self.id).id
        for step in ["PENDING"] if state == "PENDING" else ["PENDING", "RUNNING", state]:
            if step == "RUNNING" and worker:
                self.client._client.patch(f"/flow_runs/{run}/labels", json={reconciling.LABEL: worker})
            self.client.set_flow_run_state(run, State(type=StateType(step)))
        assert self.state(run) == state
        return run

    def state(self, run: UUID) -> str:
        found = self.client.read_flow_run(run)
        assert found.state_type
        return found.state_type.value

    def slots(self) -> int:
        limit = self.client.read_deployment(self.id).global_concurrency_limit
        assert limit
        return limit.active_slots


def heartbeat(client: SyncPrefectClient, config: Settings, worker: str) -> None:
    client.send_worker_heartbeat(pool_of(config), worker)


@pytest.mark.parametrize(("state", "then"), [("RUNNING", "CRASHED"), ("CANCELLING", "CANCELLED")])
def test_a_run_of_ours_without_a_process_is_told_and_its_slot_is_free(
    client: SyncPrefectClient, config: Settings, state: str, then: str
) -> None:
    deployment = Deployment(client, config)
    run = deployment.run(state, reconciling.worker_name(config))
    assert deployment.slots() == 1

    told = reconciling.reconcile(config, AT_ONCE)

    assert len(told) == 1
    assert deployment.state(run) == then
    assert deployment.slots() == 0
    assert deployment.state(deployment.run("PENDING", None)) == "PENDING"  # the next one gets the slot


def test_a_run_of_ours_that_has_a_process_is_left_alone(client: SyncPrefectClient, config: Settings) -> None:
    deployment = Deployment(client, config)
    run = deployment.run("RUNNING", reconciling.worker_name(config))
    engine = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(300)"],
        env=os.environ | {"PREFECT__FLOW_RUN_ID": str(run)},
    )
    try:
        assert reconciling.reconcile(config, AT_ONCE) == []
        assert deployment.state(run) == "RUNNING"
    finally:
        engine.kill()
        engine.wait()

    assert len(reconciling.reconcile(config, AT_ONCE)) == 1


def test_one_that_cannot_be_told_keeps_no_other_from_it(
    client: SyncPrefectClient, config: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.states import Completed

    gone, ended, dead = (Deployment(client, config) for _ in range(3))
    runs = {one: one.run("RUNNING", reconciling.worker_name(config)) for one in (gone, ended, dead)}
    found = [client.read_flow_run(run) for run in runs.values()]
    monkeypatch.setattr(reconciling, "dead_runs", lambda *_: found)
    # What happened between the look and the word:
    client.delete_flow_run(runs[gone])
    client.set_flow_run_state(runs[ended], Completed())

    told = reconciling.reconcile(config, AT_ONCE)

    assert [line.partition("no process")[2].partition(":")[0] for line in told] == [
        "; Prefect could not be told", "; Prefect did not take Crashed", "",
    ]  # fmt: skip
    assert told[2].endswith(": Crashed")
    assert (ended.state(runs[ended]), dead.state(runs[dead])) == ("COMPLETED", "CRASHED")


def test_a_run_of_a_worker_that_was_given_its_name_is_ours(
    client: SyncPrefectClient, config: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_WORKER", "given-by-hand")
    deployment = Deployment(client, config)
    run = deployment.run("RUNNING", "given-by-hand")

    assert [one.id for one in reconciling.dead_runs(client, config, AT_ONCE)] == [run]


@pytest.mark.parametrize("state", ["RUNNING", "CANCELLING"])
def test_a_run_of_another_machine_is_left_alone(client: SyncPrefectClient, config: Settings, state: str) -> None:
    deployment = Deployment(client, config)
    run = deployment.run(state, "vigie-elsewhere-00000000")

    assert reconciling.reconcile(config, AT_ONCE) == []
    assert reconciling.dead_runs(client, config, AT_ONCE) == []
    assert (deployment.state(run), deployment.slots()) == (state, 1)


def test_a_run_that_nobody_had_signed_is_ours_where_no_other_worker_lives(
    client: SyncPrefectClient, config: Settings
) -> None:
    deployment = Deployment(client, config)
    run = deployment.run("PENDING", None)
    heartbeat(client, config, "vigie-elsewhere-00000000")
    assert reconciling.reconcile(config, AT_ONCE) == []
    assert deployment.state(run) == "PENDING"
    client._client.delete(f"/work_pools/{pool_of(config)}/workers/vigie-elsewhere-00000000")
    heartbeat(client, config, reconciling.worker_name(config))

    assert len(reconciling.reconcile(config, AT_ONCE)) == 1
    assert (deployment.state(run), deployment.slots()) == ("CRASHED", 0)


def test_what_has_just_changed_may_be_on_its_way(client: SyncPrefectClient, config: Settings) -> None:
    deployment = Deployment(client, config)
    deployment.run("RUNNING", reconciling.worker_name(config))

    assert reconciling.reconcile(config, timedelta(hours=1)) == []


def test_a_suspended_run_needs_no_process(client: SyncPrefectClient, config: Settings) -> None:
    from prefect.states import Suspended

    deployment = Deployment(client, config)
    run = deployment.run("RUNNING", reconciling.worker_name(config))
    client.set_flow_run_state(run, Suspended(timeout_seconds=3600))
    assert deployment.state(run) == "PAUSED"

    assert reconciling.reconcile(config, AT_ONCE) == []


def test_a_slot_that_no_run_has_is_freed_where_nobody_else_takes_any(
    client: SyncPrefectClient, config: Settings
) -> None:
    from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate

    deployment = Deployment(client, config)
    limit = client.read_deployment(deployment.id).global_concurrency_limit
    assert limit
    client.update_global_concurrency_limit(limit.name, GlobalConcurrencyLimitUpdate(active_slots=1))
    (taken,) = reconciling.taken_slots(client, reconciling.pools(config))
    assert (taken.deployment, taken.taken, taken.runs) == (deployment.name, 1, 0)
    heartbeat(client, config, "vigie-elsewhere-00000000")
    assert reconciling.free_slots(config) == []
    client._client.delete(f"/work_pools/{pool_of(config)}/workers/vigie-elsewhere-00000000")

    assert len(reconciling.free_slots(config)) == 1
    assert deployment.slots() == 0


def leases() -> set[UUID]:
    """Leases that Prefect's server keeps."""
    from prefect.server.concurrency.lease_storage import get_concurrency_lease_storage

    return set(asyncio.run(get_concurrency_lease_storage().read_active_lease_ids()))


def test_a_slot_that_is_freed_is_not_freed_again_when_its_lease_expires(
    client: SyncPrefectClient, config: Settings
) -> None:
    # Given a slot that no run has, with a lease
    deployment = Deployment(client, config)
    limit = client.read_deployment(deployment.id).global_concurrency_limit
    assert limit
    answer = client.increment_concurrency_slots_with_lease([limit.name], 1, "concurrency", lease_duration=300)
    lease = UUID(answer.json()["lease_id"])
    assert (deployment.slots(), lease in leases()) == (1, True)

    # When it is freed
    assert len(reconciling.free_slots(config)) == 1

    # Then by Prefect itself: no lease is left that could free the slot of the next run
    assert (deployment.slots(), lease in leases()) == (0, False)


def test_a_live_run_keeps_its_slot_and_its_lease(client: SyncPrefectClient, config: Settings) -> None:
    deployments = [Deployment(client, config) for _ in range(2)]
    before = leases()
    deployments[0].run("RUNNING", reconciling.worker_name(config))
    deployments[1].run("CANCELLING", reconciling.worker_name(config))
    assert len(leases() - before) == 2

    assert reconciling.free_slots(config) == []

    assert [deployment.slots() for deployment in deployments] == [1, 1]
    assert len(leases() - before) == 2


def test_the_doctor_sees_stuck_runs_and_whom_a_taken_slot_keeps_out(
    client: SyncPrefectClient, config: Settings
) -> None:
    from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
    from prefect.states import Pending

    assert [finding.is_well for finding in flow_runs(config, AT_ONCE)] == [True, True, True]
    stuck, taken = Deployment(client, config), Deployment(client, config)
    run = client.read_flow_run(stuck.run("RUNNING", reconciling.worker_name(config)))
    limit = client.read_deployment(taken.id).global_concurrency_limit
    assert limit
    client.update_global_concurrency_limit(limit.name, GlobalConcurrencyLimitUpdate(active_slots=1))
    refused = client.create_flow_run_from_deployment(taken.id).id
    client.set_flow_run_state(refused, Pending())
    assert taken.state(refused) == "CANCELLED"

    runs, slots, _ = flow_runs(config, AT_ONCE)

    assert (runs.is_well, slots.is_well) == (False, False)
    assert f"no process: {run.name} (Running)" in runs.seen
    assert slots.seen == f"{taken.name}: 1 taken by 0 runs, 1 runs refused in a day"
    assert "vigie up" in runs.advice and "vigie up" in slots.advice


def test_the_doctor_sees_a_run_that_failed_and_told_the_warehouse_nothing(
    client: SyncPrefectClient, config: Settings, empty_warehouse: House
) -> None:
    unseen, mended, told = (Deployment(client, config) for _ in range(3))
    for deployment in (unseen, mended, told):
        run = deployment.run("FAILED", reconciling.worker_name(config))
    record_failure(empty_warehouse.connection, "exports", str(run), "no such mapping")
    mended.run("COMPLETED", reconciling.worker_name(config))

    *_, deployments = flow_runs(config, AT_ONCE)

    assert not deployments.is_well
    assert deployments.seen.startswith(f"{unseen.name}: Failed")
    assert not any(one.name in deployments.seen for one in (mended, told))

    unseen.run("COMPLETED", reconciling.worker_name(config))
    *_, deployments = flow_runs(config, AT_ONCE)
    assert deployments.is_well


def test_the_worker_of_a_home_keeps_its_name_and_shares_it_with_no_other(tmp_path: Path) -> None:
    one, other = (Settings(home=tmp_path / name) for name in ("one", "other"))
    assert reconciling.worker_name(one) == reconciling.worker_name(one) != reconciling.worker_name(other)
