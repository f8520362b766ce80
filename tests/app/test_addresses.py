"""An address that asks for what is not there is told so: no page crashes, and no figure reads as calm."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import View, tiles

DAYS = {"from_": "2026-10-22", "to": "2026-11-20"}
PAGES = ("today", "answer", "customers", "review", "sources")
NAMES = (
    "from_", "to", "channel", "panel", "grain", "clock", "state", "tab", "topic", "severity", "copies",
    "q", "page", "conversation", "customer", "source", "lang", "pair", "who",
)  # fmt: skip


def left_out(app: AppTest) -> str:
    return "".join(part.value for part in app.html if 'data-testid="left-out"' in part.value)


def test_a_channel_that_is_not_there_is_told_and_all_others_count(view: View) -> None:
    app = view(anew=True, channel="nosuch", **DAYS)
    assert "channel=nosuch" in left_out(app)
    assert tiles(app) == tiles(view(**DAYS))
    assert "channel" not in app.query_params
    assert not any("Nobody waits" in part.value for part in app.html)


def test_of_several_channels_and_panels_those_that_are_there_count(view: View) -> None:
    app = view(anew=True, channel="mail,nosuch", panel="nobody%20has%20it,own", **DAYS)
    assert "channel=nosuch · panel=nobody has it" in left_out(app)
    assert tiles(app) == tiles(view(channel="mail", panel="own", **DAYS))
    assert app.query_params["channel"] == "mail"


@pytest.mark.parametrize("name_of_page", PAGES)
@pytest.mark.parametrize("given", ["\0", "a\0b", "%00", "é" * 3000, "0001-01-01"])
def test_no_parameter_crashes_a_page(view: View, name_of_page: str, given: str) -> None:
    app = view(name_of_page, anew=True, **dict.fromkeys(NAMES, given))
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("given", ["0001-01-01", "9999-12-31", "10000-01-01", "yesterday", "2026-02-30", "\0"])
def test_a_day_that_is_none_is_told_and_the_usual_one_counts(view: View, given: str) -> None:
    app = view(anew=True, from_=given, to="2026-11-20")
    assert "from=" in left_out(app)
    assert tiles(app) == tiles(view(**DAYS))


@pytest.mark.parametrize(
    "days", [{"from_": "1990-01-01", "to": "1990-12-31"}, {"from_": "2100-01-01", "to": "2100-12-31"}]
)
def test_a_period_without_messages_does_not_say_that_nobody_waits(view: View, days: dict[str, str]) -> None:
    page = "".join(part.value for part in view(**days).html)
    assert "Nobody waits" not in page
    waiting = int(tiles(view(from_="2026-01-01", to="2026-12-31"))["Open requests"])
    told = [int(n) for n in re.findall(r'data-testid="count-\w+"><b>([\d,]+)</b>', page)]
    assert len(told) == 3
    assert sum(told) == waiting


def test_a_century_is_drawn_by_no_finer_grain_than_a_screen_has_place_for(view: View) -> None:
    app = view(anew=True, from_="1990-01-01", to="2100-12-31", grain="day")
    assert "grain=day" in left_out(app)
    assert app.segmented_control(key="grain").value == "month"
    assert tiles(app)["Requests"] == tiles(view(from_="2026-01-01", to="2026-12-31"))["Requests"]


@pytest.mark.parametrize(
    ("name_of_page", "parameter", "given"),
    [
        ("today", "grain", "second"), ("today", "clock", "sun"), ("answer", "tab", "lost"),
        ("answer", "severity", "9"), ("answer", "topic", "nosuch"), ("answer", "page", "99999"),
        ("customers", "page", "-1"), ("sources", "source", "nosuch"),
        ("customers", "who", "everybody"), ("review", "tab", "nosuch"),
    ],
)  # fmt: skip
def test_what_a_widget_does_not_offer_is_told_and_leaves_the_address(
    view: View, name_of_page: str, parameter: str, given: str
) -> None:
    app = view(name_of_page, anew=True, **{parameter: given}, **DAYS)
    assert f"{parameter}={given}" in left_out(app)
    assert app.query_params.get(parameter, "") != given
