"""Work grows with what is new, on every Postgres, whatever the planner believes of a table's size."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jinja2
import psycopg
import pytest
from psycopg import sql

from flows.settings import DBT_PROJECT
from flows.sources.sample.config import SampleConfig
from flows.sources.sample.source import Sample
from flows.warehouse.collecting import run_source
from flows.warehouse.identity.stage import identify
from flows.warehouse.refresh import claims
from flows.warehouse.refresh.stages import STAGES, stage_command
from tests.conftest import MakeHouse
from tests.dbt.conftest import dbt
from tests.helpers.databases import SCRATCH, Server
from tests.helpers.house import NOW, House
from tests.servers.postgres import NONE_HERE, Installed, installed, running

STORED, NEW = 20_000, 10
FIRST_DAY = date(2026, 3, 1)
# Rows that the steps of one model's plan may pass on, put together: a message, or a row that it makes where these
# are more (hours of series are there whether anybody wrote or not).
PER_MESSAGE = 60
# These go through eight windows and two rhythms of each hour: more steps, each of as many rows as there are hours.
PER_HOUR = dict.fromkeys(("int_series_expected", "int_series_spread"), 120)
FROM_SEEDS = {"int_openings_counted"}  # not built of messages
ON_MODEL = re.compile(r"On model\.vigie\.(\w+): (.*?)(?=^\d\d:\d\d:\d\d\.\d+ )", re.M | re.S)
WRITES = re.compile(r"^\s*((?:insert into ops\.touched|delete from) [^;]*)", re.M)
MACROS = DBT_PROJECT / "macros"
# Beside the one that VIGIE_DATABASE_URL names there are no others.
OTHERS = [] if os.environ.get("VIGIE_DATABASE_URL") else installed()
SERVERS = [
    pytest.param(None, id="given"),
    *(pytest.param(server, id=str(server)) for server in OTHERS),
    *([] if installed() else [pytest.param(None, id="system", marks=pytest.mark.skip(reason=NONE_HERE))]),
]


def rows(first: int, count: int) -> list[dict[str, str]]:
    return [
        {
            "id": f"m{i}",
            "account": f"customer{i % 500}",
            "posted_at": f"2026-10-{1 + i % 30:02d}T10:{i % 60:02d}:00+00:00",
            "body": f"message {i} @desk",
        }
        for i in range(first, first + count)
    ]


def test_touched_records_are_found_by_the_raw_key(warehouse: House) -> None:
    warehouse.load_rows(rows(0, STORED))
    warehouse.refresh()
    warehouse.load_rows(rows(STORED, NEW))
    warehouse.connection.execute("analyze raw.files__messages")
    claim = claims.begin(warehouse.connection, NOW)
    assert claim and not claim.is_full
    try:
        dbt(warehouse).run("compile", "--select", "int_messages_latest")
        target = warehouse.settings.home_path / "dbt" / "target" / "compiled"
        query = next(target.rglob("int_messages_latest.sql")).read_text()
        plan = "\n".join(line for (line,) in warehouse.query(f"explain {query}"))
    finally:
        claims.finish(warehouse.connection, claim, {}, "only looked at")

    assert "Index Scan using files__messages_pkey" in plan, plan
    assert "Seq Scan on files__messages" not in plan, plan


@pytest.fixture(params=SERVERS)
def grown(
    request: pytest.FixtureRequest, make_house: MakeHouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A day of a company refreshed, then two months of it at once, not refreshed yet."""
    installed_server: Installed | None = request.param
    with ExitStack() as stack:
        if installed_server is None:
            house = stack.enter_context(make_house(request.getfixturevalue("built")))
        else:
            url = stack.enter_context(running(installed_server))
            other = Server(url, tmp_path_factory.mktemp("home"))
            house = House(other.create(SCRATCH), tmp_path_factory.mktemp("files"))
            stack.callback(house.close)
        _tell(house, days=1)
        house.refresh()
        _tell(house, days=60)
        yield house


def _tell(house: House, days: int) -> None:
    last_day = FIRST_DAY + timedelta(days=days - 1)
    config = SampleConfig(
        name="company", messages=5_000, days=60, from_day=FIRST_DAY, to_day=last_day, page_size=50
    )
    run_source(house.connection, config, Sample(config))


def test_no_plan_compares_each_row_with_each(grown: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_LOG_LEVEL_FILE", "debug")  # hooks are read from the log
    claim = claims.begin(grown.connection, NOW)
    assert claim and not claim.is_full
    session = dbt(grown)
    log = grown.settings.home_path / "dbt" / "logs" / "dbt.log"
    began = log.stat().st_size if log.exists() else 0
    for stage in STAGES:
        session.run(*stage_command(stage, tables_only=True))
        if stage == "words":
            identify(grown.connection, claim, "intermediate")
    for table in grown.tables("raw", "ops", "intermediate", "marts"):
        _believe_one_row(grown, table)
    messages = grown.value("select count(*) from intermediate.int_messages_directed")
    built = {table.partition(".")[2] for table in grown.tables("intermediate", "marts")} - FROM_SEEDS
    compiled = grown.settings.home_path / "dbt" / "target" / "compiled"
    queries = {f.stem: f.read_text() for f in compiled.rglob("models/*/*/*.sql") if f.stem in built}
    assert len(queries) > 15 and messages > 4_000
    of_claim = {"refresh_id": claim.refresh_id, "kind": "message", "stream": "sample__messages"}
    besides = _written(log, began)
    assert "int_account_profiles 1" in besides  # by its hook
    assert sum(query.startswith("delete") for query in besides.values()) > 10
    queries |= besides
    queries["claim"] = _bound(grown, claims.CLAIMED, "sample__messages", of_claim)

    made = {table.partition(".")[2]: table for table in grown.tables("intermediate", "marts")}
    counts = {
        name: max(messages, grown.value(f"select count(*) from {made[name]}") if name in made else 0)
        for name in queries
    }
    passed = {name: _rows_passed(_plan(grown, query)) / counts[name] for name, query in queries.items()}

    print({name: round(n, 1) for name, n in passed.items()})
    assert {name: n for name, n in passed.items() if n > PER_HOUR.get(name, PER_MESSAGE)} == {}


def _written(log: Path, began: int) -> dict[str, str]:
    """What models ran besides their queries: keys handed on, rows of touched keys deleted; by model and number.

    Not what reads rows that they had just made, a temporary table that is gone: as many as the query gave.
    """
    with log.open(encoding="utf-8") as handle:
        handle.seek(began if log.stat().st_size >= began else 0)  # dbt begins another one when it is large
        said = handle.read()
    found: dict[str, list[str]] = {}
    for model, text in ON_MODEL.findall(said):
        found.setdefault(model, []).extend(q.strip() for q in WRITES.findall(text) if "__dbt_tmp" not in q)
    return {f"{model} {n}": query for model, queries in found.items() for n, query in enumerate(queries, 1)}


def _believe_one_row(house: House, table: str) -> None:
    """Let the planner's statistics of a table be those of its first row."""
    name = sql.Identifier(*table.split("."))
    with house.connection.transaction():
        for statement in (
            "alter table {} set (autovacuum_enabled = false)",
            "create temporary table all_rows as select * from {}",
            "truncate {}",
            "insert into {} overriding system value select * from all_rows limit 1",
            "analyze {}",
            "insert into {} overriding system value select * from all_rows offset 1",
        ):
            house.connection.execute(sql.SQL(statement).format(name))
        house.connection.execute("drop table all_rows")


def _bound(house: House, query: str, stream: str, values: dict[str, Any]) -> str:
    """A query of ours with its values in it."""
    text = sql.SQL(query + " on conflict do nothing").format(stream=sql.Identifier("raw", stream))
    return psycopg.ClientCursor(house.connection).mogrify(text, values)


def _plan(house: House, query: str) -> dict[str, Any]:
    """The plan of a model as a refresh has it planned, with what each step really did."""
    # A macro is an attribute of its module at run time alone.
    settings = jinja2.Template((MACROS / "planned.sql").read_text()).module.planned()  # type: ignore[attr-defined]
    with house.connection.transaction(force_rollback=True):
        house.connection.execute(settings.encode())
        house.connection.execute("set local statement_timeout = '5min'")  # a plan that hangs fails
        ((found,),) = house.query(f"explain (analyze, timing off, format json) {query}")
    plan = found if isinstance(found, list) else json.loads(found)
    return dict(plan[0]["Plan"])


def _rows_passed(step: dict[str, Any]) -> float:
    """Rows that a step and those below it gave or threw away, over all times that they ran."""
    given = step["Actual Rows"] + sum(n for key, n in step.items() if key.startswith("Rows Removed by"))
    return float(given) * step["Actual Loops"] + sum(map(_rows_passed, step.get("Plans", [])))
