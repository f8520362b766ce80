"""Whoever is signed in to Prefect runs what prefect.yaml declares, and no code besides: each way is tried.

Collected by test_demo.py, whose stack it shares. Whatever would run leaves a folder behind.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.processes import live_runs
from flows.serving.pool import template
from flows.settings import PROJECT
from tests.browser.conftest import Stack
from tests.helpers.pickles import stored_bomb
from tests.servers.waiting import wait_until

ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
PATIENCE = 600
OURS = [{"prefect.deployments.steps.set_working_directory": {"directory": str(PROJECT)}}]
REFRESH = {"entrypoint": "flows/refresh.py:refresh", "pull_steps": OURS}


@dataclass
class Attacker:
    """Somebody with the sign-in, and a folder on this machine that others can write."""

    stack: Stack
    folder: Path
    deployments: list[str] = field(default_factory=list)

    def ask(self, path: str, body: Any = None, method: str = "POST") -> Any:
        with self.stack.api() as client:
            answer = client.request(method, path, json=body)
            return answer.raise_for_status().json() if answer.content else None

    @property
    def pool(self) -> str:
        return str(self.ask("/deployments/name/refresh/marts", method="GET")["work_pool_name"])

    def flow(self, name: str) -> str:
        return str(self.ask("/flows/", {"name": name})["id"])

    def deploy(self, name: str, flow: str = "refresh", **changes: Any) -> str:
        """Make a deployment of one's own in the stack's work pool."""
        made = {"name": name, "flow_id": self.flow(flow), "work_pool_name": self.pool}
        deployment = str(self.ask("/deployments/", made | changes)["id"])
        self.deployments.append(deployment)
        return deployment

    def run(self, deployment: str, **changes: Any) -> str:
        asked = {"state": {"type": "SCHEDULED"}} | changes
        return str(self.ask(f"/deployments/{deployment}/create_flow_run", asked)["id"])

    def run_loose(self, state: dict[str, Any], **changes: Any) -> str:
        """Make a run of no deployment in the stack's work pool."""
        made = {"flow_id": self.flow("refresh"), "work_pool_name": self.pool, "state": state}
        return str(self.ask("/flow_runs/", made | changes)["id"])

    def look(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(f"/flow_runs/{run}", method="GET")["state"]
        return found

    def end(self, run: str) -> dict[str, Any]:
        """The last state of a run."""
        wait_until(lambda: self.look(run)["type"] in ENDED, run, PATIENCE)
        return self.look(run)

    def proof(self, way: str) -> str:
        """A folder that whatever runs on this way makes."""
        return str(self.folder / f"ran: {way}")

    def evil(self, way: str, file: str) -> Path:
        """A Python file that makes the proof when it is read; returns the folder that it lies in."""
        path = self.folder / way.replace(" ", "-") / file
        path.parent.mkdir(parents=True)
        path.write_text(f"import os\nos.makedirs({self.proof(way)!r}, exist_ok=True)\ndef refresh(): ...\n")
        return path.parent

    def left(self) -> list[str]:
        return [path.name for path in self.folder.glob("ran: *")]


class SignedInTests:
    """Tests of one running stack."""

    @pytest.fixture
    def attacker(self, stack: Stack, tmp_path: Path) -> Iterator[Attacker]:
        somebody = Attacker(stack, tmp_path)
        yield somebody
        somebody.ask(f"/work_pools/{somebody.pool}", {"base_job_template": template()}, "PATCH")
        for deployment in somebody.deployments:
            somebody.ask(f"/deployments/{deployment}", method="DELETE")

    def test_no_deployment_and_no_run_of_theirs_runs_code(self, attacker: Attacker) -> None:
        def shell(way: str) -> dict[str, Any]:
            return {"prefect.deployments.steps.run_shell_script": {"script": f"mkdir '{attacker.proof(way)}'"}}

        def elsewhere(way: str) -> str:
            return str(attacker.evil(way, "flows/refresh.py").parent)

        ways = {
            "steps": {"pull_steps": [shell("steps")]},
            "steps after ours": {"pull_steps": [*OURS, shell("steps after ours")]},
            "another file": {"entrypoint": f"{attacker.evil('another file', 'a.py')}/a.py:refresh"},
            "a module": {"entrypoint": "os.makedirs"},
            "another folder": {"pull_steps": None, "path": elsewhere("another folder")},
        }
        runs = {way: attacker.run(attacker.deploy(way, **REFRESH | changes)) for way, changes in ways.items()}
        command = {"command": f"mkdir '{attacker.proof('no deployment')}'"}
        runs["no deployment"] = attacker.run_loose({"type": "SCHEDULED"}, job_variables=command)
        for way, run in runs.items():
            state = attacker.end(run)
            assert state["type"] == "CRASHED", (way, state)
            assert "prefect.yaml" in state["message"], (way, state)
            assert "`vigie deploy`" in state["message"], (way, state)
        assert attacker.left() == []

    def test_the_pool_job_variables_and_a_folder_start_nothing_else(self, attacker: Attacker) -> None:
        from prefect.workers.process import ProcessWorker

        lax = ProcessWorker.get_default_base_job_template()
        lax["variables"]["properties"]["command"]["default"] = f"mkdir '{attacker.proof('pool')}'"
        poisoned = str(attacker.evil("env", "sitecustomize.py"))
        folder = str(attacker.evil("a step", "flows/refresh.py").parent)
        step = {"prefect.deployments.steps.set_working_directory": {"directory": folder}}
        changed = datetime.now(UTC)
        attacker.ask(f"/work_pools/{attacker.pool}", {"base_job_template": lax}, "PATCH")
        wait_until(lambda: self.has_looked(attacker, changed), "the worker's next look at its pool")
        runs = [
            attacker.run(attacker.deploy("pool", **REFRESH)),
            attacker.run(attacker.deploy("env", **REFRESH), job_variables={"env": {"PYTHONPATH": poisoned}}),
            attacker.run(
                attacker.deploy("variables", **REFRESH, job_variables={
                    "command": f"mkdir '{attacker.proof('variables')}'", "working_dir": poisoned})
            ),
            attacker.run(attacker.deploy("a step to another folder", **REFRESH | {"pull_steps": [step]})),
        ]  # fmt: skip
        assert [attacker.end(run)["type"] for run in runs] == ["COMPLETED"] * 4
        assert attacker.left() == []

    def has_looked(self, attacker: Attacker, since: datetime) -> bool:
        workers = attacker.ask(f"/work_pools/{attacker.pool}/workers/filter", {})
        return any(datetime.fromisoformat(w["last_heartbeat_time"]) > since for w in workers)

    def test_a_result_left_for_a_run_is_not_read(self, attacker: Attacker) -> None:
        """The state is set while the run's process starts: it is told that it has ended, and with what."""
        data = stored_bomb(attacker.folder / "stored", Path(attacker.proof("result")))
        run = attacker.run(attacker.deploy("result", **REFRESH))
        wait_until(lambda: run in live_runs().ids, "its process")
        ended = {"type": "COMPLETED", "data": data}
        answer = attacker.ask(f"/flow_runs/{run}/set_state", {"state": ended, "force": True})
        assert answer["status"] == "ACCEPT"
        wait_until(lambda: run not in live_runs().ids, "its end")
        found = attacker.ask(f"/flow_runs/{run}", method="GET")
        assert (found["state_type"], found["run_count"]) == ("COMPLETED", 0), "it had begun already"
        assert attacker.left() == []

    def test_a_run_that_is_cancelled_before_it_began_does_not_end_the_worker(self, attacker: Attacker) -> None:
        run = attacker.run_loose({"type": "PENDING"})
        attacker.ask(f"/flow_runs/{run}", {"infrastructure_pid": "1"}, "PATCH")
        attacker.ask(f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}, "force": True})
        time.sleep(2)
        deployment = attacker.ask("/deployments/name/collect/petit-journal", method="GET")["id"]
        assert attacker.end(attacker.run(deployment))["type"] == "COMPLETED"
