"""A period of the past: every list from the period's end down to its beginning, then the threads around it."""

from __future__ import annotations

from collections.abc import Iterator

from flows.records import Cursor, Page
from flows.sources.base import Period
from flows.sources.follow.run import Follow, NotAllowed, NotThere
from flows.sources.http import BudgetUsedUp

DONE = {"done": True}
THREADS: Cursor = {"list": None, "older": None}


def back_fill(run: Follow, names: list[str], period: Period, cursor: Cursor | None) -> Iterator[Page]:
    """Yield a period's pages from its cursor on; the cursor of a period that was read through says so.

    A list that is not there is rejected; where the server fails SourceError is raised, and the cursor stays.
    """
    at: Cursor = cursor or {"list": names[0], "older": None}
    if at.get("done"):
        return
    start = names.index(at["list"]) if at["list"] in names else len(names)
    try:
        for number in range(start, len(names)):
            older = at["older"] if at["list"] == names[number] else None
            for page in _list(run, names, number, period, older):
                at = page.next_cursor
                yield page
        yield from run.threads(THREADS, len(names))
    except BudgetUsedUp as end:
        yield run.page(at, gap=f"{end}: the period goes on with the next run")
        return
    yield run.page(DONE, progress=len(names))


def _list(run: Follow, names: list[str], number: int, period: Period, older: str | None) -> Iterator[Page]:
    """Read one list from an id down to the period's beginning."""
    name = names[number]
    following: Cursor = {"list": names[number + 1], "older": None} if number + 1 < len(names) else THREADS
    read = run.reader(name)
    walked: set[str] = set()
    is_over = False
    while not is_over:
        try:
            answer = read(older)
        except (NotThere, NotAllowed) as error:
            run.reject(name, error.reason, str(error), str(error))
            yield run.page(following, progress=number)
            return
        keys = {item.key for item in answer.items if item.key}
        times = [item.at for item in answer.items if item.at]
        for place, item in enumerate(answer.items, 1):
            if item.at and period.since <= item.at < period.until:
                run.take(item.value, f"{name}#{place}", watch=True)
        is_over = keys <= walked or answer.older is None or (bool(times) and times[-1] < period.since)
        walked |= keys
        is_above = older is None and bool(times) and times[-1] >= period.until
        older = (run.jump(period.until, answer) if is_above else None) or answer.older
        yield run.page(following if is_over else {"list": name, "older": older}, progress=number)
