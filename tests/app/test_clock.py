"""Response times are told on the calendar or on opening hours; what the marts don't know is not shown."""

from __future__ import annotations

from tests.app.conftest import View
from tests.app.test_today_figures import html, tile


def test_the_clock_is_in_the_address_and_changes_the_response_times(contract: View) -> None:
    app = contract(anew=True)
    assert tile(app, "Median response") == "3 h 40"
    app.segmented_control(key="clock").set_value("open").run()
    assert app.query_params["clock"] == "open"
    assert tile(app, "Median response") == "45 min"
    assert html(app, "value-response_open_minutes_p90") == "3 h 10"
    assert html(app, "n-response_open_minutes_median") == "9 in 10 within 3 h 10 · n = 1,180 responses"
    app.segmented_control(key="clock").set_value("calendar").run()
    assert "clock" not in app.query_params


def test_the_figures_clock_is_named_with_them(contract: View) -> None:
    app = contract(clock="open")
    told = html(app, "tile-response_open_minutes_median")
    assert "opening hours" in told
    assert "opening hours" in next(part.value for part in app.html if "calendar" in part.value)


def test_resolution_and_satisfaction_stand_beside_each_with_its_n(contract: View) -> None:
    app = contract()
    assert tile(app, "Median first response") == "2 h 05"
    assert html(app, "n-one_touch_rate") == "n = 420 resolved"
    assert tile(app, "Reopens") == "12"
    assert tile(app, "One-touch resolution") == "62.5%"
    assert tile(app, "Satisfied (CSAT)") == "81.2%"
    assert html(app, "n-csat_rate") == "40.0% answered · n = 80 answers"
    assert tile(app, "Net promoter score (NPS)") == "−12"
    assert tile(app, "Mean rating") == "4.2\u00a0/\u00a05"


def test_too_few_answers_are_hidden_by_channel(contract: View) -> None:
    shown = next(part.value for part in contract().html if "satisfaction-by-channel" in part.value)
    assert "too few: n = 3" in shown
    assert "33" not in shown


def test_what_the_figures_mean_can_be_read_without_pointing(contract: View) -> None:
    means = html(contract(), "meanings")
    for words in ("Promise kept", "Population: requests opened in the period", "Clock: calendar minutes", "CSAT"):
        assert words in means
