"""The Data page says plainly what failed, was cut, is silent or waits, and shows why records were rejected."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import View, opened, tiles
from tests.app.test_overview import html


def row(app: AppTest, source: str) -> str:
    return html(app, f"source-{source}")


def test_the_summary_counts_what_needs_somebody(contract: View) -> None:
    assert tiles(contract("sources")) == {
        "Failed": "1",
        "Interrupted": "1",
        "Silent": "1",
        "Pages waiting": "4",
        "Rejected": "2",
    }


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("well", "done"), ("broken", "failed 3 pages wait for the refresh"), ("mute", "silent"),
        ("cut", "interrupted 1 page waits for the refresh"), ("new", "never ran"),
    ],
)  # fmt: skip
def test_a_source_says_how_it_stands(contract: View, source: str, words: str) -> None:
    assert words in re.sub(r"\s+", " ", row(contract("sources"), source))


def test_those_that_need_somebody_lead(contract: View) -> None:
    table = next(part.value for part in contract("sources").html if 'data-testid="sources"' in part.value)
    assert re.findall(r'data-testid="source-(\w+)"', table) == ["broken", "cut", "mute", "new", "well"]
    assert "the server answered 503" in table
    assert "Traceback" not in table


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
    assert len(contract("sources").dataframe[0].value) == 2
    one = contract("sources", source="broken").dataframe[0].value
    assert list(one["error"]) == ["answered 503"]
    assert len(contract("sources", source="nowhere").dataframe[0].value) == 2


def test_the_last_refresh_is_told(contract: View) -> None:
    head = next(part.value for part in contract("sources").html if "v-head" in part.value)
    assert "last refresh: done, Fri 20 Nov 2026, 10:06" in head
    assert "figures as of Fri 20 Nov 2026, 10:05" in head


def test_without_its_marts_the_page_tells_to_refresh(bare: str) -> None:
    assert any("vigie refresh" in part.value for part in opened("sources").html)
