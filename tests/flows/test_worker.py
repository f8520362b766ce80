"""What the worker runs, what it refuses and why, and that no stored result is read where a flow runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.schemas.responses import DeploymentResponse

from flows import deploying
from flows.settings import PROJECT
from flows.worker import RefusedError, entrypoint_of
from tests.helpers.pickles import stored_bomb

STEPS = [{"prefect.deployments.steps.set_working_directory": {"directory": str(PROJECT)}}]
SHELL = {"prefect.deployments.steps.run_shell_script": {"script": "true"}}


def deployment(**changes: Any) -> DeploymentResponse:
    """A deployment as `vigie deploy` makes it, with what somebody changed on the server."""
    made = {"name": "marts", "flow_id": uuid4(), "entrypoint": "flows/refresh.py:refresh", "pull_steps": STEPS}
    return DeploymentResponse.model_validate(made | changes)


def test_what_prefect_yaml_declares_is_run() -> None:
    for declared in deploying.declared():
        assert entrypoint_of(deployment(entrypoint=declared["entrypoint"])) == declared["entrypoint"]


def test_where_the_code_is_said_to_be_besides_does_not_matter() -> None:
    """The process takes the entry point alone, from the project's folder."""
    changed = deployment(path="/elsewhere", storage_document_id=uuid4(), job_variables={"command": "true"})
    assert entrypoint_of(changed) == "flows/refresh.py:refresh"


def test_what_was_deployed_from_another_folder_is_run_here() -> None:
    """As an older version's was before an upgrade, and as the one machine's is that deployed for several."""
    elsewhere = [{"prefect.deployments.steps.set_working_directory": {"directory": "/opt/vigie-1"}}]
    assert entrypoint_of(deployment(pull_steps=elsewhere)) == "flows/refresh.py:refresh"


@pytest.mark.parametrize(
    "entrypoint",
    [None, "", "flows/refresh.py", "flows/refresh.py:build_marts", "./flows/refresh.py:refresh",
     "flows.refresh.refresh", "flows/../flows/refresh.py:refresh",
     f"{PROJECT}/flows/refresh.py:refresh", "/tmp/evil.py:refresh", "flows/stack.py:down", "subprocess.run"],
)  # fmt: skip
def test_another_entry_point_is_refused(entrypoint: str | None) -> None:
    with pytest.raises(RefusedError, match=r"prefect\.yaml has the entry point .*: declare it there"):
        entrypoint_of(deployment(entrypoint=entrypoint))


@pytest.mark.parametrize(
    "steps",
    [None, [], [SHELL], [*STEPS, SHELL], [SHELL, *STEPS], [*STEPS, *STEPS],
     [{"prefect.deployments.steps.set_working_directory": {}}],
     [{"prefect.deployments.steps.set_working_directory": {"directory": ["/"]}}],
     [STEPS[0] | SHELL],
     [{name: step | {"requires": "some-package"} for name, step in STEPS[0].items()}]],
)  # fmt: skip
def test_other_steps_than_those_of_vigie_deploy_are_refused(steps: list[dict[str, Any]] | None) -> None:
    with pytest.raises(RefusedError, match=r"pull steps other than to work in a folder.*`vigie deploy`"):
        entrypoint_of(deployment(pull_steps=steps))


def test_a_run_without_a_deployment_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"no deployment: declare one in prefect\.yaml"):
        entrypoint_of(None)


def test_the_file_counts_as_it_is_when_a_run_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "prefect.yaml"
    monkeypatch.setattr(deploying, "FILE", file)
    file.write_text("deployments: [{name: ours, entrypoint: 'ours/flow.py:flow'}]\n")
    assert entrypoint_of(deployment(entrypoint="ours/flow.py:flow")) == "ours/flow.py:flow"
    with pytest.raises(RefusedError):
        entrypoint_of(deployment())
    file.write_text("deployments: [{name: without}]\n")
    for entrypoint in ("ours/flow.py:flow", None):
        with pytest.raises(RefusedError):
            entrypoint_of(deployment(entrypoint=entrypoint))


READ = """
import json, sys
from prefect.client.schemas.objects import State
if sys.argv[1] == "refusing":
    from flows.engine import refuse_stored_results
    refuse_stored_results()
try:
    State.model_validate(json.loads(sys.argv[2])).result(raise_on_failure=True, retry_result_failure=False)
except Exception as error:
    print(error)
"""


def read_in_a_process(state: dict[str, Any], how: str, folder: Path) -> str:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{PROJECT}{os.pathsep}{folder}"}
    env |= {"PREFECT_HOME": str(folder / "prefect"), "HOME": str(folder)}
    command = [sys.executable, "-c", READ, how, json.dumps(state)]
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("way", ["named", "unnamed", "compressed", "failed", "library"])
def test_a_state_that_names_a_result_runs_nothing(tmp_path: Path, way: str) -> None:
    """Each of them runs what it reads under Prefect as it is: shown first."""
    proof = tmp_path / "ran"
    data = stored_bomb(tmp_path / "stored", proof)
    (tmp_path / "evil.py").write_text(f"import os; os.mkdir({str(proof)!r})\ndumps = loads = print\n")
    if way == "unnamed":
        del data["serializer"]
    elif way == "library":
        data["serializer"] = {"type": "pickle", "picklelib": "evil"}
    elif way == "compressed":
        data["serializer"] = {"type": "compressed", "serializer": {"type": "pickle", "picklelib": "evil"}}
    state = {"type": "FAILED" if way == "failed" else "COMPLETED", "data": data}
    assert "not available" not in read_in_a_process(state, "as Prefect does", tmp_path)
    assert proof.is_dir()
    proof.rmdir()
    assert "deserialization cannot be performed" in read_in_a_process(state, "refusing", tmp_path)
    assert not proof.exists()
