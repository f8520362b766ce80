"""Bring Prefect's server to what `prefect.yaml` says, and run its deployments."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import yaml

from flows.errors import SettingError, VigieError
from flows.serving.pool import ensure_pool
from flows.settings import PROJECT, Settings, settings
from flows.stack import prefect_environment

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun

TAG = "vigie"
FILE = PROJECT / "prefect.yaml"
VARIABLE = re.compile(r"\{\{\s*\$(\w+)\s*\}\}")


def declared() -> list[dict[str, Any]]:
    """Deployments of prefect.yaml, `{{ $NAME }}` filled in from the environment, as Prefect does."""
    environment = os.environ | prefect_environment(settings())
    text = VARIABLE.sub(lambda found: environment.get(found[1], ""), FILE.read_text(encoding="utf-8"))
    deployments: list[dict[str, Any]] = yaml.safe_load(text)["deployments"]
    return deployments


def flow_of(deployment: dict[str, Any]) -> str:
    """Name of the flow that a deployment runs."""
    return str(deployment["entrypoint"]).rpartition(":")[2]


def source_parameters(name: str) -> dict[str, Any] | None:
    """Configuration of the source `name` in prefect.yaml, None when it has no deployment."""
    for deployment in declared():
        source = deployment.get("parameters", {}).get("source", {})
        if flow_of(deployment) == "collect" and name in {deployment["name"], source.get("name")}:
            return dict(source)
    return None


def deploy(config: Settings) -> list[str]:
    """Deploy prefect.yaml and remove what it no longer has; returns the names of what was removed.

    Raises SettingError when Prefect's server does not answer, VigieError when it refuses a deployment.
    """
    os.environ.update(prefect_environment(config))
    removed = _sync()
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise VigieError(f"prefect deploy failed: {' '.join((done.stdout + done.stderr).split())[-600:]}")
    return removed


def _sync() -> list[str]:
    """Make the work pool; remove deployments and schedules that carry our tag and left the file."""
    from prefect.client.orchestration import get_client  # 3 s
    from prefect.client.schemas.filters import DeploymentFilter

    wanted = {d["name"]: {s.get("slug") for s in d.get("schedules", [])} for d in declared()}
    removed = []
    with get_client(sync_client=True) as client:
        trouble = client.api_healthcheck()
        if trouble is not None:
            raise SettingError(
                f"Prefect's server does not answer at {client.api_url}: start it with `vigie up`, "
                "or set VIGIE_HOST and VIGIE_PREFECT_PORT"
            )
        ensure_pool(client)
        ours = DeploymentFilter.model_validate({"tags": {"all_": [TAG]}})
        for deployment in client.read_deployments(deployment_filter=ours):
            if deployment.name not in wanted:
                client.delete_deployment(deployment.id)
                removed.append(deployment.name)
                continue
            for schedule in deployment.schedules:
                if schedule.slug not in wanted[deployment.name]:
                    client.delete_deployment_schedule(deployment.id, schedule.id)
                    removed.append(f"{deployment.name}: {schedule.slug or schedule.id}")
    return removed


def run(config: Settings, name: str) -> UUID:
    """Ask Prefect to run a deployment now, as `flow/deployment`; returns the flow run's id."""
    os.environ.update(prefect_environment(config))
    from prefect.deployments import run_deployment  # 3 s

    return cast("FlowRun", run_deployment(name, timeout=0)).id
