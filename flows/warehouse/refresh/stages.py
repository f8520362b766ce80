"""The stages of a refresh, in the order of the walk: each is the models that carry its name as a dbt tag."""

from __future__ import annotations

import time

from flows.errors import RefreshError
from flows.warehouse.database import Connection
from flows.warehouse.refresh import seeds, swapping
from flows.warehouse.refresh.claims import Claim
from flows.warehouse.refresh.dbt import Dbt

STAGES = ("words", "people", "figures")
# Views and functions change with the project alone; made again, they would be missed by who reads meanwhile.
TABLES_ONLY = ("config.materialized:view", "config.materialized:table_function")
NEXT_TARGET = "next"


def build(
    connection: Connection, session: Dbt, claim: Claim, seconds: dict[str, float], only: str | None = None
) -> dict[str, float]:
    """Build everything, seeds first, where readers do not look; or what was touched, in its place: seconds a node.

    `seconds` is filled by stage. Raises RefreshError where one stage alone is asked for and everything is due.
    """
    if claim.is_full and only:
        raise RefreshError(f"everything has to be built anew, not {only} alone: run `vigie refresh`")
    target = None
    commands = {stage: stage_command(stage, tables_only=not claim.is_full) for stage in STAGES}
    if claim.is_full:
        swapping.prepare(connection)
        target, commands = NEXT_TARGET, {"seeds": ("seed",), **commands}
    if only:
        commands = {only: commands[only]}
    nodes: dict[str, float] = {}
    for stage, command in commands.items():
        started = time.perf_counter()
        nodes |= session.run(*command, target=target).seconds
        if stage == "seeds" and claim.is_changed:
            seeds.check(connection, session, target)
        seconds[stage] = round(time.perf_counter() - started, 3)
    return nodes


def stage_command(stage: str, *, tables_only: bool) -> tuple[str, ...]:
    """Return dbt's arguments that build a stage; the last takes what has no stage's tag, lest it be left out."""
    excluded = TABLES_ONLY if tables_only else ()
    if stage != STAGES[-1]:
        return ("run", "--select", f"tag:{stage}", *(("--exclude", *excluded) if excluded else ()))
    return ("run", "--exclude", *(f"tag:{earlier}" for earlier in STAGES[:-1]), *excluded)
