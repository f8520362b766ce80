"""What stands in the way is said in words a person can act on, never as a traceback."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.shared import memory, pool
from flows.errors import SettingError
from flows.settings import PROJECT, settings
from tests.app.conftest import Place, _forget, _run, opened, tiles


def start() -> AppTest:
    app = AppTest.from_file(str(PROJECT / "app" / "main.py"), default_timeout=60).run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return " ".join([*(part.value for part in app.html), *(part.value for part in app.error)])


def test_a_warehouse_without_marts_tells_to_refresh(bare: str) -> None:
    shown = words(start())
    assert "The warehouse has no marts yet" in shown
    assert "vigie refresh" in shown


def test_marts_without_messages_tell_to_collect(bare: str) -> None:
    with psycopg.connect(bare, autocommit=True) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.kpi_channel_daily (day date, channel text)")
    assert "The warehouse has no messages yet" in words(start())


def test_a_warehouse_that_is_down_is_said_to_be(
    served: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("VIGIE_DATABASE_URL", f"postgresql://nobody@/nothing?host={tmp_path}")
    monkeypatch.setattr(pool, "PATIENCE", 0.3)
    _forget()
    shown = words(start())
    assert "the warehouse does not answer" in shown
    assert "vigie up" in shown


AWAY = "The warehouse is away for a moment: figures of "


def warnings(app: AppTest) -> str:
    return " ".join(part.value for part in app.warning)


@pytest.mark.parametrize("page", ["overview", "conversations", "customers", "sources"])
def test_marts_that_are_gone_for_a_moment_leave_the_last_rows(served: Place, page: str) -> None:
    before = opened(page, anew=True)
    assert AWAY not in warnings(before)
    _run(served.url, "alter schema marts rename to away")
    try:
        st.cache_data.clear()  # a minute has passed
        meanwhile = opened(page, anew=True)
    finally:
        _run(served.url, "alter schema away rename to marts")
    st.cache_data.clear()
    after = opened(page, anew=True)

    assert AWAY in warnings(meanwhile)
    assert words(meanwhile) == words(before)
    assert AWAY not in warnings(after)


def test_a_server_that_is_away_leaves_the_last_rows_for_an_hour(
    served: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    before = tiles(start())
    monkeypatch.setattr(pool, "PATIENCE", 0.3)
    monkeypatch.setenv("VIGIE_DATABASE_URL", f"postgresql://nobody@/nothing?host={tmp_path}")
    settings.cache_clear()
    pool.pool.clear()
    st.cache_data.clear()

    meanwhile = start()
    monkeypatch.setattr(memory, "KEPT", timedelta(0))
    later = start()

    assert tiles(meanwhile) == before
    assert AWAY in warnings(meanwhile)
    assert "the warehouse does not answer" in words(later)


def test_a_page_that_sorts_its_rows_changes_no_memory(served: Place) -> None:
    is_away = False

    @memory.kept
    def numbers() -> list[int]:
        if is_away:
            raise SettingError("away") from psycopg.errors.UndefinedTable()
        return [3, 1, 2]

    numbers().sort()
    is_away = True
    numbers().sort()

    assert numbers() == [3, 1, 2]


def test_the_app_can_write_nothing(served: Place) -> None:
    with (
        pool.pool().connection() as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("create table marts.mine (id int)")
