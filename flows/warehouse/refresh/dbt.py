"""dbt inside this process: one session a refresh, its project parsed once, its failures as one readable line."""

from __future__ import annotations

import copy
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.errors import RefreshError
from flows.settings import DBT_PROJECT, Settings
from flows.warehouse.database import ENDS, SESSION, server_parameters, tls_environment
from flows.warehouse.refresh.parsed import NOWHERE, nowhere, placed
from flows.warehouse.refresh.project import project_hash
from flows.warehouse.refresh.spared import spare
from flows.warehouse.refresh.swapping import NEXT

BUILDING = ("seed", "run", "test")  # whose descriptions as JSON nobody reads: writing them takes a second
PARSE = ("parse", "--no-write-json")
SUFFIXES = {"prod": "", "next": NEXT}  # of schemas, by the target of a refresh; all else of the two is one project
READ = ("VIGIE_", "DBT_")  # what variables are called that a project may read while it is parsed
OnNode = Callable[[str, str, float], None]


def environment(config: Settings, url: str, options: str = ENDS) -> dict[str, str]:
    """Environment that dbt's profile and folders read: the server's place, threads, state under VIGIE_HOME.

    `options` are those of a session's start, which libpq hands over; an analyst's finds names as analysts like.
    """
    place = server_parameters(url)
    state = config.folder("dbt")
    return {
        "VIGIE_PG_HOST": place["host"],
        "VIGIE_PG_PORT": place["port"],
        "VIGIE_PG_USER": place["user"],
        "VIGIE_PG_DATABASE": place["dbname"],
        "DBT_ENV_SECRET_VIGIE_PG_PASSWORD": place["password"],
        "PGOPTIONS": options,
        "VIGIE_DBT_THREADS": str(config.dbt_threads),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_PROJECT_DIR": str(DBT_PROJECT),
        "DBT_PROFILES_DIR": str(DBT_PROJECT),
        "DBT_TARGET_PATH": str(state / "target"),
        "DBT_LOG_PATH": str(state / "logs"),
    } | tls_environment(url)


@dataclass(slots=True)
class Built:
    """What one dbt command did: seconds by node, and the names of nodes that failed with why."""

    seconds: dict[str, float] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)  # by a data test that failed, the SQL that finds the rows


@dataclass(slots=True, frozen=True)
class Project:
    """The project as it stands for a target in a database."""

    manifest: Any
    untested: Any  # without its tests, ten to a model: a command orders and draws every node before it runs one


Source = tuple[str, tuple[tuple[str, str], ...]]  # what a project is parsed from: a hash of its files, variables
# What a later refresh of this process need not parse again: of one source, by database and target.
_parsed: dict[Source, Any] = {}
_projects: dict[tuple[Source, str, str], Project] = {}


class Dbt:
    """A dbt session against one warehouse; `on_node` hears of every node that ends: name, status, seconds."""

    def __init__(self, config: Settings, url: str, on_node: OnNode | None = None, target: str = "prod") -> None:
        """Set the environment and import dbt (some seconds)."""
        os.environ.update(environment(config, url, SESSION))
        # Writing every statement down takes a fifth of a refresh; `DBT_LOG_LEVEL_FILE=debug` does.
        os.environ.setdefault("DBT_LOG_LEVEL_FILE", "info")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # dbt's own dependencies deprecate each other at import
            from dbt.cli.main import dbtRunner  # 4-6 s
        spare()
        self._on_node = on_node
        self._target = target
        self._runner = dbtRunner(callbacks=[self._heard])
        unread = {*NOWHERE, "DBT_TARGET_PATH", "DBT_LOG_PATH"}
        variables = [(name, value) for name, value in sorted(os.environ.items()) if name.startswith(READ)]
        self._source = (project_hash(DBT_PROJECT), tuple(pair for pair in variables if pair[0] not in unread))

    def _heard(self, event: Any) -> None:
        if self._on_node and event.info.name == "NodeFinished":
            node = event.data.node_info
            result = event.data.run_result
            self._on_node(node.node_name, node.node_status, result.execution_time)

    def run(self, *arguments: str, target: str | None = None) -> Built:
        """Run a dbt command such as `run` or `seed`; RefreshError names the first node that failed and why.

        Parsing takes seconds, and so does writing down what was parsed, which only other commands need.
        """
        target = target or self._target
        # Other commands write what they parse: the manifest is what they are run for.
        self._runner.manifest = None
        if arguments[0] in BUILDING:
            project = self._project(target)
            self._runner.manifest = project.manifest if arguments[0] == "test" else project.untested
        outcome = self._invoke(*arguments, target=target, folder=target if target != self._target else None)
        built = Built()
        for result in getattr(outcome.result, "results", None) or []:
            built.seconds[result.node.name] = float(result.execution_time)
            if result.status == "fail" and result.node.resource_type == "test":
                built.found[result.node.name] = result.node.compiled_code
            elif result.status in {"error", "fail", "runtime error"}:
                built.failures[result.node.name] = _one_line(result.message)
        if built.failures:
            name, why = next(iter(built.failures.items()))
            others = f" (and {len(built.failures) - 1} more)" if len(built.failures) > 1 else ""
            raise RefreshError(f"dbt {arguments[0]}: {name}: {why}{others}; log: {_log()}")
        return built

    def _project(self, target: str) -> Project:
        """Return the project as it stands; who parsed it last, in this session or before, is asked first."""
        key = (self._source, os.environ["VIGIE_PG_DATABASE"], target)
        if key not in _projects:
            if self._source not in _parsed:
                _parsed.clear()
                _projects.clear()
                with nowhere():
                    _parsed[self._source] = self._invoke(*PARSE, target="prod", folder="parsed").result
            if target in SUFFIXES:
                manifest = placed(_parsed[self._source], key[1], SUFFIXES[target])
            else:  # an analyst's
                manifest = self._invoke(*PARSE, target=target, folder=target).result
            untested = copy.copy(manifest)
            untested.nodes = {name: node for name, node in manifest.nodes.items() if node.resource_type != "test"}
            untested.unit_tests = {}
            _projects[key] = Project(manifest, untested)
        return _projects[key]

    def _invoke(self, *arguments: str, target: str, folder: str | None = None) -> Any:
        """Outcome of a dbt command, which leaves its files in a folder of its own where one is named.

        Raises what ended it: RefreshError, or the signal that dbt hands over, too.
        """
        command = [*arguments, "--target", target, "--quiet", "--no-use-colors", "--no-print"]
        if folder:
            command += ["--target-path", f"{os.environ['DBT_TARGET_PATH']}-{folder}"]
        if arguments[0] in BUILDING:
            command.append("--no-write-json")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outcome = self._runner.invoke(command)
        if outcome.exception is not None and not isinstance(outcome.exception, Exception):
            raise outcome.exception
        if outcome.exception is not None:
            raise RefreshError(f"dbt {arguments[0]}: {_one_line(str(outcome.exception))}")
        return outcome


def _one_line(message: str | None) -> str:
    return " ".join((message or "no reason given").split())[:500]


def _log() -> Path:
    return Path(os.environ["DBT_LOG_PATH"]) / "dbt.log"
