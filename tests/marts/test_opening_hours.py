"""Opening-hours minutes and due times equal a count of minutes in plain Python, over ten thousand waits.

The reference knows one thing: a minute is open when the clocks of the zone show an open hour on a day that is no
holiday. It asks that of every minute of fifteen months; the marts compute spans, clock settings and sums.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import MakeHouse
from tests.dbt.conftest import dbt
from tests.helpers.house import NOW, House

WAITS, PROMISED = 10_000, 90
BEGIN, END = datetime(2025, 9, 1, tzinfo=UTC), datetime(2026, 12, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EVERY_DAY, WORKDAYS = range(1, 8), range(1, 6)


@dataclass(frozen=True)
class Calendar:
    zone: str
    hours: dict[int, list[tuple[str, str]]]
    holidays: tuple[str, ...] = ()
    short: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


def daily(*hours: tuple[str, str], days: range = EVERY_DAY) -> dict[int, list[tuple[str, str]]]:
    return {day: list(hours) for day in days}


CALENDARS = {
    "office": Calendar(
        "Europe/Paris",
        daily(("09:00", "12:30"), ("13:30", "18:00"), days=WORKDAYS) | {6: [("09:00", "13:00")]},
        ("2025-12-24", "2025-12-25", "2025-12-26", "2026-01-01", "2026-03-30", "2026-10-26"),
        # Half a holiday, one that is open twice, and one on a day that is closed else
        {
            "2025-12-31": [("09:00", "12:00")],
            "2026-05-08": [("10:00", "11:00"), ("15:00", "16:30")],
            "2025-12-21": [("14:00", "17:00")],
        },
    ),
    "night": Calendar("Europe/Paris", daily(("20:00", "24:00"), ("00:00", "06:00")), ("2026-03-29",)),
    "in_the_gap": Calendar("Europe/Paris", daily(("02:15", "02:45"), ("02:50", "03:20"))),
    "new_york": Calendar("America/New_York", daily(("00:30", "01:30"), ("01:45", "20:00"))),
    "lord_howe": Calendar("Australia/Lord_Howe", daily(("00:00", "01:50"), ("13:15", "24:00"))),
    "kolkata": Calendar("Asia/Kolkata", daily(("00:00", "24:00"))),
}
CLOCKS_SET = [
    datetime(2025, 10, 5, tzinfo=UTC), datetime(2025, 10, 26, tzinfo=UTC), datetime(2025, 11, 2, tzinfo=UTC),
    datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC),
    datetime(2026, 10, 4, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC),
]  # fmt: skip
# Until the end of June one calendar, from July another: that of the day on which the wait opened counts.
MOVED = date(2026, 7, 1)


def minute_of(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def minutes_of(spans: list[tuple[str, str]]) -> set[int]:
    return {minute for opens, closes in spans for minute in range(minute_of(opens), minute_of(closes))}


@cache
def shown(zone: str) -> list[datetime]:
    """What a zone's clocks show at every minute."""
    place = ZoneInfo(zone)
    return [(BEGIN + MINUTE * n).astimezone(place) for n in range((END - BEGIN) // MINUTE)]


@cache
def seconds_open(name: str) -> list[int]:
    """Open seconds before every minute."""
    calendar = CALENDARS[name]
    off = {date.fromisoformat(day) for day in calendar.holidays}
    hours = {day: minutes_of(spans) for day, spans in calendar.hours.items()}
    short = {date.fromisoformat(day): minutes_of(spans) for day, spans in calendar.short.items()}
    is_open = (
        60
        * (
            at.hour * 60 + at.minute in short.get(at.date(), hours.get(at.isoweekday(), ()))
            and at.date() not in off
        )
        for at in shown(calendar.zone)
    )
    return list(accumulate(is_open, initial=0))


def open_before(name: str, moment: datetime) -> int:
    before = seconds_open(name)
    minute, rest = divmod(moment - BEGIN, MINUTE)
    return before[minute] + (rest.seconds if before[minute + 1] > before[minute] else 0)


def first_moment(name: str, seconds: int) -> datetime:
    """When a calendar has been open for so many seconds."""
    before = seconds_open(name)
    minute = bisect_left(before, seconds) - 1
    return BEGIN + MINUTE * minute + timedelta(seconds=seconds - before[minute])


@dataclass(frozen=True)
class Asked:
    number: int
    channel: str
    opened_at: datetime
    answered_at: datetime

    @property
    def calendar(self) -> str | None:
        if self.channel == "moving":
            day = self.opened_at.astimezone(ZoneInfo("Europe/Paris")).date()
            return "office" if day < MOVED else "night"
        return None if self.channel == "none" else self.channel

    @property
    def open_minutes(self) -> Decimal | None:
        if self.calendar is None:
            return None
        seconds = open_before(self.calendar, self.answered_at) - open_before(self.calendar, self.opened_at)
        return (Decimal(seconds) / 60).quantize(Decimal("0.001"), ROUND_HALF_UP)

    @property
    def due_at(self) -> datetime | None:
        if self.calendar is None:
            return None
        return first_moment(self.calendar, open_before(self.calendar, self.opened_at) + PROMISED * 60)

    @property
    def kept(self) -> bool | None:
        return None if self.due_at is None or self.due_at > NOW else self.answered_at <= self.due_at


def random_waits(random_: random.Random) -> Iterator[Asked]:
    channels = [*CALENDARS, "moving", "none"]
    for number in range(WAITS):
        if random_.random() < 0.6:
            opened = random_.choice(CLOCKS_SET) + timedelta(seconds=random_.randint(-2 * 86400, 2 * 86400))
        else:
            opened = datetime(2025, 9, 3, tzinfo=UTC) + timedelta(seconds=random_.randint(0, 420 * 86400))
        if random_.random() < 0.2:
            opened = opened.replace(minute=random_.choice([0, 15, 30]), second=0)
        longest = random_.choice([60, 3600, 6 * 3600, 2 * 86400, 20 * 86400])
        yield Asked(
            number, random_.choice(channels), opened, opened + timedelta(seconds=random_.randint(0, longest))
        )


def set_calendars(house: House) -> None:
    """Give the warehouse the test's calendars in place of the seeds', and count their openings."""
    run = house.connection.execute
    for seed in ("calendars", "opening_hours", "holidays", "channel_calendars", "promises"):
        run(f"truncate staging.{seed}".encode())
    for name, calendar in CALENDARS.items():
        run("insert into staging.calendars (calendar, zone) values (%s, %s)", (name, calendar.zone))
        run("insert into staging.channel_calendars (channel, calendar) values (%s, %s)", (name, name))
        for day, spans in calendar.hours.items():
            for opens, closes in spans:
                run("insert into staging.opening_hours values (%s, %s, %s, %s)", (name, day, opens, closes))
        for day in calendar.holidays:
            run("insert into staging.holidays values (%s, %s, 'off')", (name, day))
        for day, spans in calendar.short.items():
            for opens, closes in spans:
                run("insert into staging.holidays values (%s, %s, 'short', %s, %s)", (name, day, opens, closes))
    run("insert into staging.channel_calendars values ('moving', 'office', null, '2026-06-30')")
    run("insert into staging.channel_calendars values ('moving', 'night', '2026-07-01', null)")
    for channel in (*CALENDARS, "moving", "none"):
        run(
            "insert into staging.promises (channel, moment, clock, minutes) values (%s, 'answered', 'opening', %s)",
            (channel, PROMISED),
        )
    dbt(house).run("run", "--full-refresh", "--select", "int_openings_counted")


@pytest.fixture(scope="module")
def waits() -> dict[str, Asked]:
    return {f"archive:q{w.number}": w for w in random_waits(random.Random(20261025))}


@pytest.fixture(scope="module")
def house(make_house: MakeHouse, built: str, waits: dict[str, Asked]) -> Iterator[House]:
    with make_house(built) as house:
        set_calendars(house)
        rows = []
        for w in waits.values():
            common = {"thread": f"t{w.number}", "channel": w.channel}
            question = {"id": f"q{w.number}", "account": f"customer{w.number % 500}", "role": "customer"}
            answer = {"id": f"r{w.number}", "account": "desk", "role": "brand", "parent": f"q{w.number}"}
            rows.append(common | question | {"posted_at": w.opened_at.isoformat()})
            rows.append(common | answer | {"posted_at": w.answered_at.isoformat()})
        house.load_rows(rows)
        assert [report.is_full for report in house.refresh()] == [False], "the seeds' calendars came back"
        yield house


def test_open_minutes_equal_the_count_of_open_minutes(house: House, waits: dict[str, Asked]) -> None:
    found = house.query(
        "select opening_message_id, opening_calendar, response_open_minutes, minutes_missing from marts.fct_waits"
    )

    expected = {
        (key, w.calendar, w.open_minutes, None if w.calendar else "no calendar") for key, w in waits.items()
    }
    assert len(found) == WAITS
    assert set(found) ^ expected == set()


def test_promises_by_opening_hours_fall_due_when_the_hours_have_passed(
    house: House, waits: dict[str, Asked]
) -> None:
    found = house.query("select opening_message_id, promise_due_at, promise_kept from marts.fct_waits")

    assert set(found) ^ {(key, w.due_at, w.kept) for key, w in waits.items()} == set()


def test_round_the_clock_the_two_clocks_agree(house: House) -> None:
    apart = house.query(
        "select wait_id from marts.fct_waits"
        " where channel = 'kolkata' and response_open_minutes <> response_minutes"
    )

    assert apart == []


def test_the_waits_cover_what_is_hard(house: House) -> None:
    # Given ten thousand waits, then hundreds are wholly out of hours, and hundreds are open when clocks are set
    zero, spanning = house.query(
        "select count(*) filter (where response_open_minutes = 0 and response_minutes > 1), count(*) filter"
        " (where opened_at < '2026-03-29 01:00+00' and answered_at > '2026-03-29 01:00+00') from marts.fct_waits"
    )[0]

    assert zero > 500 and spanning > 100
