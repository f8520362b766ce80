"""Locks keep work apart, tell who waits, and end with the one who held them, however it ended."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest

from flows.errors import BusyError
from flows.warehouse.collecting import run_source
from flows.warehouse.database import Connection, connect, locked
from tests.helpers.house import House
from tests.servers.waiting import PATIENCE


@pytest.fixture
def other(empty_warehouse: House) -> Iterator[Connection]:
    """A second connection to the same warehouse."""
    with connect(empty_warehouse.settings) as connection:
        yield connection


def test_a_held_lock_is_refused_at_once_with_what_to_do(empty_warehouse: House, other: Connection) -> None:
    with (
        locked(other, "refresh"),
        pytest.raises(BusyError, match=r"'refresh'; wait for it to end, then run"),
        locked(empty_warehouse.connection, "refresh"),
    ):
        pytest.fail("two hold one lock")


def test_locks_of_other_names_are_free(empty_warehouse: House, other: Connection) -> None:
    with locked(other, "collect a"), locked(empty_warehouse.connection, "collect b"):
        pass


def test_a_lock_is_free_after_use_and_after_an_error(empty_warehouse: House, other: Connection) -> None:
    with pytest.raises(ZeroDivisionError), locked(other, "refresh"):
        raise ZeroDivisionError

    with locked(empty_warehouse.connection, "refresh"):
        pass


def test_who_waits_is_told_once_and_gets_the_lock_when_it_is_free(
    empty_warehouse: House, other: Connection
) -> None:
    told: list[bool] = []
    holding, waited_for = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(other, "refresh"):
            holding.set()
            waited_for.wait()
            time.sleep(0.7)  # some looks more

    def waiting() -> None:
        told.append(True)
        waited_for.set()

    holder = threading.Thread(target=hold)
    holder.start()
    holding.wait()
    with locked(empty_warehouse.connection, "refresh", patience=PATIENCE, waiting=waiting):
        assert not holder.is_alive() or other.info.transaction_status == 0
    holder.join()

    assert told == [True]


def test_patience_ends(empty_warehouse: House, other: Connection) -> None:
    started = time.monotonic()

    with (
        locked(other, "refresh"),
        pytest.raises(BusyError),
        locked(empty_warehouse.connection, "refresh", patience=0.5),
    ):
        pytest.fail("two hold one lock")

    assert time.monotonic() - started >= 0.5


def test_a_lock_ends_with_its_holders_connection(empty_warehouse: House, other: Connection) -> None:
    with pytest.raises(Exception, match=r"closed|terminat|lost"), locked(other, "refresh"):
        empty_warehouse.connection.execute("select pg_terminate_backend(%s)", (other.info.backend_pid,))
        other.execute("select 1")

    with locked(empty_warehouse.connection, "refresh", patience=PATIENCE):
        pass


def test_a_source_that_is_being_collected_is_not_collected_twice(empty_warehouse: House, other: Connection) -> None:
    config = empty_warehouse.config(os.devnull)

    with locked(other, "collect archive"), pytest.raises(BusyError, match="collect archive"):
        run_source(empty_warehouse.connection, config, None)  # type: ignore[arg-type]

    assert empty_warehouse.query("select count(*) from ops.runs") == [(0,)]
