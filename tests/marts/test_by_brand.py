"""Promises, calendars and silences after bots, by brand and channel; days end in the calendar's own zone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from flows import doctor
from tests.dbt.conftest import dbt
from tests.helpers.house import House

SEEDS = ("calendars", "opening_hours", "holidays", "channel_calendars", "promises", "bot_silences")


def seed(house: House, **rows: Iterable[tuple[Any, ...]]) -> None:
    """Give the warehouse the test's rows in place of the seeds', and count openings anew."""
    for name in SEEDS:
        house.connection.execute(f"truncate staging.{name}".encode())
        for row in rows.get(name, ()):
            places = ", ".join(["%s"] * len(row))
            house.connection.execute(f"insert into staging.{name} values ({places})".encode(), row)
    dbt(house).run("run", "--full-refresh", "--select", "int_openings_counted")


def asked(number: int, at: str, **values: str) -> dict[str, str]:
    return {"id": f"q{number}", "account": f"customer{number}", "thread": f"t{number}", "channel": "chat",
            "posted_at": at, "role": "customer"} | values  # fmt: skip


def test_a_brands_own_promise_and_calendar_go_before_the_channels(warehouse: House) -> None:
    # Given a channel with a promise and a calendar, and a brand of it with its own
    seed(
        warehouse,
        calendars=[("day", "Europe/Paris"), ("night", "Europe/Paris")],
        opening_hours=[("day", 1, "09:00", "18:00"), ("night", 1, "18:00", "24:00")],
        channel_calendars=[("chat", "day", None, None, None), ("chat", "night", None, None, "owl")],
        promises=[
            ("chat", "answered", "calendar", 60, None, None, None),
            ("chat", "answered", "opening", 10, None, None, "owl"),
        ],
    )
    # When customers of each, of another brand and of none ask on a Monday at noon
    noon = "2026-11-02T12:00:00+01:00"
    warehouse.load_rows(
        [asked(1, noon, brand="owl"), asked(2, noon, brand="lark"), asked(3, noon), asked(4, noon, channel="mail")]
    )
    warehouse.refresh()

    # Then each has its own, else the channel's, else none
    found = warehouse.query(
        "select opening_message_id, opening_calendar, promise_minutes,"
        " to_char(promise_due_at at time zone 'Europe/Paris', 'HH24:MI') from marts.fct_waits order by 1"
    )
    assert found == [
        ("archive:q1", "night", 10, "18:10"), ("archive:q2", "day", 60, "13:00"),
        ("archive:q3", "day", 60, "13:00"), ("archive:q4", None, None, None),
    ]  # fmt: skip


# A calendar and a promise hold to 30 June; the hours of the message are those of Paris.
ENDS = [
    pytest.param("America/New_York", "2026-07-01T04:00:00+02:00", True, id="still 30 June in New York"),
    pytest.param("America/New_York", "2026-07-01T06:00:00+02:00", False, id="1 July there too"),
    pytest.param("Asia/Tokyo", "2026-06-30T18:00:00+02:00", False, id="1 July in Tokyo"),
    pytest.param("Europe/Paris", "2026-06-30T23:59:00+02:00", True, id="as in the company's zone"),
]


@pytest.mark.parametrize(("zone", "at", "holds"), ENDS)
def test_valid_to_ends_in_the_zone_of_the_calendar(warehouse: House, zone: str, at: str, holds: bool) -> None:
    seed(
        warehouse,
        calendars=[("old", zone), ("new", zone)],
        opening_hours=[(name, day, "00:00", "24:00") for name in ("old", "new") for day in range(1, 8)],
        channel_calendars=[("chat", "old", None, "2026-06-30", None), ("chat", "new", "2026-07-01", None, None)],
        promises=[
            ("chat", "answered", "calendar", 60, None, "2026-06-30", None),
            ("chat", "answered", "calendar", 5, "2026-07-01", None, None),
        ],
    )
    warehouse.load_rows([asked(1, at), asked(2, f"{at[:10]}T00:00:00+02:00", time_precision="day")])
    warehouse.refresh()

    found = warehouse.query(
        "select opening_calendar, promise_minutes from marts.fct_waits order by opening_message_id"
    )
    of_day = ("old", 60) if at < "2026-07" else ("new", 5)
    assert found == [("old", 60) if holds else ("new", 5), of_day]


def test_a_long_silence_after_a_bot_ends_a_wait_unanswered(warehouse: House) -> None:
    # Given seven days for a chat, and waits with a bot's receipt: one goes on, one is on another channel
    seed(warehouse, bot_silences=[("chat", 7, None, None, None)])
    bot = {"account": "robot", "role": "bot", "channel": "chat"}
    warehouse.load_rows(
        [
            asked(1, "2026-11-02T10:00:00Z"),
            bot | {"id": "b1", "thread": "t1", "posted_at": "2026-11-02T10:01:00Z"},
            asked(2, "2026-11-02T10:00:00Z"),
            bot | {"id": "b2", "thread": "t2", "posted_at": "2026-11-02T10:01:00Z"},
            asked(2, "2026-11-05T10:00:00Z") | {"id": "q2b"},
            asked(3, "2026-11-02T10:00:00Z", channel="mail"),
            bot | {"id": "b3", "thread": "t3", "posted_at": "2026-11-02T10:01:00Z", "channel": "mail"},
        ]
    )
    waits = "select opening_message_id, closing_kind, closed_at from marts.fct_waits order by 1"
    ended = datetime(2026, 11, 9, 10, 1, tzinfo=UTC)

    # When it is refreshed before and after, though nothing was written
    warehouse.refresh(as_of=datetime(2026, 11, 9, 10, 0, tzinfo=UTC))
    assert [row[1] for row in warehouse.query(waits)] == [None, None, None]
    warehouse.refresh(as_of=datetime(2026, 11, 9, 10, 1, tzinfo=UTC))

    # Then the one that stayed silent has ended, counts as resolved unanswered, and nothing is due any more
    assert warehouse.query(waits) == [
        ("archive:q1", "bot_silence", ended), ("archive:q2", None, None), ("archive:q3", None, None),
    ]  # fmt: skip
    kpis = (
        "select value from marts.kpis('2026-11-01', '2026-11-30', names => %s) where channel is null order by kpi"
    )
    names = ["waits_answered", "waits_open", "waits_resolved_unanswered"]
    assert [int(value) for (value,) in warehouse.query(kpis, names)] == [0, 2, 1]
    assert warehouse.refresh(as_of=datetime(2026, 11, 10, tzinfo=UTC)) == []

    # And who writes again waits anew; an answer that comes late undoes the silence
    warehouse.load_rows([asked(1, "2026-11-12T10:00:00Z") | {"id": "q1b"}])
    warehouse.refresh()
    assert warehouse.query(waits)[:2] == [("archive:q1", "bot_silence", ended), ("archive:q1b", None, None)]
    answer = {"id": "a1", "account": "desk", "role": "brand", "thread": "t1", "channel": "chat"}
    warehouse.load_rows([answer | {"posted_at": "2026-11-03T10:00:00Z"}])
    warehouse.refresh()
    assert [row[1] for row in warehouse.query(waits)[:2]] == ["answer", None]


def test_a_site_whose_agents_are_in_no_seed_is_told(warehouse: House) -> None:
    # Given a forum whose export names no roles, and a desk's that does
    rows = [{"id": "1", "account": "ann", "posted_at": "2026-11-02T10:00:00Z"},
            {"id": "2", "account": "desk", "parent": "1", "posted_at": "2026-11-02T10:05:00Z"}]  # fmt: skip
    warehouse.load_rows(rows, name="board", answerable="all")
    warehouse.load_rows([rows[0], rows[1] | {"role": "brand"}], name="helpdesk")
    warehouse.refresh()

    health = "select source, knows_nobody from marts.source_health order by 1"
    assert warehouse.query(health) == [("board", True), ("helpdesk", False)]
    told = {one.name: one for one in doctor.examine(warehouse.settings)}["company's accounts"]
    assert (told.is_well, "nobody of the company is known on board:" in told.seen) == (False, True)

    # When the seed names the desk
    warehouse.connection.execute("insert into staging.brand_accounts values ('board', 'desk', 'us', 'agent')")
    assert warehouse.query(health)[0] == ("board", False)
