"""Killed at any moment and run again, an import and a refresh give the rows of a run that nobody killed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from psycopg import sql

from flows.errors import BusyError
from flows.sources.files import FilesConfig
from flows.sources.registry import open_source
from flows.warehouse.collecting import run_source
from flows.warehouse.database import Connection, connect
from flows.warehouse.refresh.run import refresh
from flows.warehouse.refresh.swapping import NEXT
from tests.conftest import MakeHouse
from tests.helpers.house import House, Rows, assert_same_rows
from tests.servers.waiting import wait_until
from tests.warehouse.crashes import run_in_child

RAW = {
    "messages": "select site, record_id, version, payload, native_order from raw.files__messages",
    "rejects": "select source, locator, reason, detail, content from raw.rejects",
    "counters": 'select stream, site, record_id, "values" from raw.counters',
    "cursors": "select source, cursor from raw.cursors",
    "states": "select source, key, value from raw.states",
    "pages": "select sum(read), sum(new), sum(changed), sum(rejected) from raw.batches",
}
MODELS = (
    "intermediate.int_messages_latest", "intermediate.int_messages_threaded", "intermediate.int_messages_directed",
    "marts.fct_messages", "marts.fct_waits", "marts.kpi_channel_daily",
)  # fmt: skip
KILLS = [4, pytest.param(20, marks=pytest.mark.slow)]


@pytest.fixture
def damaged(data: Path, tmp_path: Path) -> Path:
    """The complete archive, with a damaged line in every fifty."""
    lines = (data / "twcs/twcs_complete.csv").read_bytes().splitlines(keepends=True)
    for number in range(50, len(lines), 50):
        lines.insert(number, b'9,"broken\n' if number % 100 else b"1,2,3\n")
    path = tmp_path / "archive.csv"
    path.write_bytes(b"".join(lines))
    return path


def collect(house: House, path: Path) -> None:
    """Import with many small pages; a killed run's lock is free as soon as the server has noticed."""
    config = house.config(path, name="twcs", mapping="twitter-support-archive", page_size=20, again=False)
    with connect(house.settings) as connection:
        wait_until(lambda: ran(connection, config), "the lock of a killed run is free")


def ran(connection: Connection, config: FilesConfig) -> bool:
    try:
        run_source(connection, config, open_source(config))
    except BusyError:
        return False
    return True


def raw(house: House) -> dict[str, Rows]:
    return {name: Rows(map(repr, house.query(query))) for name, query in RAW.items()}


def moments(seed: int, kills: int, whole: float) -> list[float]:
    """Moments spread over an unkilled run, one drawn from each equal part of it, in a random order."""
    random_ = random.Random(seed)
    drawn = [(part + random_.random()) / kills * whole for part in range(kills)]
    random_.shuffle(drawn)
    return drawn


@pytest.mark.parametrize("kills", KILLS)
def test_an_import_killed_at_any_moment_goes_on_where_it_was(
    make_house: MakeHouse, migrated: str, damaged: Path, tmp_path: Path, kills: int
) -> None:
    log = tmp_path / "child.log"
    # Given what an import that nobody kills leaves, and how long it takes
    with make_house(migrated) as house:
        _, whole = run_in_child(lambda: collect(house, damaged), log)
        expected = raw(house)
        pages = house.value("select count(*) from raw.batches")

    # When imports are killed at moments spread over that time, each in a warehouse of its own, and run again
    stages = []
    waiting = moments(kills, kills, whole)
    while waiting:
        after = waiting.pop()
        with make_house(migrated) as house:
            killed, _ = run_in_child(lambda house=house: collect(house, damaged), log, after)
            if not killed:  # it was quicker this time: once more, earlier
                waiting.append(after * 0.8)
                continue
            done = house.value("select count(*) from raw.batches")
            collect(house, damaged)
            stages.append(done)

            # Then every row is there once
            assert_same_rows(expected, raw(house), f"killed after {done} of {pages} pages")
            first = ["interrupted"] if done else []
            ((last, rejected),) = house.query(
                "select status, rejected from ops.runs order by started_at desc limit 1"
            )
            assert last == ("rejects" if rejected else "done")
            assert [s for (s,) in house.query("select status from ops.runs where status = 'interrupted'")] >= first
    print(f"import: {kills} of {kills} killed, pages done of {pages}: {sorted(stages)}")
    assert len(stages) == kills
    assert len(set(stages)) >= kills // 2


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_an_import_killed_again_and_again_ends_all_the_same(
    make_house: MakeHouse, migrated: str, damaged: Path, tmp_path: Path, kills: int
) -> None:
    log = tmp_path / "child.log"
    with make_house(migrated) as house:
        _, whole = run_in_child(lambda: collect(house, damaged), log)
        expected = raw(house)

    with make_house(migrated) as house:
        for after in [whole / kills * 0.9] * kills:
            run_in_child(lambda: collect(house, damaged), log, after)
        collect(house, damaged)
        del expected["pages"]
        found = raw(house)
        del found["pages"]
        assert_same_rows(expected, found)


@pytest.fixture
def templates(migrated: str, built: str) -> dict[bool, str]:
    """What a full and an incremental refresh begin with."""
    return {True: migrated, False: built}


@pytest.mark.parametrize(
    ("kills", "full"),
    [
        pytest.param(1, False, id="1-incremental"),
        pytest.param(10, False, id="10-incremental", marks=pytest.mark.slow),
        pytest.param(10, True, id="10-full", marks=pytest.mark.slow),
    ],
)
def test_a_refresh_killed_at_any_moment_is_made_good_by_the_next(
    make_house: MakeHouse, templates: dict[bool, str], data: Path, kills: int, full: bool
) -> None:
    path = data / "twcs/twcs_complete.csv"

    def begin(house: House) -> None:
        house.load(path, name="twcs", mapping="twitter-support-archive")

    # Given what a refresh that nobody kills builds, and how long it takes
    with make_house(templates[full]) as house:
        begin(house)
        _, whole = run_in_child(lambda: refresh(house.settings, as_of=house.as_of), house.folder / "log")
        expected = house.built(named=True)

    # When refreshes are killed at moments spread over that time, and run again
    stages = []
    waiting = moments(kills, kills, whole)
    while waiting:
        after = waiting.pop()
        with make_house(templates[full]) as house:
            begin(house)
            killed, _ = run_in_child(
                lambda h=house: refresh(h.settings, as_of=h.as_of), house.folder / "log", after
            )
            if not killed:  # it was quicker this time: once more, earlier
                waiting.append(after * 0.8)
                continue
            claimed = house.value("select count(*) from raw.batches where refresh_id is not null")
            # A full one builds beside what readers see.
            built = [name.replace(".", f"{NEXT}.") if full else name for name in MODELS]
            have = set(house.tables(*{name.split(".")[0] for name in built}))
            done = sum(bool(house.rows(name)) for name in built if name in have)
            house.refresh()
            stages.append((claimed, len(have), done))

            # Then every row is there once, and no table of the killed run is left
            assert_same_rows(expected, house.built(named=True), f"killed after {done} of {len(MODELS)} models")
            assert not house.query("select 1 from ops.refreshes where status in ('running', 'failed')")
            assert house.refresh() == []
    print(
        f"refresh, full={full}: {len(stages)} of {kills} killed: {stages} (batches claimed, tables, models filled)"
    )
    assert len(stages) == kills
    assert kills < 10 or len(set(stages)) >= 3


def test_on_any_postgres_what_dbt_does_ends_with_a_killed_refresh(warehouse: House) -> None:
    # Given a Postgres that does not look by itself whether its clients live, and a table that dbt has to wait for
    name = sql.Identifier(warehouse.connection.info.dbname)
    warehouse.connection.execute(sql.SQL("alter database {} set client_connection_check_interval = 0").format(name))
    warehouse.load_rows([{"id": "m1", "account": "ann", "posted_at": "2026-11-01T10:00:00Z"}])
    log = warehouse.folder / "log"
    with connect(warehouse.settings) as other, other.transaction():
        other.execute("lock table intermediate.int_messages_latest in access exclusive mode")

        # When the refresh is killed while it waits
        killed, _ = run_in_child(
            lambda: refresh(warehouse.settings, as_of=warehouse.as_of),
            log,
            kill_when=lambda: bool(waiting(warehouse)),
        )

        # Then its statements are over before the table is free, and would go on
        assert killed
        wait_until(lambda: not waiting(warehouse), "Postgres sees that the client went")


def waiting(house: House) -> list[tuple[int]]:
    """Sessions of dbt that wait for a lock."""
    return house.query(
        "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        " and application_name = 'dbt'"
    )
