"""Work that dbt does for nobody, left out: a quarter of what it computes in a refresh of a few rows.

Debug events are made into messages, freed of secrets and written as lines before a logger that wants none drops
them; and a model's Jinja is compiled anew at each run of a process that ran it before.
"""

from __future__ import annotations

from functools import cache
from typing import Any

HEARD = "NodeFinished"  # the one event below `info` that a session's callback reads
MOST_TEMPLATES = 4096


@cache
def spare() -> None:
    """Patch dbt for this process; call it once dbt is imported.

    The checker is told to let methods be assigned: to put others in their place is what a patch does.
    """
    from dbt.adapters.postgres.connections import PostgresConnectionManager
    from dbt_common.behavior_flags import BehaviorFlagRendered
    from dbt_common.clients.jinja import MacroFuzzEnvironment
    from dbt_common.events.event_manager import EventManager

    # To name a flag's origin in a warning, dbt reads the source of the whole call stack, for each flag of the
    # adapter and at every command: half of what a refresh of a few rows costs where the stack is deep.
    if hasattr(BehaviorFlagRendered, "_default_source"):
        BehaviorFlagRendered._default_source = staticmethod(lambda: "dbt.adapters")  # type: ignore[method-assign]
    EventManager.fire_event = _only_heard(EventManager.fire_event)  # type: ignore[method-assign]
    MacroFuzzEnvironment.compile = _compiled_once(MacroFuzzEnvironment.compile)  # type: ignore[method-assign]
    PostgresConnectionManager.release = _kept_open(PostgresConnectionManager.release)


def _only_heard(fire: Any) -> Any:
    from dbt_common.events.base_types import EventLevel

    quiet = {EventLevel.DEBUG, EventLevel.TEST}

    def fire_event(
        self: Any, e: Any, level: Any = None, node: Any = None, force_warn_or_error_handling: bool = False
    ) -> None:
        is_loud = (level or e.level_tag()) not in quiet or force_warn_or_error_handling
        if is_loud or type(e).__name__ == HEARD or any(logger.level in quiet for logger in self.loggers):
            fire(self, e, level, node, force_warn_or_error_handling)

    return fire_event


def _compiled_once(compile_: Any) -> Any:
    """Compile a template once for each kind of environment: dbt's differ in nothing else that is compiled."""
    kept: dict[tuple[type, str], Any] = {}

    def compile(self: Any, source: Any, *rest: Any, **more: Any) -> Any:
        if rest or not isinstance(source, str) or any(more.values()):
            return compile_(self, source, *rest, **more)
        key = (type(self), source)
        if key not in kept:
            if len(kept) >= MOST_TEMPLATES:
                kept.clear()
            kept[key] = compile_(self, source)
        return kept[key]

    return compile


def _kept_open(release: Any) -> Any:
    """Leave a thread its connection until the command ends, without what the node before left in it."""

    def keep(self: Any) -> None:
        connection = self.get_if_exists()
        if connection is None or connection.state != "open":
            release(self)
            return
        try:
            connection.handle.rollback()
            connection.transaction_open = False
            with connection.handle.cursor() as cursor:
                cursor.execute("discard temp")
            connection.handle.commit()
        except Exception:  # it is broken: closed, and the next node opens another
            release(self)

    return keep
