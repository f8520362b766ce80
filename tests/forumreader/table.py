"""Engine by site: how saved pages are read. `python -m tests.forumreader.table [WAY …] [--misses]`."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flows.forumreader.page import ForumPage, saved
from flows.forumreader.posts import Post
from flows.forumreader.reader import read_page
from flows.forumreader.structure.reading import read_generic
from tests.forumreader.checker import SavedPage, pages
from tests.forumreader.judging import Tally, judge, total, wilson

READ_AT = datetime(2026, 11, 1, tzinfo=UTC)


def _whole(page: ForumPage) -> list[Post]:
    return read_page(page).posts


def _without(page: ForumPage) -> list[Post]:
    return read_page(page, profiles=False).posts


def _generic(page: ForumPage) -> list[Post]:
    reading = read_generic(page)
    return reading.posts if reading else []


WAYS: dict[str, Callable[[ForumPage], list[Post]]] = {"reader": _whole, "unprofiled": _without, "generic": _generic}


def tallies(every: list[SavedPage], posts_of: Callable[[ForumPage], list[Post]]) -> dict[tuple[str, str], Tally]:
    """Read all pages one way; by engine and site."""
    found: dict[tuple[str, str], Tally] = defaultdict(Tally)
    for one in every:
        page = saved(one.path.read_bytes(), one.url, READ_AT)
        found[one.engine, one.site] += judge(one.path.name, posts_of(page), one.posts)
    return dict(found)


def _cell(hits: int, of: int) -> str:
    if not of:
        return "      –      "
    low, high = wilson(hits, of)
    return f"{hits / of:5.3f} [{low:.2f} {high:.2f}]"


def _line(name: str, tally: Tally) -> str:
    cells = [
        f"{name:46.46}{tally.pages:6}{tally.expected:7}{tally.read:6}",
        _cell(tally.both, tally.expected),
        _cell(tally.both, tally.read),
        *(_cell(hits, tally.read) for hits in (tally.with_author, tally.with_date, tally.with_body)),
        *(_cell(hits, tally.both) for hits in (tally.author, tally.date, tally.text, tally.native)),
    ]
    return "  ".join(cells)


def table(found: dict[tuple[str, str], Tally]) -> list[str]:
    """The table's lines: a share, and its 95 % interval (Wilson); n is posts expected, read, or both."""
    names = ("recall", "precision", "has author", "has date", "has body", "= author", "= date", "= text", "= id")
    head = f"{'engine, site':46}{'pages':>6}{'posts':>7}{'read':>6}  " + "  ".join(f"{name:17}" for name in names)
    lines = [head, *(_line(f"{engine} {site}", tally) for (engine, site), tally in sorted(found.items()))]
    return [*lines, _line("all", total(found.values()))]


def main() -> None:
    """Print the table for the whole reader, without profiles, and for the generic reader alone."""
    data = Path(os.environ.get("VIGIE_DATA", "../shared/data"))
    every = list(pages(data))
    asked = [name for name in WAYS if name in sys.argv] or list(WAYS)
    for name in asked:
        posts_of = WAYS[name]
        found = tallies(every, posts_of)
        print(f"\n{name}", *table(found), sep="\n")
        if "--misses" in sys.argv:
            print(*(miss for tally in found.values() for miss in tally.misses), sep="\n")


if __name__ == "__main__":
    main()
