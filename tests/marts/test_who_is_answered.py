"""Who answered whom: small archives of a help desk, with the right values that a person counts by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MakeHouse
from tests.helpers.house import House
from tests.helpers.kpis import ALWAYS, of_period, values

CASES = {
    "f02": "F02_newest_first", "f03": "F03_at_sign", "f09": "F09_day", "f10": "F10_botres", "f11": "F11_prefix",
    "f12": "F12_review", "f13": "F13_chain", "f14": "F14_note", "f16": "F16_closed_unanswered",
    "f17": "F17_lifelong_thread", "f18": "F18_case", "f19": "F19_future",
    "tilleul": "F04_listed_bot",  # the site whose bot the shipped seeds list
}  # fmt: skip
COLLECTED = "2026-11-20T10:00:00+00:00"
ANSWERED = "closing_message_id, response_minutes::float, promise_kept"


@pytest.fixture(scope="module")
def cases(make_house: MakeHouse, built: str, data: Path) -> Iterator[House]:
    """Every case a source of its own, all in one warehouse."""
    folder = data / "cases" / "figures"
    with make_house(built) as house:
        for name, file in CASES.items():
            house.load(folder / f"{file}.csv", name=name)
            if (statuses := folder / f"{file}_statuses.csv").exists():
                house.load(statuses, name=f"{name}.desk", site=name, mapping="statuses")
        # Whatever day it is: what is dated after this had not been written yet.
        house.connection.execute("update raw.files__messages set collected_at = %s", (COLLECTED,))
        house.refresh()
        yield house


def waits(house: House, site: str, columns: str = ANSWERED) -> dict[str, tuple[Any, ...]]:
    """The waits of a case by their opening message."""
    rows = house.query(
        f"select opening_message_id, {columns} from marts.fct_waits where source = %s order by 1", site
    )
    return {
        row[0].removeprefix(f"{site}:"): tuple(
            v.removeprefix(f"{site}:") if isinstance(v, str) else v for v in row[1:]
        )
        for row in rows
    }


def test_a_reply_stands_after_its_message_though_the_file_is_newest_first(cases: House) -> None:
    assert waits(cases, "f02") == {"q1": ("a1", 0, True)}


def test_an_at_sign_in_an_address_or_of_another_company_names_nobody(cases: House) -> None:
    assert waits(cases, "f03") == {"q1": ("a1", 5, True), "q2": ("a2", 5, True)}


def test_a_bot_that_the_company_lists_is_one_whatever_the_export_says(cases: House) -> None:
    assert waits(cases, "tilleul") == {"q1": ("a1", 60, False)}


def test_a_day_gives_no_verdict_that_its_hours_could_turn(cases: House) -> None:
    found = waits(cases, "f09", "day, closing_message_id, minutes_missing, promise_kept, verdict_missing")

    day = date(2026, 3, 2)
    assert found == {
        "q1": (day, "a1", "day precision", None, "precision"),
        "q2": (day, "a2", "day precision", None, "precision"),
        "q4": (day, None, "no answer", False, None),  # of eight months ago: missed, whatever the hour
    }


def test_a_desk_that_resolves_closes_what_nobody_answered(cases: House) -> None:
    columns = "closing_kind, closing_message_id, response_minutes::float, minutes_missing, promise_kept"
    closed_by_desk = ("desk", None, None, "resolved unanswered", False)

    assert waits(cases, "f10", columns) == {"q1": closed_by_desk, "q2": ("answer", "a1", 10, None, True)}
    assert waits(cases, "f16", columns) == {"q1": closed_by_desk}
    named = ("waits_resolved_unanswered", "waits_answered", "waits_open", "answered_rate", "promise_kept_rate")
    figures = of_period(cases, *ALWAYS, sources=["f16"])
    assert values(figures, *named) == (1, 0, 0, 0, 0)


def test_a_mention_names_the_longest_handle_that_is_there(cases: House) -> None:
    assert waits(cases, "f11") == {"q1": (None, None, False), "q2": ("a2", 4, True)}


def test_a_review_edited_after_its_reply_is_answered_without_minutes(cases: House) -> None:
    columns = "closing_message_id, response_minutes, minutes_missing, promise_kept, verdict_missing"

    assert waits(cases, "f12", columns) == {
        "r1": ("a1", None, "answer before message", None, "answer before message")
    }


def test_a_reply_under_a_receipt_or_the_companys_post_answers_the_customer(cases: House) -> None:
    assert waits(cases, "f13") == {"q1": ("a1", 10, True), "q3": ("a3", 10, True)}


def test_a_note_among_colleagues_answers_nobody(cases: House) -> None:
    assert waits(cases, "f14") == {"q1": ("a1", 120, False)}


def test_a_thread_that_lasts_for_years_is_resolved_many_times(cases: House) -> None:
    found = cases.query(
        "select resolution_number, resolution_minutes::float from marts.fct_resolutions"
        " where source = 'f17' order by 1"
    )

    assert found == [(1, 10), (2, 10)]
    figures = of_period(cases, *ALWAYS, sources=["f17"])
    assert values(figures, "n:resolution_minutes_median", "resolution_minutes_median") == (2, 10)


def test_capitals_make_no_other_person_where_the_site_ignores_them(cases: House) -> None:
    assert waits(cases, "f18") == {"q1": ("a1", 5, True), "q2": ("a2", 10, True)}
    found = cases.query("select waits, brand_messages from marts.fct_conversations where source = 'f18'")
    assert found == [(2, 2)]


def test_a_date_after_the_message_was_read_is_in_no_figure(cases: House) -> None:
    assert waits(cases, "f19") == {"q1": (None, None, False)}
    assert cases.query(
        "select customer_messages, brand_messages from marts.fct_conversations where source = 'f19'"
    ) == [(1, 0)]
    figures = of_period(cases, *ALWAYS, sources=["f19"])
    assert values(figures, "messages", "waits_open", "n:response_minutes_median") == (1, 1, 0)
    marked = cases.query(
        "select message_id from intermediate.int_messages_directed"
        " where source = 'f19' and is_dated_ahead order by 1"
    )
    assert marked == [("f19:a1",), ("f19:q2",)]
    told = cases.query(
        "select messages, messages_dated_ahead, newest_message_at::date::text from marts.source_health"
        " where source = 'f19'"
    )
    assert told == [(1, 2, cases.value("select max(day)::text from marts.fct_messages where source = 'f19'"))]


def test_built_anew_the_cases_are_the_same(cases: House) -> None:
    cases.assert_equals_rebuild("the cases")
