"""A refresh claims pages, never a time: nothing that commits late, fails or is due is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from uuid import uuid4

import pytest

from flows.errors import RefreshError
from flows.records import Page
from flows.settings import PROJECT
from flows.warehouse.database import connect, locked
from flows.warehouse.load import write_page
from flows.warehouse.refresh import run
from flows.warehouse.refresh.run import pending, refresh
from tests.helpers.databases import SCRATCH, Server, url_of
from tests.helpers.house import NOW, House, message

NOTHING = """
import sys
from flows.warehouse.refresh.run import refresh
assert refresh() == [], "there was something to do"
assert not [name for name in sys.modules if name.split(".")[0] in ("dbt", "prefect", "pandas")]
"""


def messages(house: House) -> list[str]:
    return [key for (key,) in house.query("select message_id from marts.fct_messages order by 1")]


@pytest.fixture
def house(warehouse: House) -> House:
    """A warehouse that knows a source and one message of it, unrefreshed."""
    warehouse.load_rows([{"id": "m1", "account": "ann", "posted_at": "2026-11-01T10:00:00Z"}])
    return warehouse


def test_a_page_that_commits_during_a_refresh_is_claimed_by_the_next(house: House) -> None:
    # Given a page that is open while a refresh comes and goes
    with connect(house.settings) as late, late.transaction():
        write_page(late, "archive", uuid4(), 1, Page([message("m2")], {}))
        house.load_rows([{"id": "m3", "account": "bob", "posted_at": "2026-11-01T10:00:00Z"}], name="elsewhere")
        house.refresh()
        assert messages(house) == ["archive:m1", "elsewhere:m3"]

    # When it commits, with an earlier number and time than what was refreshed
    house.refresh()

    # Then it is there
    assert messages(house) == ["archive:m1", "archive:m2", "elsewhere:m3"]
    assert pending(house.connection) == 0


def test_a_page_that_arrives_while_a_refresh_runs_is_refreshed_before_it_ends(house, monkeypatch) -> None:
    real, arrived = run.claims.finish, []

    def finish(*given) -> None:
        if not arrived:
            arrived.append(house.write([message("m2")]))
        real(*given)

    monkeypatch.setattr(run.claims, "finish", finish)

    assert len(house.refresh()) == 2
    assert messages(house) == ["archive:m1", "archive:m2"]


def test_a_refresh_that_fails_leaves_its_claims_and_keys_to_the_next(house: House) -> None:
    # Given a model that cannot be written
    house.connection.execute("alter table marts.fct_waits rename column wait_id to spoilt")

    # When the refresh fails, in the middle, and something else arrives
    with pytest.raises(RefreshError, match="fct_waits"):
        house.refresh()
    house.write([message("m2")])
    house.connection.execute("alter table marts.fct_waits rename column spoilt to wait_id")
    report = house.refresh()[0]

    # Then the next one does both
    assert (report.is_full, report.batches) == (False, 2)
    assert house.query("select status from ops.refreshes order by refresh_id desc limit 2") == [
        ("done",), ("abandoned",)
    ]  # fmt: skip
    assert messages(house) == ["archive:m1", "archive:m2"]
    house.assert_equals_rebuild()


def test_a_stage_alone_leaves_the_claim_to_the_next_refresh(house: House) -> None:
    # Given what a refresh built, and something new
    house.refresh()
    house.write([message("m2")])

    # When one stage alone is built
    (report,) = refresh(house.settings, as_of=NOW, only="words")

    # Then no other was, and the next refresh builds every one
    assert "int_messages_latest" in report.nodes and "fct_messages" not in report.nodes
    assert house.value("select count(*) from intermediate.int_messages_latest") == 2
    assert messages(house) == ["archive:m1"]
    assert house.refresh()[0].batches == 1
    assert messages(house) == ["archive:m1", "archive:m2"]
    house.assert_equals_rebuild()


def test_a_stage_that_is_none_or_cannot_be_built_alone_is_refused(house: House) -> None:
    with pytest.raises(RefreshError, match="words, understand, identify, figures"):
        refresh(house.settings, only="letters")
    with pytest.raises(RefreshError, match="not words alone"):
        refresh(house.settings, full=True, only="words")
    assert house.refresh()[0].is_full


def test_a_refresh_that_was_cut_off_is_taken_over(house: House) -> None:
    house.connection.execute(
        "insert into ops.refreshes (status, is_full, as_of, project_hash, batches)"
        " values ('running', false, now(), '', 1)"
    )
    house.connection.execute(
        "update raw.batches set refresh_id = (select max(refresh_id) from ops.refreshes) where refresh_id is null"
    )

    assert house.refresh()[0].batches == 1
    assert messages(house) == ["archive:m1"]


def test_a_full_refresh_that_was_cut_off_is_full_again(house: House) -> None:
    house.connection.execute(
        "insert into ops.refreshes (status, is_full, as_of, project_hash, batches)"
        " values ('running', true, now(), '', 0)"
    )

    assert house.refresh()[0].is_full


def test_the_first_refresh_builds_everything(empty_warehouse: House) -> None:
    empty_warehouse.load_rows([{"id": "m1", "account": "ann", "posted_at": "2026-11-01T10:00:00Z"}])

    reports = empty_warehouse.refresh()

    assert [report.is_full for report in reports] == [True]
    assert messages(empty_warehouse) == ["archive:m1"]


def test_a_changed_project_builds_everything_again(house: House) -> None:
    house.refresh()
    house.connection.execute("update ops.refreshes set project_hash = 'of another day'")

    assert [report.is_full for report in house.refresh()] == [True]
    assert house.refresh() == []


def test_a_promise_that_falls_due_is_judged_though_nothing_arrived(house: House) -> None:
    # Given a wait that is younger than its promise
    asked = NOW - timedelta(minutes=10)
    house.load_rows([{"id": "m2", "account": "bob", "posted_at": asked.isoformat(), "role": "customer"}])
    verdict = "select promise_kept from marts.fct_waits where opening_message_id = 'archive:m2'"
    due = "select kpi, n from marts.kpi_channel_daily where day = %s and kpi in ('promises_due', 'promises_kept')"
    house.refresh()
    assert house.query(verdict) == [(None,)]
    assert house.query(due, NOW.date()) == []

    # When a refresh runs before and after the promise falls due
    assert house.refresh(as_of=NOW + timedelta(minutes=19)) == []
    assert len(house.refresh(as_of=NOW + timedelta(minutes=20))) == 1

    # Then it is broken, and the day says so
    assert house.query(verdict) == [(False,)]
    assert house.query(due, NOW.date()) == [("promises_due", 1)]
    assert house.refresh(as_of=NOW + timedelta(minutes=21)) == []
    house.as_of = NOW + timedelta(minutes=20)
    house.assert_equals_rebuild()


def test_nothing_to_do_returns_before_dbt_is_imported(house: House, server: Server) -> None:
    house.refresh()
    environment = os.environ | {"VIGIE_DATABASE_URL": url_of(server.url, SCRATCH), "VIGIE_HOME": str(server.home)}

    done = subprocess.run(
        [sys.executable, "-c", NOTHING], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_two_refreshes_take_turns(house: House) -> None:
    waited: list[bool] = []

    class Stop(Exception):
        pass

    def waiting() -> None:
        waited.append(True)
        raise Stop

    with connect(house.settings) as other, locked(other, run.LOCK), pytest.raises(Stop):
        refresh(house.settings, waiting=waiting)

    assert waited == [True]
    assert pending(house.connection) == 1
