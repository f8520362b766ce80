"""The aims on the saved pages, judged by a checker that shares no code with the reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forumreader.checker import SavedPage, pages
from tests.forumreader.judging import total
from tests.forumreader.table import WAYS, table, tallies


@pytest.fixture(scope="module")
def every(data: Path) -> list[SavedPage]:
    if not (data / "forum_pages").is_dir() or not (data / "forum_threads").is_dir():
        pytest.skip("forum_pages or forum_threads is not here")
    return list(pages(data))


@pytest.mark.parametrize(
    ("way", "aim"), [("reader", 0.98), pytest.param("unprofiled", 0.8, marks=pytest.mark.slow), ("generic", 0.8)]
)
def test_recall_precision_author_date_and_text(every: list[SavedPage], way: str, aim: float) -> None:
    found = tallies(every, WAYS[way])
    for place, tally in found.items():
        assert tally.recall >= aim, (place, tally.misses[:5])
        assert tally.precision >= 0.98, (place, tally.misses[:5])
    all_sites = total(found.values())
    assert min(all_sites.author, all_sites.date, all_sites.text) >= aim * all_sites.both, all_sites.misses[:20]
    assert len(table(found)) == len(found) + 2
