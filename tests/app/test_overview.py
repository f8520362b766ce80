"""The overview shows what the marts say, which is what the archive says; each figure with its n."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from streamlit.testing.v1 import AppTest

from app.overview import queries as overview_queries
from app.shared import format as fmt
from app.shared import measures
from app.shared.period import View as Asked
from flows.errors import SettingError
from tests.app.conftest import Place, View, tiles
from tests.app.counted import waits

KPIS = ("waits_opened", "answered_rate", "response_minutes_median")
TAGS = re.compile(r"<[^>]+>")
PERIODS = [
    (date(2026, 10, 22), date(2026, 11, 20), None),
    (date(2026, 11, 9), date(2026, 11, 10), None),
    (date(2026, 9, 21), date(2026, 11, 20), ["twitter", "mail"]),
    (date(2026, 11, 2), date(2026, 11, 15), ["forum"]),
]


def tile(app: AppTest, label: str) -> str:
    return tiles(app)[label]


def html(app: AppTest, testid: str) -> str:
    """Text of the element with this test id, its markup taken away."""
    for element in app.html:
        found = re.search(rf'<(\w+)[^>]*data-testid="{testid}"[^>]*>(.*?)</\1>', element.value, re.DOTALL)
        if found:
            return TAGS.sub(" ", found[2]).replace("  ", " ").strip()
    raise AssertionError(f"no {testid} on the page")


def of_marts(
    place: Place,
    first: date,
    last: date,
    channels: list[str] | None,
    grain: str | None = None,
    *,
    age: timedelta | None = None,
) -> dict[tuple[date, str | None], dict[str, Any]]:
    """Each KPI's value, and its n under `n:` and its name, by bucket and channel."""
    with psycopg.connect(place.url) as connection:
        query = "select bucket, channel, kpi, value, n from marts.kpis(%s, %s, %s, null, %s::text[], at_age => %s)"
        rows = connection.execute(query, (first, last, grain, channels, age)).fetchall()
    found: dict[tuple[date, str | None], dict[str, Any]] = defaultdict(dict)
    for bucket, channel, kpi, value, n in rows:
        found[bucket, channel] |= {kpi: value, f"n:{kpi}": n}
    return found


def opened(view: View, first: date, last: date, channels: list[str] | None) -> AppTest:
    given = {"from_": first.isoformat(), "to": last.isoformat()}
    return view(**given, **({"channel": ",".join(channels)} if channels else {}))


@pytest.mark.parametrize(("first", "last", "channels"), PERIODS)
def test_tiles_say_what_the_marts_say(
    view: View, served: Place, first: date, last: date, channels: list[str] | None
) -> None:
    app = opened(view, first, last, channels)
    marts = of_marts(served, first, last, channels)[first, None]
    assert tile(app, "Waits opened") == str(marts["waits_opened"])
    assert tile(app, "Open waits") == str(marts["waits_open"])
    assert tile(app, "Median response") == fmt.minutes(float(marts["response_minutes_median"]))
    assert html(app, "value-response_minutes_p90") == fmt.minutes(float(marts["response_minutes_p90"]))
    assert tile(app, "Answered rate") == f"{float(marts['answered_rate']) * 100:.1f}%"
    assert tile(app, "Promise kept") == f"{float(marts['promise_kept_rate']) * 100:.1f}%"
    assert f"n = {marts['n:response_minutes_median']} " in html(app, "n-response_minutes_median")
    assert html(app, "n-promise_kept_rate") == f"n = {marts['n:promise_kept_rate']} promises due"


@pytest.mark.parametrize(("first", "last", "channels"), PERIODS)
def test_tiles_say_what_counting_the_archive_by_hand_says(
    view: View, served: Place, first: date, last: date, channels: list[str] | None
) -> None:
    counted = [
        wait
        for wait in waits(served.files)
        if first <= wait.day <= last and (not channels or wait.channel in channels)
    ]
    answered = [wait for wait in counted if wait.answered]
    app = opened(view, first, last, channels)
    assert tile(app, "Waits opened") == str(len(counted))
    assert tile(app, "Open waits") == str(len(counted) - len(answered))
    assert tile(app, "Answered rate") == f"{len(answered) / len(counted) * 100:.1f}%"


def test_a_figure_of_fewer_than_five_is_hidden_and_says_so(view: View) -> None:
    app = view(from_="2026-11-01", to="2026-11-20", channel="chat")
    assert tile(app, "Waits opened") == "1"
    assert tile(app, "Answered rate") == "too few: n = 1"
    assert tile(app, "Median response") == "too few: n = 1"
    # No promise on that channel: nothing fell due, which is neither kept nor missed.
    assert tile(app, "Promise kept") == "–"
    assert html(app, "n-promise_kept_rate") == "n = 0 promises due"


def test_nothing_is_a_dash_and_never_nought(view: View) -> None:
    app = view(from_="2026-11-12", to="2026-11-20", channel="chat")
    assert [tile(app, label) for label in ("Median response", "Answered rate", "Promise kept")] == ["–"] * 3
    assert tile(app, "Waits opened") == "0"


def test_a_change_names_both_periods_figures_and_ns(view: View, served: Place) -> None:
    app = view(from_="2026-10-22", to="2026-11-20")
    now = of_marts(served, date(2026, 10, 22), date(2026, 11, 20), None)[date(2026, 10, 22), None]
    age = measures.age(Asked(date(2026, 10, 22), date(2026, 11, 20)))
    assert age
    told = f"each as known {fmt.minutes(age.total_seconds() / 60)} after its end"
    assert any(told in part.value for part in app.html)
    former = of_marts(served, date(2026, 9, 22), date(2026, 10, 21), None, age=age)
    before = former[date(2026, 9, 22), None]
    points = (float(now["answered_rate"]) - float(before["answered_rate"])) * 100
    shown = html(app, "change-answered_rate")
    assert points < 0
    assert f"▼ −{abs(points):.1f} pts" in shown
    assert f"before {float(before['answered_rate']) * 100:.1f}% (n = {before['waits_opened']})" in shown
    # Chance may explain so small a change: it has no colour. The figure says what it lies between.
    assert any('v-change v-even" data-testid="change-answered_rate"' in part.value for part in app.html)
    assert re.fullmatch(r"95%: \d\d\.\d% to \d\d\.\d%", html(app, "interval-answered_rate"))


def test_days_before_the_data_begin_are_no_period_to_compare_with(view: View) -> None:
    app = view(from_="2026-09-21", to="2026-10-20")
    assert html(app, "change-waits_opened") == "data begin 21 Sep 2026"


def test_the_table_has_a_row_a_channel_each_with_its_n(view: View, served: Place) -> None:
    app = view(from_="2026-10-22", to="2026-11-20")
    marts = of_marts(served, date(2026, 10, 22), date(2026, 11, 20), ["forum"])[date(2026, 10, 22), "forum"]
    row = html(app, "row-forum")
    assert fmt.minutes(float(marts["response_minutes_median"])) in row
    assert f"n = {marts['promises_due']}" in row
    assert "too few: n = 1" in html(app, "row-chat")


def test_open_waits_lead_with_the_promise_that_fell_due_first(view: View, served: Place) -> None:
    app = view(from_="2026-10-22", to="2026-11-20")
    shown = [part.value for part in app.html if "open-wait" in part.value]
    listed = overview_queries.open_waits(Asked(date(2026, 10, 22), date(2026, 11, 20)), len(shown))
    due = [wait.promise_due_at for wait in listed if wait.promise_due_at]
    assert due == sorted(due)
    assert all(wait.who in part for wait, part in zip(listed, shown, strict=True))
    assert "overdue by" in shown[0]
    assert "conversation=" in app.get("page_link")[0].proto.query_string


@pytest.mark.parametrize("grain", ["day", "week", "month"])
@pytest.mark.parametrize("age", [None, timedelta(hours=-6), timedelta(hours=9)])
def test_the_charts_points_are_those_of_the_marts_trend(served: Place, grain: Any, age: timedelta | None) -> None:
    asked = Asked(date(2026, 10, 22), date(2026, 11, 20))
    drawn = {(point.first, point.channel): point for point in measures.figures(asked, KPIS, grain, age)}
    computed = of_marts(served, asked.first, asked.last, None, grain, age=age)

    assert drawn.keys() <= computed.keys()
    assert {first for first, _ in drawn} == {first for first, _ in computed}
    for place, point in drawn.items():
        for kpi in KPIS:
            value = computed[place][kpi]
            assert point[kpi].value == (None if value is None else pytest.approx(float(value)))
            assert point[kpi].n == computed[place][f"n:{kpi}"]


def test_the_charts_points_are_compared_at_one_age(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[timedelta | None] = []
    figures = measures.figures

    def heard(*given: Any, **named: Any) -> Any:
        if len(given) > 2 and "answered_rate" in given[1]:  # of buckets
            asked.append(given[3] if len(given) > 3 else None)
        return figures(*given, **named)

    monkeypatch.setattr(measures, "figures", heard)
    app = view(anew=True, from_="2026-10-22", to="2026-11-20")
    assert "Points are compared at one age" in " ".join(caption.value for caption in app.caption)
    assert asked == [measures.age(Asked(date(2026, 10, 22), date(2026, 11, 20)))]


def test_a_kpi_that_the_marts_do_not_have_is_named_and_never_shown(served: Place) -> None:
    asked = Asked(date(2026, 10, 22), date(2026, 11, 20))
    with pytest.raises(SettingError, match="no KPI waits_dreamt"):
        measures.figures(asked, ("waits_opened", "waits_dreamt"))
    with pytest.raises(SettingError, match="no KPI nps"):
        measures.figures(asked, ("waits_opened",))[0]["nps"]
    with pytest.raises(SettingError, match="no KPI waits_dreamt"):
        measures.kpis()["waits_dreamt"]


def test_the_page_names_a_kpi_that_is_missing(contract: View, contract_database: str) -> None:
    renamed = "update marts.dim_kpis set kpi = %s where kpi = %s"
    with psycopg.connect(contract_database, autocommit=True) as connection:
        connection.execute(renamed, ("renamed", "answered_rate"))
        try:
            app = contract(anew=True)
        finally:
            connection.execute(renamed, ("answered_rate", "renamed"))
    assert "no KPI answered_rate" in " ".join(error.value for error in app.error)
    assert not tiles(app)


def test_a_tile_tells_the_interval_its_figure_lies_in(view: View, served: Place) -> None:
    app = view(from_="2026-10-22", to="2026-11-20")
    shown = next(part.value for part in app.html if "tiles-service" in part.value)
    figure = measures.figures(Asked(date(2026, 10, 22), date(2026, 11, 20)), ("answered_rate",))[0]["answered_rate"]
    assert figure.low is not None
    assert figure.high is not None
    assert f"95% interval: {fmt.rate(figure.low)} to {fmt.rate(figure.high)}." in shown


def test_weeks_begin_on_monday_and_the_first_with_the_period(served: Place) -> None:
    points = measures.figures(Asked(date(2026, 10, 22), date(2026, 11, 20)), KPIS, "week")
    starts = sorted({point.first for point in points})
    assert starts[0] == date(2026, 10, 22)
    assert all(start.weekday() == 0 for start in starts[1:])
    assert all(point.last - point.first <= timedelta(6) for point in points)
