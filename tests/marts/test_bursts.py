"""Bursts: found where more is written than the past lets expect, told once, decided by people, as rebuilt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from flows.warehouse.bursts import newly_found
from tests.helpers.house import House

FIRST = datetime(2026, 9, 1, 22, tzinfo=UTC)  # midnight in Paris
SURGE = datetime(2026, 10, 7, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
Row = dict[str, Any]


def chatter(first: datetime, days: int, a_day: float, seed: int = 2, **values: str) -> list[Row]:
    """So many messages a day, each by somebody else, most of them by day."""
    draw, rows = Random(seed), []
    for day in range(days):
        for number in range(round(a_day + draw.gauss(0, a_day**0.5))):
            at = first + timedelta(days=day, hours=min(23, max(0, draw.gauss(14, 4))))
            rows.append(written(f"{seed}-{day}-{number}", at, **values))
    return rows


def written(name: str, at: datetime, **values: str) -> Row:
    return {"id": name, "account": f"a{name}", "posted_at": at.isoformat(timespec="seconds"),
            "brand": "owl", "body": "hello"} | values  # fmt: skip


def surge(at: datetime = SURGE, hours: int = 6, an_hour: int = 8, **values: str) -> list[Row]:
    return [
        written(f"s{hour}-{n}", at + hour * HOUR + n * timedelta(minutes=4), **values)
        for hour in range(hours)
        for n in range(an_hour)
    ]


@pytest.fixture
def surged(warehouse: House) -> House:
    """Five weeks of twenty messages a day, then six hours of eight an hour; the refresh's now is the day after."""
    warehouse.as_of = SURGE + 10 * HOUR
    warehouse.load_rows(chatter(FIRST, 36, 20) + surge(body="the gate is broken"))
    warehouse.refresh()
    return warehouse


def test_a_burst_is_found_with_its_beginning_peak_end_and_what_it_is_made_of(surged: House) -> None:
    found = surged.query(
        "select onset_at, alarmed_at, peak_at, end_at, authors >= 40, messages, expected < 15, burst_id"
        " from marts.fct_bursts where series_id = 'brand:owl'"
    )

    ((onset, alarmed, peak, end, by_many, messages, is_little, burst),) = found
    assert abs(onset - SURGE) <= HOUR and SURGE < alarmed <= SURGE + 2 * HOUR
    assert SURGE <= peak < SURGE + 6 * HOUR and abs(end - SURGE - 6 * HOUR) <= HOUR
    assert by_many and messages >= 48 and is_little
    # All series that the messages are of alarm: all, the brand; nothing is said of a language
    assert {kind for (kind,) in surged.query("select distinct kind from marts.fct_bursts")} == {"all", "brand"}

    # And it leads to its messages, to who wrote them, and to the words that are new in it
    assert surged.value("select count(*) from marts.burst_messages(%s)", burst) == messages
    words = surged.query("select value, messages from marts.burst_drivers(%s) where kind = 'word'", burst)
    assert {word for word, _ in words} >= {"gate", "broken"} and ("hello", 1) not in words
    affected = surged.query("select how, count(*) from marts.burst_customers(%s) group by how", burst)
    assert affected == [("wrote", messages)]


def test_few_people_make_no_burst(warehouse: House) -> None:
    rows = chatter(FIRST, 36, 20) + [row | {"account": f"loud{n % 2}"} for n, row in enumerate(surge())]
    calm = [row for row in rows if not row["posted_at"].startswith("2026-10-07") or row["account"][:4] == "loud"]
    warehouse.load_rows(calm)
    warehouse.refresh()

    assert warehouse.value("select max(score) from intermediate.int_bursts_scored") is None


def test_a_gap_is_no_calm_and_a_new_source_no_burst(warehouse: House) -> None:
    # Given a source that was not read for two days, and another one that begins with three times as much
    night = ("2026-09-29", "2026-09-30")
    rows = [row for row in chatter(FIRST, 50, 60) if row["posted_at"][:10] not in night]
    warehouse.load_rows(rows, name="old")
    warehouse.load_rows(chatter(FIRST + timedelta(days=40), 10, 180, seed=7), name="new")
    warehouse.refresh()

    hours = dict(warehouse.query("select watched_day::text, hours from intermediate.int_sources_watched"
                                 " where source = 'old' and hours < 24"))  # fmt: skip
    # Then the hours missed are no part of what is expected, and nothing alarms
    assert hours["2026-09-29"] <= 3 and hours["2026-09-30"] <= 1
    level = "select avg(level) from intermediate.int_series_expected where series_id = 'brand:owl'"
    past = [row for row in rows if "2026-09-08" <= row["posted_at"][:10] <= "2026-10-05"]
    a_day = len(past) / 26  # of the 28 days that end two whole days before
    assert abs(float(warehouse.value(f"{level} and expected_day = '2026-10-08'")) - a_day) < 1.5
    since = "select burst_id from marts.fct_bursts where alarmed_at >= '2026-09-28'"
    assert warehouse.query(since) == []


def test_bursts_are_the_same_as_rebuilt_whatever_came_late(surged: House) -> None:
    def same(what: str) -> None:
        surged.refresh()
        surged.assert_equals_rebuild(what)

    surged.load_rows(chatter(FIRST + timedelta(days=36), 1, 20, seed=3))
    same("a day more")
    surged.load_rows([written("after a pause", FIRST + timedelta(days=42, hours=10))])
    same("days without a message between")
    surged.load_rows([written(f"late{n}", FIRST + timedelta(days=12, hours=11), thread="late") for n in range(9)])
    same("messages of the past")
    surged.load_rows(chatter(FIRST - timedelta(days=9), 9, 20, seed=4))
    same("an older past of the same source")
    surged.load_rows(chatter(FIRST + timedelta(days=3), 30, 5, seed=5), name="another")
    same("another source")
    surged.remove("after a pause", *(f"s3-{n}" for n in range(8)))
    same("messages that went, the last among them")


def test_days_are_looked_at_again_where_a_count_changed(surged: House) -> None:
    def touched(kind: str) -> set[str]:
        last = "select max(refresh_id) from ops.refreshes"
        rows = surged.query(f"select key from ops.touched where kind = %s and refresh_id = ({last})", kind)
        return {key for (key,) in rows}

    def after(*given: Row) -> tuple[set[str], set[str]]:
        surged.load_rows(given)
        surged.refresh()
        return touched("counted_day"), touched("series_day")

    old = written("old", FIRST + timedelta(days=2, hours=12), thread="t")
    new = written("new", SURGE + HOUR, thread="t")
    assert after(old) == ({"2026-09-04"}, {"2026-09-04"})
    # A message more in an old thread leaves the days before it alone, an edit that counts for nothing its own
    assert after(new) == ({"2026-10-07"}, {"2026-10-07"})
    assert after(new | {"body": "hello again"}) == ({"2026-10-07"}, set())
    # A message that counts for another series, or on another day, touches the days of what stood and of what comes
    assert after(old | {"brand": "kite"}) == ({"2026-09-04"}, {"2026-09-04"})
    moved = old | {"posted_at": (FIRST + timedelta(days=5, hours=12)).isoformat()}
    assert after(moved) == ({"2026-09-04", "2026-09-07"}, {"2026-09-04", "2026-09-07"})
    surged.assert_equals_rebuild()


def alert(house: House) -> tuple[Any, ...]:
    rows = house.query("select state, decided_by from marts.standing_alerts where series_id = 'brand:owl'")
    return rows[0] if rows else ()


def decide(house: House, verdict: str, until: datetime | None = None) -> None:
    house.connection.execute(
        "insert into decisions.alerts (burst_id, verdict, snoozed_until, reason, decided_by)"
        " select burst_id, %s, %s, 'seen', 'Nora Essai' from marts.fct_bursts where series_id = 'brand:owl'",
        (verdict, until),
    )


def test_a_burst_is_told_once_while_it_goes_on(surged: House) -> None:
    told = newly_found(surged.connection)

    assert [burst.kind for burst in told] == ["all", "brand"] or [burst.kind for burst in told] == ["brand", "all"]
    assert all("were to be expected" in burst.told for burst in told)
    assert newly_found(surged.connection) == []

    # When a late message makes it begin earlier it has another name, and is the same burst
    surged.load_rows([written(f"e{n}", SURGE - HOUR + n * timedelta(minutes=3)) for n in range(15)])
    before = [burst.burst_id for burst in told]
    surged.refresh()
    now = [name for (name,) in surged.query("select burst_id from marts.standing_alerts")]
    assert sorted(now) != sorted(before) and newly_found(surged.connection) == []


def test_what_people_decide_holds_and_can_be_undone(surged: House) -> None:
    assert alert(surged) == ("open", None)
    decide(surged, "acknowledge")
    assert alert(surged) == ("acknowledged", "Nora Essai")
    decide(surged, "snooze", surged.as_of + HOUR)
    assert alert(surged)[0] == "snoozed"
    decide(surged, "snooze", surged.as_of - HOUR)
    assert alert(surged)[0] == "open"
    decide(surged, "close")
    assert alert(surged) == ()
    decide(surged, "undo")
    assert alert(surged)[0] == "open"

    # A week after its last alarming hour it stands no longer
    surged.load_rows([written("later", SURGE + timedelta(days=9))])
    surged.refresh(as_of=SURGE + timedelta(days=9))
    assert alert(surged) == ()
