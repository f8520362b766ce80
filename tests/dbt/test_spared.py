"""What dbt is spared changes nothing that anybody reads: the log, the nodes that ended, the SQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dbt_common.clients.jinja import get_template

from flows.errors import RefreshError
from flows.warehouse.database import warehouse_url
from flows.warehouse.refresh.dbt import Dbt
from flows.warehouse.refresh.stages import stage_command
from tests.dbt.conftest import dbt
from tests.helpers.house import House

ONE = ("run", "--select", "stg_messages")


def _log_of(house: House) -> Path:
    return house.settings.home_path / "dbt" / "logs" / "dbt.log"


@pytest.mark.parametrize(("level", "is_written"), [("info", False), ("debug", True)])
def test_every_statement_is_written_down_where_that_is_asked_for(
    demo: House, monkeypatch: pytest.MonkeyPatch, level: str, is_written: bool
) -> None:
    monkeypatch.setenv("DBT_LOG_LEVEL_FILE", level)
    session = dbt(demo)
    log = _log_of(demo)
    before = len(log.read_text()) if log.exists() else 0
    session.run(*ONE)
    written = log.read_text()[before:] if log.exists() else ""
    assert ("create view" in written) == is_written


def test_a_node_that_ends_is_heard_though_nothing_is_written(demo: House) -> None:
    heard: list[str] = []
    Dbt(demo.settings, warehouse_url(demo.settings), lambda name, *_: heard.append(name)).run(*ONE)
    assert heard == ["stg_messages"]


def test_a_failure_still_names_its_reason(demo: House) -> None:
    with pytest.raises(RefreshError, match="dbt run"):
        dbt(demo).run("run", "--no-such-option")


def test_a_template_seen_before_reads_the_values_of_now(demo: House) -> None:
    dbt(demo)
    text = "{% set a = b + 1 %}{{ a }}"
    assert [get_template(text, {}).render({"b": b}) for b in (1, 2)] == ["2", "3"]
    with pytest.raises(Exception, match="unexpected"):
        get_template("{{ } }}", {})


def test_nodes_share_a_connection_and_leave_nothing_in_it(demo: House, monkeypatch: pytest.MonkeyPatch) -> None:
    session = dbt(demo)
    from dbt.adapters.postgres import connections

    opened: list[Any] = []
    left: list[int] = []
    connect, set_name = connections.psycopg2.connect, connections.PostgresConnectionManager.set_connection_name

    def counted(*given: Any, **named: Any) -> Any:
        opened.append(connect(*given, **named))
        return opened[-1]

    def looked_into(self: Any, name: str | None = None) -> Any:
        connection = set_name(self, name)
        if connection.state == "open":
            with connection.handle.cursor() as cursor:
                cursor.execute("select count(*) from pg_class where relnamespace = pg_my_temp_schema()")
                left.extend(cursor.fetchone())
        return connection

    monkeypatch.setattr(connections.psycopg2, "connect", counted)
    monkeypatch.setattr(connections.PostgresConnectionManager, "set_connection_name", looked_into)
    built = session.run(*stage_command("words", tables_only=True))

    assert len(built.seconds) > 10
    assert len(opened) < 8  # of two threads, and of those that look for what is there
    assert len(left) > 8 and set(left) == {0}
    assert all(handle.closed for handle in opened)
