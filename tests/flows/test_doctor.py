"""What `vigie doctor` says of things as they stand, and what it tells a person to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from flows.doctor import Finding, examine
from flows.errors import SettingError
from flows.processes import STACK_VARIABLE, only_one
from flows.settings import Settings
from flows.unrecorded import KNOWN
from flows.warehouse.database import connect, connect_read_only
from flows.warehouse.roles import ANALYST, grant
from flows.warehouse.status import status
from tests.helpers.databases import SCRATCH, Server
from tests.helpers.house import House


def checked(config: Settings, name: str) -> Finding:
    return next(finding for finding in examine(config) if finding.name == name)


def test_a_source_that_failed_is_named_in_what_to_do_and_one_with_rejects_is_told(empty_warehouse: House) -> None:
    house = empty_warehouse
    house.load_rows([{"id": "1", "account": "ann", "posted_at": "no date"}], name="scrawl")
    house.load_rows([{"id": "1", "account": "ann", "posted_at": "2026-11-01T10:00:00Z"}], name="neat")
    found = checked(house.settings, "sources")
    assert (found.is_well, found.seen) == (True, "2, none failed; the last run of scrawl with 1 rejected")

    house.connection.execute(
        "insert into ops.runs (run_id, source, status, error) values"
        " (gen_random_uuid(), 'press', 'failed', 'it answered 503'),"
        " (gen_random_uuid(), 'neat', 'interrupted', null)"
    )
    found = checked(house.settings, "sources")
    assert (found.is_well, found.seen) == (False, "neat interrupted; press failed it answered 503")
    assert found.advice == "`vigie import` neat again, `vigie collect press`"


def test_what_is_no_view_cannot_follow_and_is_told_beforehand(warehouse: House) -> None:
    assert checked(warehouse.settings, "others' views").is_well
    warehouse.connection.execute("create schema ann; create view ann.waits as select * from marts.fct_waits")
    assert checked(warehouse.settings, "others' views").is_well
    warehouse.connection.execute("create materialized view ann.kept as select * from marts.fct_waits")

    found = checked(warehouse.settings, "others' views")

    assert not found.is_well
    assert found.seen.startswith("materialized view ann.kept: no view")
    assert "ann.waits" not in found.seen


def test_a_database_before_its_first_warehouse_is_not_said_to_be_shared(server: Server) -> None:
    bare = server.create(SCRATCH)
    try:
        assert checked(bare, "database") == Finding("database", True, f"{SCRATCH}, without a warehouse yet")
    finally:
        server.drop(SCRATCH)


def test_another_role_than_the_pipelines_is_told_which_it_must_be(warehouse: House, server: Server) -> None:
    grant(warehouse.connection)
    url = server.url_as(ANALYST)
    if url is None:
        pytest.skip("VIGIE_DATABASE_URL names a server whose analyst's password is not ours to know")
    config = Settings(home=server.home, database_url=SecretStr(url))
    said = r"^vigie_analyst may not .* must name the pipeline's role"
    with pytest.raises(SettingError, match=said):
        connect(config)
    with connect_read_only(config) as connection, pytest.raises(SettingError, match=said):
        status(connection)


def test_what_a_killed_vigie_up_left_running_is_told(empty_warehouse: House, tmp_path: Path) -> None:
    config = empty_warehouse.settings.model_copy(update={"home": tmp_path / "home"})
    assert checked(config, "vigie up").is_well
    command = [sys.executable, "-c", "import time; print(flush=True); time.sleep(300)"]
    environment = os.environ | {STACK_VARIABLE: str(config.home_path)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    try:
        assert process.stdout
        process.stdout.readline()
        found = checked(config, "vigie up")
        assert (found.is_well, found.seen) == (False, "1 processes of one that was killed run on")
        assert "`vigie up` ends them" in found.advice
        with only_one(config.home_path / "up.pid"):
            assert checked(config, "vigie up").is_well
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("became", "is_known"), [("failed", True), ("interrupted", True), ("abandoned", True), ("done", False)]
)
def test_a_refresh_that_was_killed_is_known_when_the_next_has_taken_it_over(
    empty_warehouse: House, became: str, is_known: bool
) -> None:
    began, ended = "2026-11-02T10:00:00Z", "2026-11-02T10:01:00Z"
    empty_warehouse.connection.execute(
        "insert into ops.refreshes (as_of, started_at, status, is_full, project_hash, batches)"
        " values (%(at)s, %(at)s, %(became)s, false, '', 1)",
        {"at": "2026-11-02T10:00:05Z", "became": became},
    )
    values = {"run": "00000000-0000-4000-8000-000000000000", "began": began, "ended": ended}

    assert empty_warehouse.connection.execute(KNOWN, values).fetchone() == (is_known,)
