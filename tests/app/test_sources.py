"""The Data page says plainly what failed, was cut, is silent or waits, and shows why records were rejected."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import View, opened, tiles
from tests.app.test_today_figures import html


def row(app: AppTest, source: str) -> str:
    return html(app, f"source-{source}")


def test_the_summary_counts_what_needs_somebody(contract: View) -> None:
    assert tiles(contract("sources")) == {
        "Failed or cut off": "2",
        "Layout changed": "1",
        "Gaps": "1",
        "Silent": "1",
        "Pages waiting": "4",
        "Rejected": "2",
    }


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("well", "done"), ("broken", "failed 3 pages wait for the refresh"),
        ("mute", "done · gap · silent · later"), ("cut", "interrupted 1 page waits for the refresh"),
        ("new", "never ran · layout changed"),
    ],
)  # fmt: skip
def test_a_source_says_how_it_stands(contract: View, source: str, words: str) -> None:
    assert words in re.sub(r"\s+", " ", row(contract("sources"), source))


def test_those_that_need_somebody_lead(contract: View) -> None:
    table = next(part.value for part in contract("sources").html if 'data-testid="sources"' in part.value)
    assert re.findall(r'data-testid="source-(\w+)"', table) == ["broken", "cut", "mute", "new", "well"]


@pytest.mark.parametrize(
    ("alarm", "words"),
    [
        ("broken-failed", "failed: the server answered 503 Look at the run in Prefect"),
        ("cut-failed", "was cut off."),
        ("mute-gap", "said on 18 Nov 2026, 08:30: older than &lt;b&gt;1,000&lt;/b&gt; statuses"),
        ("mute-gap", "vigie collect mute --since … --until …"),
        ("mute-silent", "Nothing new since 2 Nov 2026, 10:00; usually something comes within 3 d."),
        ("new-layout-changed", "On 19 Nov 2026, 06:00 a page came that no longer looks as it did"),
    ],
)
def test_an_alarm_says_what_happened_and_what_to_do(contract: View, alarm: str, words: str) -> None:
    shown = re.sub(r"\s+", " ", html(contract("sources"), f"alarm-{alarm}"))
    assert words in shown
    assert "Traceback" not in shown


def test_the_gravest_alarm_of_a_source_leads_and_an_unknown_one_is_named(contract: View) -> None:
    board = next(part.value for part in contract("sources").html if 'data-testid="alarms"' in part.value)
    assert re.findall(r'data-testid="alarm-mute-(\w+)"', board) == ["gap", "silent", "later"]


def test_a_source_shows_its_tags_and_what_may_not_be_done_with_it(contract: View) -> None:
    app = contract("sources")
    assert "forums national" in re.sub(r"\s+", " ", row(app, "well"))
    assert "accounts are not joined · texts are not shown · shown for 30 days" in row(app, "cut")
    assert "joined" not in row(app, "well")


def test_a_run_that_brought_nothing_says_so(contract: View) -> None:
    runs = contract("sources", source="mute").dataframe[0].value
    assert list(runs["status"]) == ["done, nothing came", "done, nothing new"]


def test_freshness_names_median_p95_and_n_and_hides_what_stands_on_few(contract: View) -> None:
    app = contract("sources")
    assert "12 min" in row(app, "well")
    assert "p95 1 h 35 · n = 900" in row(app, "well")
    assert "too few: n = 3" in row(app, "broken")


def test_rejects_are_grouped_by_reason_with_a_few_examples(contract: View) -> None:
    app = contract("sources", lang="fr")
    shown = next(part.value for part in app.html if 'data-testid="rejects"' in part.value)
    assert shown.count("<details") == 2
    assert "JSON endommagé" in shown
    assert "odd reason" in shown
    assert shown.count("&lt;b&gt;quote&lt;/b&gt; missing") == 3


def test_the_last_runs_are_those_of_the_source_in_the_address(contract: View) -> None:
    assert len(contract("sources").dataframe[0].value) == 4
    one = contract("sources", source="broken").dataframe[0].value
    assert list(one["error"]) == ["answered 503"]
    assert len(contract("sources", source="nowhere").dataframe[0].value) == 4


def test_the_last_refresh_is_told(contract: View) -> None:
    head = next(part.value for part in contract("sources").html if "v-head" in part.value)
    assert "last refresh: done, Fri 20 Nov 2026, 10:06" in head
    assert "figures as of Fri 20 Nov 2026, 10:05" in head


def test_without_its_marts_the_page_tells_to_refresh(bare: str) -> None:
    assert any("vigie refresh" in part.value for part in opened("sources").html)
