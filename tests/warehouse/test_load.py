"""A page is one transaction: versions, counters, tombstones, rejects, state and cursor stand or fall together."""

from __future__ import annotations

import threading
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest

from flows.errors import SourceError
from flows.records import Page, Reject, Tombstone
from flows.warehouse.collecting import run_source
from flows.warehouse.database import connect
from flows.warehouse.load import write_page
from tests.helpers.house import STREAM, House, message

A, B = message("m1", "A"), message("m1", "B")
TABLES = ("raw.files__messages", "raw.batches", "raw.rejects", "raw.tombstones", "raw.counters", "raw.cursors",
          "raw.states")  # fmt: skip


@pytest.fixture
def house(empty_warehouse: House) -> House:
    return empty_warehouse


def versions(house: House, record_id: str = "m1") -> str:
    """Bodies of a record's versions, oldest first."""
    found = house.query(
        "select version, payload #>> '{mapped,body}' from raw.files__messages where record_id = %s order by 1",
        record_id,
    )
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    return "".join(body for _, body in found)


def counts_of(house: House, *names: str) -> list[tuple[int, ...]]:
    return house.query(f"select {', '.join(names)} from raw.batches order by batch_id")


def test_a_record_that_changes_and_changes_back_has_three_versions(house: House) -> None:
    for record in (A, B, A):
        house.write([record])

    assert versions(house) == "ABA"
    assert counts_of(house, "new", "changed", "unchanged") == [(1, 0, 0), (0, 1, 0), (0, 1, 0)]


def test_it_has_three_versions_within_one_page_too(house: House) -> None:
    counts = house.write([A, B, A])

    assert versions(house) == "ABA"
    assert (counts.new, counts.changed, counts.unchanged) == (1, 2, 0)


def test_an_unchanged_record_is_no_version_and_wakes_no_refresh(house: House) -> None:
    house.write([A])

    counts = house.write([A, A])

    assert versions(house) == "A"
    assert (counts.new, counts.changed, counts.unchanged) == (0, 0, 2)
    assert counts_of(house, "touches") == [(True,), (False,)]


def test_a_page_is_compared_with_the_latest_version_first(house: House) -> None:
    house.write([A, B])

    counts = house.write([B, A, A])

    assert versions(house) == "ABA"
    assert (counts.changed, counts.unchanged) == (1, 2)


def test_sites_and_ids_keep_versions_apart(house: House) -> None:
    house.write([A, message("m1", "A", site="elsewhere"), message("m2", "A")])

    assert house.query("select site, record_id, version from raw.files__messages order by 1, 2") == [
        ("archive", "m1", 1), ("archive", "m2", 1), ("elsewhere", "m1", 1)
    ]  # fmt: skip


def test_counters_keep_their_latest_values_and_make_no_version(house: House) -> None:
    house.write([message("m1", "A", counters={"reactions": 1})])

    once = house.write(
        [message("m1", "A", counters={"reactions": 5}), message("m1", "A", counters={"reactions": 7})]
    )
    again = house.write([message("m1", "A", counters={"reactions": 7})])

    assert versions(house) == "A"
    assert house.query('select "values" from raw.counters') == [({"reactions": 7},)]
    assert (once.unchanged, again.unchanged) == (2, 1)
    assert counts_of(house, "touches") == [(True,), (True,), (False,)]


def test_a_record_that_was_gone_and_is_back_unchanged_is_a_new_version(house: House) -> None:
    house.write([A])
    house.remove("m1")

    counts = house.write([A])

    assert versions(house) == "AA"
    assert counts.changed == 1


def test_a_record_found_gone_twice_is_gone_once(house: House) -> None:
    house.write([A])

    for _ in range(2):
        house.remove("m1")

    assert counts_of(house, "removed", "touches") == [(0, True), (1, True), (0, False)]
    assert house.value("select count(*) from raw.tombstones") == 1


def test_a_record_found_gone_twice_in_one_page_is_gone_once(house: House) -> None:
    house.write([A])

    house.remove("m1", "m1")
    house.remove("never-read", "never-read")

    assert house.query("select record_id from raw.tombstones order by 1") == [("m1",), ("never-read",)]


def test_a_record_that_goes_comes_back_and_goes_again_has_two_tombstones(house: House) -> None:
    house.write([A])
    house.remove("m1")
    house.write([A])

    house.remove("m1")

    assert house.value("select count(*) from raw.tombstones") == 2


def test_a_reject_is_kept_once_however_often_it_is_read(house: House) -> None:
    reject = Reject(STREAM, "file.csv:3", "no id", "the row has no id", b"\x00\xff bytes as they were")

    for _ in range(2):
        house.write(rejects=[reject, replace(reject, content=b"other")])

    assert house.query("select reason, content from raw.rejects order by reject_id") == [
        ("no id", reject.content), ("no id", b"other")
    ]  # fmt: skip
    assert counts_of(house, "rejected", "touches") == [(2, False), (2, False)]


def test_cursor_and_state_are_committed_with_the_page(house: House) -> None:
    house.write([A], cursor={"at": 1}, state={"etag": {"v": "x"}, "seen": {"v": 1}})
    house.write([B], cursor={"at": 2}, state={"etag": {"v": "y"}})

    assert house.query("select cursor, batch_id from raw.cursors") == [({"at": 2}, 2)]
    assert house.query("select key, value, batch_id from raw.states order by key") == [
        ("etag", {"v": "y"}, 2), ("seen", {"v": 1}, 1)
    ]  # fmt: skip


@pytest.mark.parametrize("broken", [
    {"records": [A, message("m2", site="no\x00site")]},
    {"rejects": [Reject("no\x00stream", "x", "NUL", "", b"")]},
    {"tombstones": [Tombstone(STREAM, "archive", "m1", "gone", "no time at all")]},
    {"state": {"etag": {"v": "\x00"}}},
])  # fmt: skip
def test_a_page_that_fails_leaves_nothing(house: House, broken: dict) -> None:
    given = {"records": [A], "next_cursor": {"at": 9}, "state": {"etag": {}}} | broken

    with pytest.raises(psycopg.Error):
        write_page(house.connection, "archive", uuid4(), 1, Page(**given))

    assert [house.value(f"select count(*) from {table}") for table in TABLES] == [0] * len(TABLES)
    assert house.write([A]).new == 1


def test_what_came_of_every_input_adds_up(house: House) -> None:
    reject = Reject(STREAM, "f:1", "no id", "", b"")

    house.write([A, B, B, message("m2")], rejects=[reject])
    house.write([A, message("m3"), message("m2")], rejects=[reject, replace(reject, locator="f:2")])

    for read, *parts in counts_of(house, "read", "new", "changed", "unchanged", "rejected"):
        assert read == sum(parts)
    assert counts_of(house, "read") == [(5,), (5,)]


def test_two_writers_of_one_site_number_versions_without_a_gap(house: House) -> None:
    # Given two sources that see the same records change, in different orders
    failures: list[BaseException] = []
    together = threading.Barrier(2)

    def writer(source: str) -> None:
        try:
            with connect(house.settings) as connection:
                together.wait()
                for number in range(15):
                    ids = range(20) if source == "one" else reversed(range(20))
                    page = Page([message(f"m{i}", f"{source}{number}") for i in ids], {"at": number})
                    write_page(connection, source, uuid4(), number, page)
        except BaseException as error:
            failures.append(error)

    writers = [threading.Thread(target=writer, args=(name,)) for name in ("one", "two")]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()

    # Then neither fails, and every version of every record is there
    assert failures == []
    assert house.query(
        "select distinct count(*), min(version), max(version) from raw.files__messages group by record_id"
    ) == [(30, 1, 30)]


def test_a_later_version_never_has_an_earlier_batch(house: House) -> None:
    # Given a writer that has begun a page and another of the same site that begins and waits for it
    with connect(house.settings) as first, connect(house.settings) as second:
        with first.transaction():
            write_page(first, "one", uuid4(), 1, Page([A], {}))
            gone = Page([], {}, tombstones=[Tombstone(STREAM, "archive", "m1", "gone")])
            waiting = threading.Thread(target=write_page, args=(second, "two", uuid4(), 1, gone))
            waiting.start()
            waiting.join(0.5)
            assert waiting.is_alive()
        waiting.join()

    # Then the record is gone: found gone after it was read
    (read,), (removed,) = house.query(
        "select batch_id from raw.files__messages union all select batch_id from raw.tombstones"
    )
    assert removed > read
    assert house.write([A]).changed == 1


class _Breaks:
    """A source that yields a page and then fails."""

    def __init__(self, real) -> None:
        self.facts = real.facts

    def pages(self, cursor, state):
        yield Page([A], {"seen": cursor})
        raise SourceError("the site is closed")


def test_a_run_that_fails_keeps_its_pages_and_says_why(house: House, tmp_path) -> None:
    from flows.sources.registry import open_source

    (tmp_path / "empty.csv").touch()
    config = house.config(tmp_path / "empty.csv")
    broken = _Breaks(open_source(config))

    with pytest.raises(SourceError):
        run_source(house.connection, config, broken)

    assert house.query("select status, pages, read, new, error from ops.runs") == [
        ("failed", 1, 1, 1, "SourceError: the site is closed")
    ]
    assert versions(house) == "A"


def test_a_run_that_was_cut_off_is_told_apart_by_the_next(house: House) -> None:
    house.connection.execute(
        "insert into ops.runs (run_id, source, status) values (gen_random_uuid(), 'archive', 'running')"
    )

    house.load_rows([{"id": "m1", "account": "ann", "posted_at": "2026-11-01T10:00:00Z"}])

    assert house.query("select status from ops.runs order by started_at") == [("interrupted",), ("done",)]


def test_a_changed_policy_makes_its_source_be_read_again(house: House) -> None:
    row = {"id": "m1", "account": "ann", "posted_at": "2026-11-01T10:00:00Z"}
    house.load_rows([row])

    house.load_rows([row])
    house.load_rows([row], answerable="addressed")

    assert counts_of(house, "policy_changed", "touches") == [
        (False, True), (False, False), (True, True), (False, False)
    ]  # fmt: skip
    assert house.query("select answerable from ops.sources") == [("addressed",)]
