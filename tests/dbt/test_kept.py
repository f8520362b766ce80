"""A connection that one of dbt's nodes leaves is as good as new to the next, and closed once its command ended."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest
from dbt.adapters.postgres.connections import PostgresCredentials

from flows.warehouse.database import SESSION, server_parameters, warehouse_url
from flows.warehouse.refresh.kept import KeptConnections
from tests.dbt.conftest import dbt
from tests.helpers.house import House

# A transaction that nobody ends, and what a session keeps beyond one.
LEFT = """
    set work_mem = '77MB'; set search_path = public; create temporary table left_behind (x int);
    select pg_advisory_lock(77); commit; begin; create table staging.half_made (x int)
"""


@pytest.fixture
def manager(demo: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeptConnections]:
    monkeypatch.setenv("PGOPTIONS", SESSION)
    place = server_parameters(warehouse_url(demo.settings))
    credentials = PostgresCredentials(
        host=place["host"], port=int(place["port"]), user=place["user"], password=place["password"],
        database=place["dbname"], schema="marts",
    )  # fmt: skip
    made = KeptConnections(SimpleNamespace(credentials=credentials), multiprocessing.get_context("spawn"))
    yield made
    made.cleanup_all()


def ask(manager: KeptConnections, question: str, node: str = "a node") -> Any:
    """Answer of a node of its own, which ends with it."""
    with manager.set_connection_name(node).handle.cursor() as cursor:
        cursor.execute(question)
        answer = cursor.fetchone() if cursor.description else None
    manager.release()
    return answer and answer[0]


def test_the_next_node_takes_the_connection_and_finds_nothing_of_the_one_before(manager: KeptConnections) -> None:
    first = ask(manager, "select pg_backend_pid()")
    settings = (
        "select current_setting('work_mem') || current_setting('search_path') || current_setting('DateStyle')"
    )
    before = ask(manager, settings)

    ask(manager, LEFT)

    assert ask(manager, "select pg_backend_pid()") == first
    assert ask(manager, settings) == before
    assert ask(manager, "select to_regclass('left_behind')") is None
    assert ask(manager, "select to_regclass('staging.half_made')") is None
    assert ask(manager, "select count(*) from pg_locks where locktype = 'advisory'") == 0


def test_a_connection_that_the_server_ended_is_not_taken(manager: KeptConnections, demo: House) -> None:
    first = ask(manager, "select pg_backend_pid()")
    demo.query("select pg_terminate_backend(%s, 10000)", first)
    assert ask(manager, "select pg_backend_pid()") != first


def test_who_speaks_for_another_role_has_a_connection_of_its_own(manager: KeptConnections) -> None:
    manager.profile.credentials.role = manager.profile.credentials.user
    assert ask(manager, "select pg_backend_pid()") != ask(manager, "select pg_backend_pid()")


def test_a_command_opens_as_many_as_run_at_once_and_leaves_none(
    demo: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    connect = psycopg2.connect
    monkeypatch.setattr(psycopg2, "connect", lambda **given: opened.append(connect(**given)) or opened[-1])

    done = dbt(demo).run("run", "--select", "staging")

    assert len(done.seconds) > len(opened) > 0
    assert len(opened) <= 2 * demo.settings.dbt_threads
    assert all(one.closed for one in opened)
