"""From Reddit to the marts: collected, refreshed, edited and deleted there, seen here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flows.sources.base import Period
from flows.sources.reddit.source import Reddit
from flows.warehouse.collecting import RunReport, run_source
from tests.helpers.house import NOW as HOUSE_NOW
from tests.helpers.house import House
from tests.sources.reddit.conftest import Reader

START = HOUSE_NOW - timedelta(days=3)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def collect(house: House, reader: Reader, period: Period | None = None, **options: object) -> RunReport:
    config = reader.config(**options)
    return run_source(house.connection, config, Reddit(config, clock=reader.clock), period=period)


def messages(house: House) -> dict[str, tuple[object, ...]]:
    rows = house.query(
        "select message_id, thread_id, parent_message_id, account_id, body, channel, reactions"
        " from marts.fct_messages where site = 'reddit'"
    )
    return {str(row[0]): row[1:] for row in rows}


def test_threads_edits_and_deletions_arrive_in_the_marts(warehouse: House, reader: Reader) -> None:
    reddit = reader.server
    reader.now = HOUSE_NOW
    thread = reddit.submit(at(0), "Tilleul is down", selftext="Since noon", author="ann", score=7)
    answer = reddit.comment(at(1), thread, "Here, too", author="ben")
    deep = reddit.comment(at(2), answer, "Same", author="[deleted]")
    other = reddit.comment(at(3), thread, "And mine", author="[deleted]")
    report = collect(warehouse, reader, phrases=["tilleul"])
    assert (report.counts.new, report.counts.rejected) == (4, 0)
    again = collect(warehouse, reader, phrases=["tilleul"])
    assert (again.counts.new, again.counts.changed) == (0, 0)
    overlapping = collect(warehouse, reader, name="other", searches=[{"query": "tilleul"}])
    assert (overlapping.counts.new, overlapping.counts.changed) == (0, 0)

    warehouse.refresh()
    found = messages(warehouse)
    assert found == {
        f"reddit:{thread}": (f"reddit:{thread}", None, "reddit:ann", "Since noon", "reddit", 7),
        f"reddit:{answer}": (f"reddit:{thread}", f"reddit:{thread}", "reddit:ben", "Here, too", "reddit", 1),
        f"reddit:{deep}": (
            f"reddit:{thread}", f"reddit:{answer}", f"reddit:[deleted]/{deep}", "Same", "reddit", 1,
        ),
        f"reddit:{other}": (
            f"reddit:{thread}", f"reddit:{thread}", f"reddit:[deleted]/{other}", "And mine", "reddit", 1,
        ),
    }  # fmt: skip
    conversations = warehouse.value("select count(distinct conversation_id) from marts.fct_messages")
    assert conversations == 4  # strangers whose accounts are gone are not taken for one

    reddit.edit(thread, "Since eleven", at(4))
    reddit.delete(answer)
    reader.now += timedelta(days=1)
    report = collect(warehouse, reader, phrases=["tilleul"])
    assert report.counts.changed == 1
    warehouse.refresh(as_of=HOUSE_NOW + timedelta(days=1))
    found = messages(warehouse)
    assert found[f"reddit:{thread}"][3] == "Since eleven"
    assert found.keys() == {f"reddit:{name}" for name in (thread, deep, other)}
    assert found[f"reddit:{deep}"][0] == f"reddit:{thread}"
    assert warehouse.value("select count(*) from marts.customer_accounts where how <> 'single'") == 0


def test_what_a_back_fill_stored_is_swept_by_later_runs(empty_warehouse: House, reader: Reader) -> None:
    reddit = reader.server
    reader.now = HOUSE_NOW
    thread = reddit.submit(HOUSE_NOW - timedelta(days=40), "Tilleul")
    old = [reddit.comment(HOUSE_NOW - timedelta(days=39), thread) for _ in range(3)]
    collect(empty_warehouse, reader, comments=False, phrases=["tilleul"])  # the thread is too old to be read whole
    period = Period(datetime(2026, 1, 1, tzinfo=UTC), HOUSE_NOW)
    report = collect(empty_warehouse, reader, period, comments=False, phrases=["tilleul"])
    assert report.counts.new == 3
    reddit.delete(old[0])
    reddit.vanish(old[1])
    for days in (1, 2, 3):
        reader.now = HOUSE_NOW + timedelta(days=days)
        collect(empty_warehouse, reader, comments=False, phrases=["tilleul"])
    gone = empty_warehouse.query("select record_id, reason from raw.tombstones order by batch_id")
    assert sorted(gone) == sorted([(old[0], "deleted"), (old[1], "gone")])
    asked = [one.query["id"] for one in reddit.asked if one.path == "/api/info"]
    assert asked == [thread, ",".join([thread, *old]), old[1], f"{thread},{old[2]}"]
