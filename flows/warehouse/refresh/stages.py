"""The stages of a refresh, in the order of the walk: models that carry its name as a dbt tag, or work of ours."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from flows.errors import RefreshError
from flows.settings import Settings
from flows.warehouse.database import Connection
from flows.warehouse.identity.stage import Identified, identify
from flows.warehouse.refresh import seeds, swapping
from flows.warehouse.refresh.claims import Claim, touch_sent_on
from flows.warehouse.refresh.dbt import Dbt
from flows.warehouse.understanding.stage import Opened, Progress, Tell, understand

STAGES = ("words", "figures")  # dbt's
UNDERSTAND = "understand"  # after the words
IDENTIFY = "identify"  # after the texts
ALL_STAGES = ("words", UNDERSTAND, IDENTIFY, "figures")
# Views and functions change with the project alone; made again, they would be missed by who reads meanwhile.
TABLES_ONLY = ("config.materialized:view", "config.materialized:table_function")
NEXT_TARGET = "next"


@dataclass(slots=True)
class Done:
    """What a pass has done so far: seconds by stage and by dbt node, what each analyser read, who was made out.

    `opened` are analysers that stay open for the next pass.
    """

    stages: dict[str, float] = field(default_factory=dict)
    nodes: dict[str, float] = field(default_factory=dict)
    understood: list[Progress] = field(default_factory=list)
    identified: Identified | None = None
    opened: Opened = field(default_factory=dict)


def build(
    connection: Connection,
    config: Settings,
    session: Dbt,
    claim: Claim,
    done: Done,
    *,
    only: str | None = None,
    tell: Tell = lambda _: None,
) -> None:
    """Build everything, seeds first, where readers do not look; or what was touched, in its place.

    `done` is filled as it goes. Raises RefreshError where one stage alone is asked for and everything is due.
    """
    if claim.is_full and only:
        raise RefreshError(f"everything has to be built anew, not {only} alone: run `vigie refresh`")
    target = None
    stages = [only] if only else list(ALL_STAGES)
    if claim.is_full:
        swapping.prepare(connection)
        target, stages = NEXT_TARGET, ["seeds", *stages]
    for stage in stages:
        started = time.perf_counter()
        if stage == STAGES[-1] and not claim.is_full:
            touch_sent_on(connection, claim)
        intermediate = f"intermediate{swapping.NEXT if claim.is_full else ''}"
        if stage == UNDERSTAND:
            done.understood += understand(connection, config, claim, intermediate, tell=tell, opened=done.opened)
        elif stage == IDENTIFY:
            done.identified = identify(connection, claim, intermediate)
        else:
            command = ("seed",) if stage == "seeds" else stage_command(stage, tables_only=not claim.is_full)
            done.nodes |= session.run(*command, target=target).seconds
        if stage == "seeds" and claim.is_changed:
            seeds.check(connection, session, target)
        done.stages[stage] = round(time.perf_counter() - started, 3)


def stage_command(stage: str, *, tables_only: bool) -> tuple[str, ...]:
    """Return dbt's arguments that build a stage; the last takes what has no stage's tag, lest it be left out."""
    excluded = TABLES_ONLY if tables_only else ()
    if stage != STAGES[-1]:
        return ("run", "--select", f"tag:{stage}", *(("--exclude", *excluded) if excluded else ()))
    return ("run", "--exclude", *(f"tag:{earlier}" for earlier in STAGES[:-1]), *excluded)
