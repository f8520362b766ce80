"""Figures are written alike everywhere: no nought for nothing, no false precision, signs that say what is good."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.messages.thread import words
from app.messages.waiting import Waiting
from app.shared import charts, components
from app.shared import format as fmt
from app.shared.kpi import Figure, Figures, Kpi, change
from app.shared.language import SPACE, Language
from flows.errors import SettingError
from flows.settings import DBT_PROJECT

with (DBT_PROJECT / "seeds" / "kpi_definitions.csv").open(encoding="utf-8", newline="") as seed:
    ROWS = [
        {("name" if key == "kpi" else key): value for key, value in row.items()} for row in csv.DictReader(seed)
    ]
NAMES = {field.name for field in fields(Kpi)}
WEEK = date(2026, 11, 2), date(2026, 11, 8)


def of_seed(row: dict[str, str]) -> Kpi:
    words: dict[str, Any] = {name: value for name, value in row.items() if name in NAMES}
    return Kpi(**(words | {"min_n": int(row["min_n"])}))


KPIS = {row["name"]: of_seed(row) for row in ROWS}
MEDIAN, RATE = KPIS["response_minutes_median"], KPIS["answered_rate"]


def given(
    kpi: Kpi, value: float | None, n: int, channel: str | None = None, *, off: float | None = None
) -> Figures:
    """A figure that may be `off` by so much."""
    bounds = (None, None) if value is None or off is None else (value - off, value + off)
    return Figures(*WEEK, channel, {kpi.name: Figure(value, n, *bounds)})


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
    ("name", "values", "off", "mood", "text"),
    [
        ("response_minutes_median", (95.0, 65.0), 20, "good", "▼ −30 min"),
        ("response_minutes_median", (5.0, 65.0), 20, "bad", "▲ +1 h"),
        ("answered_rate", (0.5, 0.75), 0.1, "good", "▲ +25.0 pts"),
        ("waits_opened", (30, 400), None, "even", "▲ +370"),
        ("waits_open", (30, 10), None, "good", "▼ −20"),
        ("waits_open", (10, 10), None, "even", "no change"),
        ("nps", (-10.0, 5.0), 10, "good", "▲ +15 pts"),
        ("rating_mean", (0.8, 0.6), 0.1, "bad", "▼ −1.0"),
        # What chance may explain, or is not known to be more, has no colour.
        ("response_minutes_median", (95.0, 65.0), 22, "even", "▼ −30 min"),
        ("answered_rate", (0.5, 0.75), 0.2, "even", "▲ +25.0 pts"),
        ("answered_rate", (0.5, 0.75), None, "even", "▲ +25.0 pts"),
        ("waits_open", (30, 24), None, "even", "▼ −6"),
        ("waits_open", (20, 3), None, "even", "▼ −17"),
    ],
)
def test_a_change_is_good_or_bad_by_what_the_figure_means_where_it_is_sure(
    name: str, values: tuple[float, float], off: float | None, mood: str, text: str
) -> None:
    kpi, (before, now) = KPIS[name], values
    moved = change(kpi, given(kpi, now, 40, off=off), given(kpi, before, 30, off=off))
    assert (moved.mood, moved.text) == (mood, text)


def test_a_change_of_figures_that_stand_on_few_has_no_colour() -> None:
    moved = change(RATE, given(RATE, 0.9, 29, off=0.01), given(RATE, 0.5, 300, off=0.01))
    assert (moved.mood, moved.text) == ("even", "▲ +40.0 pts")


def test_a_change_against_too_few_is_not_told() -> None:
    moved = change(RATE, given(RATE, 0.75, 40), given(RATE, 0.75, 3))
    assert (moved.text, moved.before) == ("", "before too few: n = 3")


def test_a_figure_that_was_not_given_is_an_error_that_names_it() -> None:
    with pytest.raises(SettingError, match="no KPI answered_rate"):
        RATE.text(given(MEDIAN, 65.0, 30))


def test_every_figure_says_its_population_and_its_clock_is_named_where_it_has_one() -> None:
    for kpi in KPIS.values():
        assert "opulation" in kpi.help
        if kpi.unit == "minutes":
            assert "minutes" in kpi.clock_words


@pytest.mark.parametrize("what", ["label", "definition", "population", "counted"])
def test_every_kpi_has_its_words_in_both_languages(speak: Callable[[Language], None], what: str) -> None:
    for row in ROWS:
        assert bool(row[f"{what}_en"]) == bool(row[f"{what}_fr"]) == (what != "counted" or row["unit"] != "count")
    speak("fr")
    assert MEDIAN.title == "Délai médian de réponse"
    assert all(f"{SPACE}:" in kpi.help for kpi in KPIS.values())


def test_a_point_of_too_few_is_a_gap_and_counted_as_hidden() -> None:
    points = [given(MEDIAN, 65.0, 4, "mail"), given(MEDIAN, 65.0, 30, "forum"), given(MEDIAN, None, 0, "chat")]
    drawn = charts.frame(points, MEDIAN).set_index("series")["value"]
    assert drawn["forum"] == 65.0
    assert drawn.isna()[["mail", "chat"]].all()
    assert charts.hidden(points, MEDIAN) == (1, 2)


def test_a_channel_keeps_its_colour_and_unknown_ones_get_one() -> None:
    colours = components.colours(("chat", "mail"))
    assert colours["mail"] == components.CHANNEL_COLOURS["mail"]
    assert colours["chat"].startswith("#")


def test_a_text_that_may_not_be_shown_says_so_wherever_it_would_stand() -> None:
    wait = Waiting(
        "c", "m", "mail", "Nora", datetime(2026, 11, 1, tzinfo=UTC), None, "backlog", "low", [], None, 1, None,
        None, None, None, True, 1, 0,
    )  # fmt: skip
    assert fmt.subject(wait) == "text not shown, as the source's policy says"
    assert "text not shown" in words(None, is_withheld=True)
    assert fmt.subject(replace(wait, title="Carte", text_withheld=False)) == "Carte"
    assert fmt.subject(replace(wait, title=" ", body=None, text_withheld=False)) == "no text to show"
    assert "text cannot be read: in Outlook's own form (winmail.dat)" in unescape(
        words(None, is_withheld=False, missing="tnef")
    )
