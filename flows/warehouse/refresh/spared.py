"""Work that dbt does for nobody, left out: half of what it computes in a refresh of a few rows.

Debug events are put together, freed of secrets and written as lines before a logger that wants none drops them; a
model's Jinja is compiled anew at each run of a process that ran it before; one table is looked for among all.
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
    from dbt.adapters.base.impl import BaseAdapter
    from dbt.adapters.cache import RelationsCache
    from dbt.adapters.postgres.impl import PostgresAdapter
    from dbt.adapters.sql.impl import SQLAdapter
    from dbt.compilation import Linker
    from dbt.plugins.manager import PluginManager
    from dbt_common.behavior_flags import BehaviorFlagRendered
    from dbt_common.clients import agate_helper
    from dbt_common.clients.jinja import MacroFuzzEnvironment
    from dbt_common.events.base_types import BaseEvent
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.logger import _Logger

    from flows.warehouse.refresh.kept import KeptConnections

    # To name a flag's origin in a warning, dbt reads the source of the whole call stack, for each flag of the
    # adapter and at every command: half of what a refresh of a few rows costs where the stack is deep.
    if hasattr(BehaviorFlagRendered, "_default_source"):
        BehaviorFlagRendered._default_source = staticmethod(lambda: "dbt.adapters")  # type: ignore[method-assign]
    _read_late(BaseEvent)
    EventManager.fire_event = _only_heard(EventManager.fire_event)  # type: ignore[method-assign]
    _Logger.write_line = _where_it_is_kept(_Logger.write_line)  # type: ignore[method-assign]
    MacroFuzzEnvironment.compile = _compiled_once(MacroFuzzEnvironment.compile)  # type: ignore[method-assign]
    RelationsCache.get_relations = _by_key(RelationsCache.get_relations)
    BaseAdapter._get_cache_schemas = _one_a_schema(BaseAdapter._get_cache_schemas)
    BaseAdapter._make_match = _of_this_name(BaseAdapter._make_match)
    # A model whose types change is refused (macros/unchanged.sql), so there is nothing to widen, nor to ask for.
    SQLAdapter.expand_column_types = lambda *_: None
    agate_helper.build_type_tester = _made_once(agate_helper.build_type_tester)
    agate_helper.empty_table = cache(agate_helper.empty_table)
    # What a graph looks like is written beside the log, and which packages are installed changes in no process.
    Linker.get_graph_summary = lambda *_: {}
    Linker.find_cycles = _where_there_is_one(Linker.find_cycles)
    PluginManager.get_prefixed_modules = staticmethod(cache(PluginManager.get_prefixed_modules))
    PostgresAdapter.ConnectionManager = KeptConnections


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


def _read_late(event: Any) -> None:
    """Let events make the message that they hold when somebody reads it."""
    make = event.__init__

    def __init__(self: Any, *given: Any, **named: Any) -> None:
        self.__dict__["given"] = (given, named)

    def read(self: Any) -> Any:
        if "message_made" not in self.__dict__:
            given, named = self.__dict__["given"]
            make(self, *given, **named)
        return self.__dict__["message_made"]

    def put(self: Any, message: Any) -> None:
        self.__dict__["message_made"] = message

    event.__init__, event.pb_msg = __init__, property(read, put)


def _where_it_is_kept(write: Any) -> Any:
    """Write a line for loggers that keep it; each looks through the environment for secrets."""
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.logger import _is_print_event, _log_level_map

    def write_line(self: Any, msg: Any) -> None:
        level = _log_level_map[EventLevel.ERROR if _is_print_event(msg) else EventLevel(msg.info.level)]
        if self._python_logger is not None and self._python_logger.isEnabledFor(level):
            write(self, msg)

    return write_line


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


def _by_key(get: Any) -> Any:
    """Relations of a schema, by the keys of the cache: dbt asks each relation for its names, ten times a node."""
    from dbt_common.utils.formatting import lowercase

    def get_relations(self: Any, database: str | None, schema: str | None) -> Any:
        wanted = lowercase(database), lowercase(schema)
        with self.lock:
            found = [kept.inner for key, kept in self.relations.items() if (key.database, key.schema) == wanted]
        return get(self, database, schema) if None in found else found

    return get_relations


def _one_a_schema(get: Any) -> Any:
    """Schemas to look into, from one node of each: dbt makes a relation of each node to read its schema.

    Postgres has no catalogs, which dbt would tell apart, too.
    """

    def _get_cache_schemas(self: Any, relation_configs: Any) -> Any:
        return get(
            self, {(one.database, one.schema, str(one.quoting_dict)): one for one in relation_configs}.values()
        )

    return _get_cache_schemas


def _of_this_name(match: Any) -> Any:
    """Compare in full only relations whose name is the one that is looked for, whatever its case and quotes."""

    def _make_match(self: Any, relations: Any, database: str, schema: str, identifier: str) -> Any:
        mark = self.Relation.quote_character
        name = identifier.lower().strip(mark)
        alike = [one for one in relations if (one.identifier or "").lower().strip(mark) == name]
        return match(self, alike, database, schema, identifier)

    return _make_match


def _made_once(build: Any) -> Any:
    """Make once what tells the types of an answer's columns: it reads twelve calendars, and never changes."""
    made = cache(build)

    def build_type_tester(text_columns: Any, string_null_values: Any = ("null", "")) -> Any:
        return made(frozenset(text_columns), tuple(string_null_values))

    return build_type_tester


def _where_there_is_one(find: Any) -> Any:
    """Look for the cycle of a graph that has one; to know that takes a tenth of the time."""
    from networkx import is_directed_acyclic_graph

    def find_cycles(self: Any) -> Any:
        return None if is_directed_acyclic_graph(self.graph) else find(self)

    return find_cycles
