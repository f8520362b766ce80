"""Figures are written alike everywhere: no nought for nothing, no false precision, signs that say what is good."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app import charts, kpis, look
from app import format as fmt
from app import kpi as kpi_of
from app.rows import OpenWait, Point, Service
from app.thread import words

SERVICE = Service(
    channel=None, waits_opened=40, waits_counted=40, waits_answered=30, waits_open=10,
    answered_rate=0.75, response_minutes_n=30,
    response_minutes_median=65.0, response_minutes_p90=200.0, promises_due=38, promises_kept=19,
    promise_kept_rate=0.5,
)  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (None, "–"), (0, "0 min"), (0.4, "< 1 min"), (4.2, "4 min"), (59.7, "1 h"), (125, "2 h 05"),
        (1439.4, "23 h 59"), (1439.9, "1 d"), (4560, "3 d 4 h"), (4320, "3 d"), (144_000, "100 d"),
    ],
)  # fmt: skip
def test_minutes_read_as_people_say_them(minutes: float | None, text: str) -> None:
    assert fmt.minutes(minutes) == text


def test_a_moment_is_told_in_the_companys_zone_on_both_sides_of_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Paris")
    assert fmt.moment(datetime(2026, 10, 24, 22, 30, tzinfo=UTC), zone) == "Sun 25 Oct 2026, 00:30"
    assert fmt.moment(datetime(2026, 10, 25, 22, 30, tzinfo=UTC), zone) == "Sun 25 Oct 2026, 23:30"
    assert fmt.moment(datetime(2026, 10, 25, 11, 0, tzinfo=UTC), zone, "day") == "Sun 25 Oct 2026"


def test_spans_name_month_and_year_once() -> None:
    assert fmt.days(date(2026, 11, 1), date(2026, 11, 20)) == "1 – 20 Nov 2026"
    assert fmt.days(date(2025, 12, 30), date(2026, 1, 2)) == "30 Dec 2025 – 2 Jan 2026"


def test_a_line_is_the_first_with_words_and_short() -> None:
    assert fmt.line("\n \nHello\nthere") == "Hello"
    assert len(fmt.line("x" * 500)) == 160
    assert fmt.line(None) == ""


@pytest.mark.parametrize(
    ("kpi", "column", "before", "mood", "text"),
    [
        (kpis.RESPONSE_MEDIAN, "response_minutes_median", 95.0, "good", "▼ −30 min"),
        (kpis.RESPONSE_MEDIAN, "response_minutes_median", 5.0, "bad", "▲ +1 h"),
        (kpis.ANSWERED_RATE, "answered_rate", 0.5, "good", "▲ +25.0 pts"),
        (kpis.WAITS_OPENED, "waits_opened", 30, "even", "▲ +10"),
        (kpis.WAITS_OPEN, "waits_open", 30, "good", "▼ −20"),
        (kpis.WAITS_OPEN, "waits_open", 10, "even", "no change"),
    ],
)
def test_a_change_is_good_or_bad_by_what_the_figure_means(
    kpi: kpi_of.Kpi, column: str, before: float, mood: str, text: str
) -> None:
    moved = kpi_of.change(kpi, SERVICE, replace(SERVICE, **{column: before}))
    assert (moved.mood, moved.text) == (mood, text)


def test_a_change_against_too_few_is_not_told() -> None:
    moved = kpi_of.change(kpis.ANSWERED_RATE, SERVICE, replace(SERVICE, waits_counted=3))
    assert (moved.text, moved.before) == ("", "before too few: n = 3")


def test_every_figure_says_its_population_and_its_clock_is_named_where_it_has_one() -> None:
    for kpi in (*kpis.columns("calendar"), *kpis.LATER, *kpis.SATISFACTION):
        assert "opulation" in kpi.help
        if kpi.write is fmt.minutes:
            assert "calendar minutes" in kpi.help


def test_a_point_of_too_few_is_a_gap_and_counted_as_hidden() -> None:
    week = date(2026, 11, 2), date(2026, 11, 8)
    few = Point(*week, replace(SERVICE, channel="mail", response_minutes_n=4))
    enough = Point(*week, replace(SERVICE, channel="forum"))
    drawn = charts.frame([few, enough], kpis.RESPONSE_MEDIAN).set_index("series")["value"]
    assert drawn["forum"] == 65.0
    assert drawn.isna()["mail"]
    assert charts.hidden([few, enough], kpis.RESPONSE_MEDIAN) == 1


def test_a_channel_keeps_its_colour_and_unknown_ones_get_one() -> None:
    colours = look.colours(("chat", "mail"))
    assert colours["mail"] == look.CHANNEL_COLOURS["mail"]
    assert colours["chat"].startswith("#")


def test_a_text_that_may_not_be_shown_says_so_wherever_it_would_stand() -> None:
    wait = OpenWait("w", "c", "mail", "Nora", datetime(2026, 11, 1, tzinfo=UTC), None, None, None, None, True)
    assert fmt.subject(wait) == "text not shown, as the source's policy says"
    assert "text not shown" in words(None, is_withheld=True)
    assert fmt.subject(replace(wait, title="Carte", text_withheld=False)) == "Carte"
