"""A file that is all there is of its source: what it no longer holds is gone, unless much is missing at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.sources import files as files_source
from flows.sources.registry import open_source
from flows.warehouse.collecting import RunReport, preview_source, run_source
from tests.helpers.house import House

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MESSAGES = "select message_id from marts.fct_messages order by length(message_id), message_id"


class Moved(datetime):
    """A clock that a test turns."""

    at = NOW

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return cls.at.astimezone(tz)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Moved]]:
    Moved.at = NOW
    monkeypatch.setattr(files_source, "datetime", Moved)
    yield Moved


def export(folder: Path, *ids: int, tail: str = "", name: str = "desk.csv") -> Path:
    rows = (f"{i},a{i},mail,2026-11-{i:02}T10:00:00Z,Where is parcel {i}?\n" for i in ids)
    (folder / name).write_text("id,account,channel,posted_at,body\n" + "".join(rows) + tail)
    return folder / name


def load(house: House, path: Path, **options: Any) -> RunReport:
    """Import as a person does who says --complete; `options` say otherwise."""
    config = house.config(path, **{"name": "desk", "complete": True, "absent_hours": 0, **options})
    source = open_source(config)
    told: list[Any] = []
    would = preview_source(house.connection, config, source, lambda page, _: told.extend([*page.notes, page.gap]))
    run = run_source(house.connection, config, open_source(config))
    assert would == run.counts  # a dry run says what the run then does
    assert [said for said in told if said] == run.notes + run.gaps
    return run


def numbers(house: House) -> list[int]:
    """The messages of the marts, once all is refreshed; they are those of a rebuild."""
    house.refresh()
    return [int(message_id.removeprefix("desk:")) for (message_id,) in house.query(MESSAGES)]


def test_a_row_that_a_corrected_export_no_longer_has_is_gone_and_back_with_it(warehouse: House) -> None:
    # Given an export that was imported as ever, and rows of the same source in other streams
    load(warehouse, export(warehouse.folder, 1, 2, 3, 4), complete=False)
    asked = warehouse.folder / "statuses.csv"
    asked.write_text("thread,status,at\n4,resolved,2026-11-19T10:00:00Z\n")
    load(warehouse, asked, complete=False, mapping="statuses")
    load(warehouse, export(warehouse.folder, 5, name="other.csv"), complete=False, name="board", site="desk")
    assert numbers(warehouse) == [1, 2, 3, 4, 5]

    # When a corrected one no longer has the second
    run = load(warehouse, export(warehouse.folder, 1, 3, 4))

    # Then it and its wait are gone, and nothing else: what another source of the site read stays
    assert (run.counts.removed, run.counts.unchanged, run.gaps) == (1, 3, [])
    assert run.notes == ["1 that were read before are missing, and count as deleted"]
    assert numbers(warehouse) == [1, 3, 4, 5]
    assert warehouse.value("select count(*) from marts.fct_waits where opening_message_id = 'desk:2'") == 0
    assert warehouse.value("select count(*) from intermediate.int_statuses_latest") == 1
    assert load(warehouse, export(warehouse.folder, 1, 3, 4)).counts.removed == 0

    # And with the row again it is back
    run = load(warehouse, export(warehouse.folder, 1, 2, 3, 4))
    assert (run.counts.changed, run.counts.removed) == (1, 0)
    assert numbers(warehouse) == [1, 2, 3, 4, 5]
    warehouse.assert_equals_rebuild("back again")


@pytest.mark.parametrize(
    ("ids", "tail", "said"),
    [
        (range(1, 11), "", "10 of 20 that were looked at are missing at once"),
        (range(1, 20), "20,a20,ma", "1 that were read before are missing, and of the rows 1 could not be used"),
        ((), "", "20 that were read before are missing, and there is no row at all"),
    ],
    ids=["half the rows", "within a row", "only its head"],
)
def test_a_file_that_was_cut_off_deletes_nothing_and_says_so(
    warehouse: House, ids: range, tail: str, said: str
) -> None:
    load(warehouse, export(warehouse.folder, *range(1, 21)))
    run = load(warehouse, export(warehouse.folder, *ids, tail=tail))

    assert run.counts.removed == 0
    assert [gap for gap in run.gaps if said in gap and "none of them counts as deleted" in gap] == run.gaps != []
    assert numbers(warehouse) == list(range(1, 21))


def test_what_is_meant_is_said(warehouse: House) -> None:
    load(warehouse, export(warehouse.folder, *range(1, 21)), page_size=3)
    gap = load(warehouse, export(warehouse.folder, *range(1, 11))).gaps[0]
    assert "say --believe-absences" in gap

    run = load(warehouse, export(warehouse.folder, *range(1, 11)), believe_absences=True, page_size=3)
    assert (run.counts.removed, run.gaps) == (10, [])
    assert numbers(warehouse) == list(range(1, 11))
    warehouse.assert_equals_rebuild("half of it is gone")


def test_a_schedule_asks_twice_and_reads_what_did_not_change_only_when_it_must(
    warehouse: House, clock: type[Moved]
) -> None:
    def collect(hours: float) -> RunReport:
        clock.at = NOW + timedelta(hours=hours)
        return load(warehouse, warehouse.folder / "desk.csv", again=False, absent_hours=6)

    export(warehouse.folder, *range(1, 9))
    assert collect(0).counts.new == 8
    assert collect(1).pages == 0  # nothing changed, nothing is awaited

    export(warehouse.folder, *range(1, 8))
    run = collect(2)
    assert run.notes == ["1 that were read before are missing: deleted, if they still are in 6 hours"]
    assert (run.counts.removed, collect(7).pages) == (0, 0)
    assert collect(8).counts.removed == 1
    assert (collect(9).pages, numbers(warehouse)) == (0, list(range(1, 8)))

    export(warehouse.folder, *range(1, 7))
    collect(10)
    export(warehouse.folder, *range(1, 8))  # it was being written
    assert (collect(11).notes, collect(18).pages, numbers(warehouse)) == ([], 0, list(range(1, 8)))


def test_a_file_that_left_the_folder_takes_its_rows_along(warehouse: House) -> None:
    folder = warehouse.folder / "drop"
    folder.mkdir()
    export(folder, *range(1, 7), name="a.csv")
    gone = export(folder, 7, name="b.csv")
    load(warehouse, folder)
    gone.unlink()

    assert load(warehouse, folder).counts.removed == 1
    assert numbers(warehouse) == list(range(1, 7))


def test_a_run_that_was_cut_off_goes_on_and_still_knows_all_that_is_there(warehouse: House) -> None:
    path = export(warehouse.folder, *range(1, 9))
    load(warehouse, path)
    path = export(warehouse.folder, *range(1, 8))
    config = warehouse.config(path, name="desk", complete=True, absent_hours=0, page_size=2)

    class CutOffError(Exception):
        pass

    def cut(*_: object) -> None:
        raise CutOffError

    with pytest.raises(CutOffError):
        run_source(warehouse.connection, config, open_source(config), on_page=cut)

    run = load(warehouse, path, page_size=2)
    assert (run.counts.read, run.counts.removed) == (5, 1)
    assert numbers(warehouse) == list(range(1, 8))


def test_ratings_and_customers_go_the_same_way(warehouse: House) -> None:
    files = {
        "ratings": "id,account,channel,kind,value,scale_min,scale_max,rated_at\n{}",
        "crm-customers": "customer_number,name,email\n{}",
    }
    rows = {
        "ratings": [f"{i},a{i},mail,csat,4,1,5,2026-11-0{i}T10:00:00Z\n" for i in range(1, 5)],
        "crm-customers": [f"N{i},Customer {i},c{i}@example.com\n" for i in range(1, 5)],
    }
    count = {
        "ratings": "select count(*) from marts.fct_ratings",
        "crm-customers": "select count(*) from marts.dim_customers where crm_number like 'N_'",
    }
    for mapping, text in files.items():
        path = warehouse.folder / f"{mapping}.csv"
        path.write_text(text.format("".join(rows[mapping])))
        load(warehouse, path, name=mapping, mapping=mapping)
    warehouse.refresh()
    before = {mapping: warehouse.value(query) for mapping, query in count.items()}
    for mapping, text in files.items():
        path = warehouse.folder / f"{mapping}.csv"
        path.write_text(text.format("".join(rows[mapping][:3])))
        assert load(warehouse, path, name=mapping, mapping=mapping).counts.removed == 1
    warehouse.refresh()

    after = {mapping: warehouse.value(query) for mapping, query in count.items()}
    assert after == {mapping: rows - 1 for mapping, rows in before.items()}
    warehouse.assert_equals_rebuild("rows of other streams are gone")
