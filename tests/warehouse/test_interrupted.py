"""Work that was cut off is closed as such, and what is told to end says so and keeps what it read."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread
from typing import Any, LiteralString
from uuid import uuid4

import pytest

from flows.records import Cursor, Json, Page
from flows.settings import Settings
from flows.sources.base import SourceConfig, SourceFacts
from flows.warehouse.collecting import run_source
from flows.warehouse.database import Connection, connect, locked
from flows.warehouse.interrupted import close_cut_off, cut_off
from tests.helpers.house import House, message
from tests.servers.waiting import wait_until


def open_run(house: House, source: str, period: tuple[datetime, datetime] | None = None) -> None:
    house.connection.execute(
        "insert into ops.runs (run_id, source, status, period)"
        " values (%s, %s, 'running', tstzrange(%s::timestamptz, %s::timestamptz))"
        if period
        else "insert into ops.runs (run_id, source, status) values (%s, %s, 'running')",
        (uuid4(), source, *(period or ())),
    )


def open_refresh(house: House) -> None:
    house.connection.execute(
        "insert into ops.refreshes (status, is_full, as_of, project_hash, batches)"
        " values ('running', false, now(), '', 0)"
    )


def statuses(house: House) -> dict[str, Any]:
    return dict(
        house.query("select source, status from ops.runs union all select 'marts', status from ops.refreshes")
    )


def test_work_whose_lock_nobody_holds_was_cut_off(empty_warehouse: House) -> None:
    house = empty_warehouse
    spring = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    for source, period in (("dead", None), ("alive", None), ("dead-past", spring), ("alive-past", spring)):
        open_run(house, source, period)
    open_refresh(house)
    name = "collect alive-past 2026-03-01T00:00:00Z/2026-04-01T00:00:00Z"

    with locked(house.connection, "collect alive"), locked(house.connection, name):
        with locked(house.connection, "refresh"):
            assert {work.name.split()[1] for work in cut_off(house.connection)} == {"dead", "dead-past"}
        closed = close_cut_off(house.connection)

    assert len(closed) == 3
    assert statuses(house) == {
        "dead": "interrupted", "dead-past": "interrupted", "alive": "running", "alive-past": "running",
        "marts": "interrupted",
    }  # fmt: skip
    assert len(house.refresh()) == 1  # the next refresh takes over what the one before had claimed


class Told(BaseException):
    """As Prefect's engine raises when its process is told to end."""


class ToldToEnd:
    """A source whose process is told to end while it reads."""

    def facts(self) -> SourceFacts:
        return SourceFacts("diary", "diary", "all")

    def total(self) -> int | None:
        return None

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        yield Page([message("1", "read before", site="diary")], {"next": 2})
        raise Told


def tell_to_end(*_: object, **__: object) -> None:
    raise Told


def test_a_run_that_is_told_to_end_is_interrupted_and_keeps_its_pages(empty_warehouse: House) -> None:
    with pytest.raises(Told):
        run_source(empty_warehouse.connection, SourceConfig(name="diary"), ToldToEnd())

    assert empty_warehouse.query("select status, pages, new from ops.runs") == [("interrupted", 1, 1)]
    assert empty_warehouse.query("select error from ops.runs") == [("told to end (Told)",)]
    assert cut_off(empty_warehouse.connection) == []


def test_a_refresh_that_is_told_to_end_is_interrupted_and_the_next_takes_over_what_it_claimed(
    warehouse: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.load_rows([{"id": "m1", "account": "ann", "posted_at": "2026-11-01T10:00:00Z"}])
    with monkeypatch.context() as patch, pytest.raises(Told):
        patch.setattr("flows.warehouse.refresh.run.build", tell_to_end)
        warehouse.refresh()
    newest = "select status, error from ops.refreshes order by refresh_id desc limit 1"
    assert warehouse.query(newest) == [("interrupted", "told to end (Told)")]

    warehouse.refresh()
    assert warehouse.query("select message_id from marts.fct_messages") == [("archive:m1",)]


@contextmanager
def told_to_end_at(table: LiteralString, config: Settings) -> Iterator[None]:
    """In this block, our process is told to end as soon as a statement of its own waits for a table."""

    def tell(*_: object) -> None:
        raise Told

    def tell_when_it_waits(looking: Connection) -> None:
        try:
            wait_until(lambda: looking.execute("select 1 from pg_locks where not granted").fetchall(), "it waits")
        finally:
            os.kill(os.getpid(), signal.SIGALRM)

    before = signal.signal(signal.SIGALRM, tell)
    try:
        with connect(config) as looking, connect(config) as other, other.transaction():
            other.execute(f"lock table {table} in access exclusive mode")
            watching = Thread(target=tell_when_it_waits, args=(looking,))
            watching.start()
            yield
            watching.join()
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_run_that_is_told_to_end_in_the_middle_of_a_statement_ends(empty_warehouse: House) -> None:
    with told_to_end_at("raw.cursors", empty_warehouse.settings), pytest.raises(Told):
        run_source(empty_warehouse.connection, SourceConfig(name="diary"), ToldToEnd())

    wait_until(lambda: close_cut_off(empty_warehouse.connection), "Postgres sees that the client went")
    assert empty_warehouse.query("select status, pages from ops.runs") == [("interrupted", 0)]


def test_a_refresh_that_is_told_to_end_in_the_middle_of_a_statement_ends(warehouse: House) -> None:
    warehouse.load_rows([{"id": "m1", "account": "ann", "posted_at": "2026-11-01T10:00:00Z"}])
    with told_to_end_at("ops.relations", warehouse.settings), pytest.raises(Told):
        warehouse.refresh()

    wait_until(lambda: close_cut_off(warehouse.connection), "Postgres sees that the client went")
    newest = "select status, error from ops.refreshes order by refresh_id desc limit 1"
    ((status, error),) = warehouse.query(newest)
    assert (status, "cut off" in error) == ("interrupted", True)
    warehouse.refresh()
    assert warehouse.query("select message_id from marts.fct_messages") == [("archive:m1",)]
