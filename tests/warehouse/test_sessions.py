"""What every session of ours begins with: names are looked for where we alone make some, the dead are noticed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from app.shared.pool import READ_ONLY
from flows.sources.examples import DEMO
from flows.warehouse.database import connect, connect_read_only
from flows.warehouse.migrate import latest_version
from flows.warehouse.ownership import read_ground
from flows.warehouse.roles import ANALYST, APP, grant
from tests.helpers.databases import SCRATCH, Server, url_of
from tests.helpers.house import House

# Postgres prefers them to its own, of anyarray, which the models and a migration use.
TRAP = """
    create schema {schema};
    grant usage on schema {schema} to public;
    create function {schema}.taken(text[], text[]) returns boolean language plpgsql as
        $$ begin raise exception 'an analyst''s code ran as %', current_user; end $$;
    create operator {schema}.&& (leftarg = text[], rightarg = text[], function = {schema}.taken);
    create function {schema}.taken_too(text[], text[]) returns text[] language plpgsql as
        $$ begin raise exception 'an analyst''s code ran as %', current_user; end $$;
    create operator {schema}.|| (leftarg = text[], rightarg = text[], function = {schema}.taken_too)
"""
ASKED = "select '{a}'::text[] && '{a,b}'::text[]"


def _set_trap(connection: psycopg.Connection[Any], schema: str) -> None:
    connection.execute(TRAP.replace("{schema}", sql.Identifier(schema).as_string(connection)).encode())


@pytest.fixture(autouse=True)
def _without_what_dbt_hands_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh in this process leaves it for dbt's sessions, and any other would take it for its own."""
    monkeypatch.delenv("PGOPTIONS", raising=False)


@pytest.fixture
def analyst(warehouse: House, server: Server) -> Iterator[psycopg.Connection[Any]]:
    grant(warehouse.connection)  # a database made from a template has none of its template's own grants
    with server.connect_as(ANALYST) as connection:
        yield connection


@pytest.mark.parametrize("full", [False, True], ids=["incremental", "full"])
def test_a_refresh_runs_nothing_of_an_analysts(
    warehouse: House, analyst: psycopg.Connection[Any], full: bool
) -> None:
    _set_trap(analyst, warehouse.connection.info.user)
    warehouse.load(DEMO, name="tilleul", answerable="addressed")

    warehouse.refresh(full=full)

    assert warehouse.value("select count(*) from marts.fct_messages") == 451


def test_neither_do_the_other_sessions_of_the_pipeline(warehouse: House, analyst: psycopg.Connection[Any]) -> None:
    _set_trap(analyst, warehouse.connection.info.user)

    with connect_read_only(warehouse.settings) as connection:
        assert connection.execute(ASKED).fetchone() == (True,)


def test_neither_do_the_migrations(server: Server) -> None:
    settings = server.create(SCRATCH)
    url = url_of(server.url, SCRATCH)
    with psycopg.connect(url, autocommit=True) as connection:  # what stands there before anybody was granted more
        _set_trap(connection, connection.info.user)

    connect(settings).close()

    with connect(settings) as connection:
        assert read_ground(connection).version == latest_version()


def test_the_app_runs_nothing_of_an_analysts(
    warehouse: House, analyst: psycopg.Connection[Any], server: Server
) -> None:
    url = server.url_as(APP, warehouse.connection.info.dbname)
    if url is None:
        pytest.skip("VIGIE_DATABASE_URL names a server whose roles' passwords are not ours to know")
    _set_trap(analyst, APP)

    with psycopg.connect(url, options=READ_ONLY) as connection:
        assert connection.execute(ASKED).fetchone() == (True,)


def test_a_machine_that_lost_its_power_is_noticed(warehouse: House) -> None:
    """What a session over TCP is given; one over a socket of this machine's needs none, and shows 0."""
    given = dict(warehouse.query("select name, reset_val from pg_settings where name like 'tcp\\_keepalives%'"))

    idle, interval, count = (int(given[f"tcp_keepalives_{what}"]) for what in ("idle", "interval", "count"))
    assert 0 < idle + interval * count <= 60
