"""The URL and the widgets say the same: a copied link opens the same view, and pages share it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.overview import queries as overview_queries
from app.shared.period import View as Asked
from app.shared.period import of_url, preset, usual_grain
from flows.settings import PROJECT
from tests.app.conftest import PANEL, View, tiles


def test_without_parameters_the_view_is_the_last_thirty_days_with_data_and_the_url_says_so(view: View) -> None:
    app = view()
    assert app.query_params["from"] == "2026-10-22"
    assert app.query_params["to"] == "2026-11-20"
    assert app.segmented_control(key="view_days").value == 30


def test_the_urls_parameters_set_the_widgets(view: View) -> None:
    app = view(from_="2026-11-01", to="2026-11-10", channel="twitter,mail")
    assert app.date_input(key="view_first").value == date(2026, 11, 1)
    assert app.date_input(key="view_last").value == date(2026, 11, 10)
    assert sorted(app.pills(key="view_channels").value) == ["mail", "twitter"]
    assert app.segmented_control(key="view_days").value is None


def test_the_widgets_set_the_url(view: View) -> None:
    app = view(anew=True)
    app.segmented_control(key="view_days").set_value(7).run()
    assert app.query_params["from"] == "2026-11-14"
    app.pills(key="view_channels").set_value(["mail"]).run()
    assert app.query_params["channel"] == "mail"
    app.date_input(key="view_first").set_value(date(2026, 11, 2)).run()
    assert app.query_params["from"] == "2026-11-02"
    app.pills(key="view_channels").set_value([]).run()
    assert "channel" not in app.query_params
    assert not app.exception


def test_a_panels_tag_is_any_text_and_the_address_keeps_it(view: View) -> None:
    app = view(anew=True)
    assert app.pills(key="view_panels").options == ["own", PANEL]
    app.pills(key="view_panels").set_value([PANEL]).run()
    assert app.query_params["panel"] == "social%2C%20care"
    again = view(panel=app.query_params["panel"] + ",own")
    assert sorted(again.pills(key="view_panels").value) == ["own", PANEL]
    assert any("panel social, care, own" in part.value for part in again.html)
    app.pills(key="view_panels").set_value([]).run()
    assert "panel" not in app.query_params
    assert not app.exception


def test_a_panel_shows_what_its_sources_read_and_nothing_else(view: View) -> None:
    days = {"from_": "2026-09-21", "to": "2026-11-20", "channel": "chat"}
    assert tiles(view(**days))["Waits opened"] == "1"
    assert tiles(view(panel="own", **days))["Waits opened"] == "0"
    assert view("conversations", **days).dataframe
    assert not view("conversations", panel="own", **days).dataframe
    asked = Asked(date(2026, 9, 21), date(2026, 11, 20))
    assert (
        overview_queries.open_waits(asked, 9)
        == overview_queries.open_waits(replace(asked, panels=("own",)), 9)
        != []
    )
    assert overview_queries.open_waits(replace(asked, panels=("nobody has it",)), 9) == []


def test_no_folder_lets_streamlit_run_a_page_without_the_frame() -> None:
    # A copied link that is the first thing a fresh server sees would open without navigation and filters.
    assert not (PROJECT / "app" / "pages").exists()


def test_switching_the_page_keeps_the_view(view: View) -> None:
    app = view(anew=True, from_="2026-11-01", to="2026-11-10", channel="twitter")
    app.query_params.clear()
    app.switch_page("conversations/page.py").run()
    assert app.query_params["from"] == "2026-11-01"
    assert app.query_params["channel"] == "twitter"


@pytest.mark.parametrize("grain", ["day", "week", "month"])
def test_the_grain_is_in_the_url_too(view: View, grain: str) -> None:
    assert view(grain=grain).segmented_control(key="grain").value == grain


USUAL = Asked(*preset(30, date(2026, 11, 20)))


def test_unreadable_parameters_are_as_usual() -> None:
    assert of_url({}, USUAL) is None
    assert of_url({"from": "yesterday", "to": "2026-13-01"}, USUAL) == USUAL


def test_days_the_wrong_way_round_are_turned() -> None:
    found = of_url({"from": "2026-11-10", "to": "2026-11-01"}, USUAL)
    assert found == Asked(date(2026, 11, 1), date(2026, 11, 10))


def test_the_period_before_is_as_long_and_ends_the_day_before() -> None:
    before = USUAL.before
    assert (before.first, before.last, before.length) == (date(2026, 9, 22), date(2026, 10, 21), USUAL.length)


def test_what_is_no_channels_name_is_left_out() -> None:
    found = of_url({"channel": "mail,<b>,mail, twitter"}, USUAL)
    assert found
    assert found.channels == ("mail", "b", "twitter")


@pytest.mark.parametrize(("length", "grain"), [(1, "day"), (14, "day"), (30, "week"), (365, "month")])
def test_longer_periods_have_coarser_grains(length: int, grain: str) -> None:
    assert usual_grain(length) == grain
