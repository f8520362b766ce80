"""Bring Prefect's server to what `prefect.yaml` says, and run its deployments."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import yaml

from flows.errors import SettingError, VigieError
from flows.parameters import refuse_invalid
from flows.serving.pool import ensure_pool
from flows.settings import PROJECT, Settings, settings
from flows.stack import prefect_environment
from flows.tenants import deployments, of_installation, refuse_taken
from flows.warehouse.database import connect
from flows.warehouse.ownership import installation_of

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun

FILE = PROJECT / "prefect.yaml"
PATIENT = {"PREFECT_CLIENT_RETRY_EXTRA_CODES": "500"}  # as a server gives them that has just started
VARIABLE = re.compile(r"\{\{\s*\$(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a deploy did: the work pool that a worker is started for, and the names of what was removed."""

    pool: str
    removed: list[str]


def declared() -> list[dict[str, Any]]:
    """Deployments of prefect.yaml, `{{ $NAME }}` filled in from the environment, as Prefect does."""
    found: list[dict[str, Any]] = _file()["deployments"]
    return found


def _file() -> dict[str, Any]:
    environment = os.environ | prefect_environment(settings())
    text = VARIABLE.sub(lambda found: environment.get(found[1], ""), FILE.read_text(encoding="utf-8"))
    return dict(yaml.safe_load(text))


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


def deploy(config: Settings, *, adopt: bool = False) -> Deployed:
    """Deploy prefect.yaml as this installation's and remove what of its own the file no longer has.

    `adopt` takes over what an older Vigie deployed. Raises SettingError when a deployment has parameters that its
    flow refuses or Prefect's server does not answer, ForeignError when a name is another's, VigieError when one is
    refused.
    """
    os.environ.update(prefect_environment(config) | PATIENT)
    with connect(config) as connection:
        name = installation_of(connection).name
    file = of_installation(_file(), name)
    refuse_invalid(file["deployments"])
    removed = _sync(file["deployments"], name, adopt=adopt)
    with TemporaryDirectory(dir=config.home_path) as folder:
        path = Path(folder) / "prefect.yaml"
        path.write_text(yaml.safe_dump(file, sort_keys=False, allow_unicode=True), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(path)],
            cwd=PROJECT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise VigieError(f"prefect deploy failed: {' '.join((done.stdout + done.stderr).split())[-600:]}")
    return Deployed(name, removed)


def _sync(declared: list[dict[str, Any]], name: str, *, adopt: bool) -> list[str]:
    """Make the work pool; remove deployments and schedules that carry the installation's tag and left the file."""
    from prefect.client.orchestration import get_client  # 3 s
    from prefect.client.schemas.filters import DeploymentFilter

    wanted = {(flow_of(d), d["name"]): {s.get("slug") for s in d.get("schedules", [])} for d in declared}
    removed = []
    with get_client(sync_client=True) as client:
        trouble = client.api_healthcheck()
        if trouble is not None:
            raise SettingError(
                f"Prefect's server does not answer at {client.api_url}: start it with `vigie up`, "
                "or set VIGIE_HOST and VIGIE_PREFECT_PORT"
            )
        refuse_taken(client, [f"{flow_of(d)}/{d['name']}" for d in declared], name, adopt=adopt)
        ensure_pool(client, name)
        ours = DeploymentFilter.model_validate({"tags": {"all_": [name]}})
        for deployment in list(deployments(client, deployment_filter=ours)):
            slugs = wanted.get((flow_of({"entrypoint": deployment.entrypoint}), deployment.name))
            if slugs is None:
                client.delete_deployment(deployment.id)
                removed.append(deployment.name)
                continue
            for schedule in deployment.schedules:
                if schedule.slug not in slugs:
                    client.delete_deployment_schedule(deployment.id, schedule.id)
                    removed.append(f"{deployment.name}: {schedule.slug or schedule.id}")
    return removed


def run(config: Settings, name: str) -> UUID:
    """Ask Prefect to run a deployment now, as `flow/deployment`; returns the flow run's id."""
    os.environ.update(prefect_environment(config) | PATIENT)
    from prefect.deployments import run_deployment  # 3 s

    return cast("FlowRun", run_deployment(name, timeout=0)).id
