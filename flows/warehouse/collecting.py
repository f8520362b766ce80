"""Run one source into the warehouse: its lock, its run row, and page after page until it has no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from uuid import UUID, uuid4

import orjson
from psycopg.types.json import Jsonb
from psycopg.types.range import Range

from flows.errors import SourceError, reason
from flows.records import LAYOUT_CHANGED, Cursor, Json, Page
from flows.records.policy import storable
from flows.sources.base import BackFills, Compares, LooksBack, Period, Source, SourceConfig
from flows.warehouse.database import Connection, close_if_busy, locked
from flows.warehouse.known import known_ids, latest_payload
from flows.warehouse.load import Counts, write_page
from flows.warehouse.preview import Preview


@dataclass(slots=True)
class RunReport:
    """What a run of a source did; `counts` are records.

    `gaps` say what it could not reach, `layouts` which pages no longer look as they did, `notes` what a person
    should know though nothing is lost.
    """

    run_id: UUID
    source: str
    pages: int
    counts: Counts
    gaps: list[str] = field(default_factory=list)
    layouts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, page: Page, counts: Counts) -> None:
        """Count a page that was committed."""
        self.pages += 1
        self.counts.add(counts)
        self.gaps += [page.gap] if page.gap else []
        self.notes += page.notes
        self.layouts += [f"{r.locator}: {r.detail}" for r in page.rejects if r.reason == LAYOUT_CHANGED]


OnPage = Callable[[Page, Counts], None]


def run_source(
    connection: Connection,
    config: SourceConfig,
    source: Source,
    *,
    flow_run: str | None = None,
    on_page: OnPage | None = None,
    period: Period | None = None,
) -> RunReport:
    """Collect everything that `source` has beyond its cursor, or in a period of the past; a transaction a page.

    A period has its own lock, cursor and states, so that a back-fill goes on where it stopped and leaves the
    live run alone. `on_page` is told of every page once it is committed. Raises BusyError when this source (or
    this period of it) is being collected already, SourceError when it cannot be read; the run is then kept as
    failed, with the reason, or as interrupted when it was told to end.
    """
    position = position_of(config.name, period)
    with locked(connection, f"collect {position}"):
        _register(connection, config, source)
        run = RunReport(uuid4(), config.name, 0, Counts())
        _open_run(connection, run, flow_run, period)
        try:
            _introduce(connection, config, source)
            pages = _pages(source, period, *_position(connection, position))
            for page in (storable(page, config.policy) for page in pages):
                counts = write_page(connection, config.name, run.run_id, run.pages + 1, page, position=position)
                run.add(page, counts)
                if on_page:
                    on_page(page, counts)
        except BaseException as error:
            status = "failed" if isinstance(error, Exception) else "interrupted"  # told to end, nothing is wrong
            _close_run(connection, run, status, reason(error))
            raise
        _close_run(connection, run, "rejects" if run.counts.rejected else "done")
        return run


def preview_source(connection: Connection | None, config: SourceConfig, source: Source, on_page: OnPage) -> Counts:
    """Count what a run of `source` would do, and write nothing. No connection: there is no warehouse yet."""
    counts, preview = Counts(), Preview(connection)
    if connection:
        _introduce(connection, config, source)
    position: tuple[Cursor | None, dict[str, Json]] = (None, {})
    if connection:
        position = _position(connection, config.name)
    for page in source.pages(*position):
        would = preview.count(storable(page, config.policy))
        counts.add(would)
        on_page(page, would)
    return counts


def _introduce(connection: Connection, config: SourceConfig, source: Source) -> None:
    """Let a source ask what is stored, as far as its kind has to know."""
    if isinstance(source, LooksBack):
        source.look_back(partial(known_ids, connection, config.name))
    if isinstance(source, Compares):
        source.compare(partial(latest_payload, connection))


def record_failure(
    connection: Connection, source: str, flow_run: str, error: str, *, is_interrupted: bool = False
) -> None:
    """Keep a flow run that ended before `run_source` had a row of it, so that it is seen where all runs are.

    One that ended because the source is being read is left out: the run that reads it says how that goes.
    """
    connection.execute(
        "insert into ops.runs (run_id, source, flow_run, status, finished_at, error)"
        " select %(run_id)s, %(source)s, %(flow_run)s, %(status)s, clock_timestamp(), %(error)s where not exists"
        " (select from ops.runs where flow_run = %(flow_run)s or (source = %(source)s and status = 'running'))",
        {
            "run_id": uuid4(),
            "source": source,
            "flow_run": flow_run,
            "status": "interrupted" if is_interrupted else "failed",
            "error": error[:2000],
        },
    )


def position_of(source: str, period: Period | None) -> str:
    """Name of what has a cursor, states and a lock of its own: a source, or a period of its past."""
    return f"{source} {period}" if period else source


def _pages(source: Source, period: Period | None, cursor: Cursor | None, state: dict[str, Json]) -> Iterator[Page]:
    if period is None:
        return source.pages(cursor, state)
    if not isinstance(source, BackFills):
        raise SourceError(f"a source of type {source.facts().type} has no way to read a period of the past")
    return source.back_fill(period, cursor, state)


def _register(connection: Connection, config: SourceConfig, source: Source) -> None:
    """Keep the source's configuration; where its policy changed, a batch makes its messages be read again.

    What brings no messages (statuses, ratings, customers) says nothing of which messages wait for an answer.
    """
    facts = source.facts()
    policy = config.policy.model_dump(mode="json", exclude_defaults=True)
    with connection.transaction():
        before = connection.execute(
            "select answerable, owned, brand_id, policy from ops.sources where source = %s for update",
            (config.name,),
        ).fetchone()
        waits: tuple[object, ...] = (facts.answerable or "intent", config.owned, config.brand_id)
        if before and facts.answerable is None:
            waits = before[:3]
        connection.execute(
            "insert into ops.sources"
            " (source, answerable, owned, brand_id, type, site, panel, owner, policy, config)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (source) do update set"
            " answerable = excluded.answerable, owned = excluded.owned, brand_id = excluded.brand_id,"
            " type = excluded.type, site = excluded.site, panel = excluded.panel,"
            " owner = excluded.owner, policy = excluded.policy, config = excluded.config,"
            " last_run_at = clock_timestamp()",
            (
                config.name, *waits, facts.type, facts.site, config.panel, config.owner,
                Jsonb(policy, orjson.dumps), Jsonb(config.model_dump(mode="json"), orjson.dumps),
            ),
        )  # fmt: skip
        if before and before != (*waits, policy):
            connection.execute(
                "insert into raw.batches (source, run_id, page, policy_changed, touches)"
                " values (%s, %s, 0, true, true)",
                (config.name, uuid4()),
            )


def _position(connection: Connection, source: str) -> tuple[Cursor | None, dict[str, Json]]:
    """Read the cursor and states; a live run sees its back-fills' states, too, under `<period> <key>`."""
    row = connection.execute("select cursor from raw.cursors where source = %s", (source,)).fetchone()
    states = connection.execute(
        "select ltrim(substr(source, length(%(source)s) + 1) || ' ' || key), value from raw.states"
        " where source = %(source)s or starts_with(source, %(source)s || ' ')",
        {"source": source},
    ).fetchall()
    return (row[0] if row else None), dict(states)


def _open_run(connection: Connection, run: RunReport, flow_run: str | None, period: Period | None) -> None:
    """Start the run's row. We hold the lock of the source or period, so a run of it still open was cut off."""
    span = Range(period.since, period.until) if period else None
    with connection.transaction():
        connection.execute(
            "update ops.runs set status = 'interrupted', finished_at = clock_timestamp()"
            " where source = %s and status = 'running' and period is not distinct from %s::tstzrange",
            (run.source, span),
        )
        connection.execute(
            "insert into ops.runs (run_id, source, flow_run, status, period) values (%s, %s, %s, 'running', %s)",
            (run.run_id, run.source, flow_run, span),
        )


def _close_run(connection: Connection, run: RunReport, status: str, error: str | None = None) -> None:
    values = asdict(run.counts) | {
        "run_id": run.run_id, "status": status, "pages": run.pages, "error": error and error[:2000],
    }  # fmt: skip
    close_if_busy(connection)
    if not connection.closed:  # else flows.warehouse.interrupted closes the run
        connection.execute(
            "update ops.runs set status = %(status)s, finished_at = clock_timestamp(), pages = %(pages)s,"
            " read = %(read)s, new = %(new)s, changed = %(changed)s, unchanged = %(unchanged)s,"
            " repaired = %(repaired)s, rejected = %(rejected)s, error = %(error)s where run_id = %(run_id)s",
            values,
        )
