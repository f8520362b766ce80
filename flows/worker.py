"""The worker: it runs what prefect.yaml on this machine declares, whatever Prefect's server says.

Whoever is signed in to Prefect can write work pools, deployments and flow runs. Prefect's own worker takes the
command, the environment and the folder from them, and each run's process the steps and the file of its deployment.
This one takes the name of a declared entry point and the parameters, which the flow checks.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any, Self

import anyio
import anyio.abc
from prefect.flows import load_flow_from_entrypoint
from prefect.runner._flow_run_executor import FlowRunExecutionResult, FlowRunExecutorContext
from prefect.runner._process_manager import ProcessHandle
from prefect.runner._starter_engine import EngineCommandStarter
from prefect.utilities.asyncutils import run_sync_in_worker_thread
from prefect.utilities.processutils import command_to_string, setup_signal_handlers_worker
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult
from pydantic import PrivateAttr

from flows import deploying
from flows.engine import refuse_stored_results
from flows.errors import VigieError
from flows.serving.pool import template
from flows.settings import PROJECT

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun, WorkPool
    from prefect.client.schemas.responses import DeploymentResponse
    from prefect.flows import Flow

ENGINE = command_to_string([sys.executable, "-m", "flows.engine"])


class RefusedError(VigieError):
    """A flow run that this worker does not run: prefect.yaml does not say so."""


def entrypoint_of(deployment: DeploymentResponse | None) -> str:
    """The entry point that a run of the deployment starts, one of prefect.yaml's as the file is now.

    Raises RefusedError for what is not declared there, or was changed on the server.
    """
    if deployment is None:
        raise RefusedError("this run has no deployment: declare one in prefect.yaml and run `vigie deploy`")
    declared = {one.get("entrypoint") for one in deploying.declared()} - {None, ""}
    if deployment.entrypoint not in declared:
        raise RefusedError(
            f"no deployment in {deploying.FILE} has the entry point {deployment.entrypoint}: "
            "declare it there and run `vigie deploy`"
        )
    if not _is_as_deployed(deployment.pull_steps):
        raise RefusedError(
            "the deployment has pull steps other than to work in a folder: take `pull` out of prefect.yaml if it "
            "is there, and run `vigie deploy`"
        )
    return str(deployment.entrypoint)


def _is_as_deployed(steps: list[dict[str, Any]] | None) -> bool:
    """Whether the steps are those of `vigie deploy`, of whatever folder: an older version's, another machine's.

    The worker takes none, and starts in this project's folder; who set others is told, rather than let wait.
    """
    match steps:
        case [{"prefect.deployments.steps.set_working_directory": {"directory": str(), **options}, **others}]:
            return not options and not others
    return False


class Configuration(ProcessJobConfiguration):
    """How a run's process starts: nothing of it from the pool's template or from job variables."""

    _deployment: DeploymentResponse | None = PrivateAttr(default=None)

    @classmethod
    async def resolve_for_flow_run(
        cls,
        flow_run: FlowRun,
        *,
        client: PrefectClient,
        work_pool: WorkPool,
        worker_name: str,
        worker_id: UUID | None = None,
        deployment: DeploymentResponse | None = None,
    ) -> Self:
        """Make the same configuration for every run, labelled with what runs."""
        if deployment is None and flow_run.deployment_id:
            deployment = await client.read_deployment(flow_run.deployment_id)
        flow = await client.read_flow(flow_run.flow_id)
        configuration = cls(command=ENGINE, working_dir=PROJECT)
        configuration.prepare_for_flow_run(flow_run, deployment, flow, work_pool, worker_name, worker_id)
        configuration._deployment = deployment
        return configuration


class VigieWorker(ProcessWorker):
    """A process worker that starts declared entry points only."""

    job_configuration = Configuration

    @classmethod
    def __dispatch_key__(cls) -> str:
        """Stand beside Prefect's own worker of this type."""
        return "vigie"

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> ProcessWorkerResult:
        """Start the run's process and wait for its end; a RefusedError before it starts ends the run as crashed."""
        deployment = configuration._deployment if isinstance(configuration, Configuration) else None
        entrypoint = entrypoint_of(deployment)
        if flow_run.job_variables or (deployment and deployment.job_variables):
            self.get_flow_run_logger(flow_run).warning("Job variables are not taken: docs/security.md says why.")

        async def load(_flow_run: FlowRun) -> Flow[..., Any]:
            """For the flow's hooks: Prefect would read the deployment again, and take its steps."""
            return await run_sync_in_worker_thread(
                load_flow_from_entrypoint, entrypoint, use_placeholder_flow=False
            )

        ended: FlowRunExecutionResult | None = None
        async with FlowRunExecutorContext() as context:
            starter = EngineCommandStarter(
                command=ENGINE,
                cwd=PROJECT,
                env=configuration.env,
                entrypoint=entrypoint,
                control_channel=context.control_channel,
                isolate_process_group=True,
            )
            executor = context.create_executor(flow_run, starter, resolve_flow=load, propose_submitting=False)

            async def execute(*, task_status: anyio.abc.TaskStatus[ProcessHandle]) -> None:
                nonlocal ended
                ended = await executor.submit(task_status=task_status)

            async with anyio.create_task_group() as group:
                handle = await group.start(execute)
                if task_status and handle.pid:
                    task_status.started(handle.pid)
        if ended is None or ended.status_code is None:
            raise RuntimeError("the run's process did not start")
        return ProcessWorkerResult(status_code=ended.status_code, identifier=str(ended.handle.pid))


async def _work(pool: str, name: str) -> None:
    # Inside the loop: Prefect's handlers pass on to the one that cancels it.
    setup_signal_handlers_worker(os.getpid(), "the worker", print)
    worker = VigieWorker(work_pool_name=pool, name=name, base_job_template=template())
    try:
        await worker.start()
    except asyncio.CancelledError:
        print(f"Worker {name!r} stopped!", flush=True)


def main() -> None:
    """Run the worker named VIGIE_WORKER for the pool VIGIE_WORK_POOL until told to stop (see the Procfile)."""
    refuse_stored_results()
    os.chdir(PROJECT)
    asyncio.run(_work(os.environ["VIGIE_WORK_POOL"], os.environ["VIGIE_WORKER"]))


if __name__ == "__main__":
    main()
