"""Pages read ahead: the next one is made while whoever took the last one writes it down."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

from flows.records import Page


def read_ahead(pages: Generator[Page]) -> Generator[Page]:
    """Yield the same pages in the same order; the next one is made meanwhile, in one thread and never more than it.

    What making a page raises is raised where that page would come. Whoever stops early waits for the page that is
    being made; then `pages` is closed.
    """
    end = object()
    with ThreadPoolExecutor(1, "read-ahead") as thread:
        try:
            coming = thread.submit(next, pages, end)
            while isinstance(page := coming.result(), Page):
                coming = thread.submit(next, pages, end)
                yield page
        finally:
            thread.submit(pages.close).result()
