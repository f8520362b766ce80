"""A period of the past, as far down as Reddit lists: its listings, then the threads in them that matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from flows.records import Cursor, Page
from flows.sources.base import Period
from flows.sources.http import BudgetUsedUp, HostResting, StatusError
from flows.sources.reddit.api import GONE, Api
from flows.sources.reddit.intake import Intake, IntakeResult
from flows.sources.reddit.places import MOST, Place, iso, places
from flows.sources.reddit.trees import Tree

# A place that is private, gone, or leads elsewhere, now and tomorrow.
REFUSED = GONE | {301, 302}


@dataclass
class BackFill:
    """One period while it is read. The cursor: which place, how far down, and the threads still to be read."""

    api: Api
    intake: Intake
    period: Period
    done: list[str] = field(default_factory=list)
    after: str | None = None
    read: int = 0
    threads: list[str] = field(default_factory=list)

    def resume(self, cursor: Cursor | None) -> None:
        """Go on where a run before stopped."""
        given = cursor or {}
        self.done = list(given.get("done", []))
        self.threads = list(given.get("threads", []))
        self.after, self.read = given.get("after"), given.get("read", 0)

    def pages(self) -> Iterator[Page]:
        """Yield the period's pages; where the run's budget ends, a gap says so and the cursor stays there."""
        try:
            for place in places(self.intake.config):
                if place.key not in self.done:
                    yield from self._place(place)
            while self.threads:
                yield from self._thread(self.threads[0])
        except (BudgetUsedUp, HostResting) as end:
            yield self._page(IntakeResult(gap=f"{end}: the next run goes on from there"))

    def _page(self, taken: IntakeResult) -> Page:
        cursor = {"done": [*self.done], "after": self.after, "read": self.read, "threads": [*self.threads]}
        return self.intake.page(taken, cursor)

    def _place(self, place: Place) -> Iterator[Page]:
        since = self.period.since.timestamp()
        is_reached = False
        while not is_reached:
            try:
                listing = self.api.listing(place.path, place.params, self.after)
            except StatusError as error:
                if error.status not in REFUSED:
                    raise
                yield self._ended(place, IntakeResult(gap=f"{place.key}: {error}"))
                return
            taken = self.intake.take(
                listing.children, place.key, is_named=place.is_named, period=self.period, watch=False
            )
            self._mark(taken)
            self.read += len(listing.children)
            tail = taken.dated[-1][0].timestamp() if taken.dated else None
            is_reached = tail is not None and tail < since
            is_over = listing.after in (None, self.after) or not listing.children or self.read >= MOST
            if is_over and not is_reached:
                is_reached = True
                # A listing that ends before Reddit's limit has everything there is; a search never says so.
                if self.read >= 0.9 * MOST or "q" in place.params:
                    before = f"before {iso(tail)} " if tail else ""
                    taken.gap = f"{place.key}: {before}Reddit lists nothing, the period begins at {iso(since)}"
            if not is_reached:
                self.after = listing.after
                yield self._page(taken)
        yield self._ended(place, taken)

    def _ended(self, place: Place, taken: IntakeResult) -> Page:
        self.done.append(place.key)
        self.after, self.read = None, 0
        return self._page(taken)

    def _mark(self, taken: IntakeResult) -> None:
        """Keep the threads that matter; the submission of a comment in the period may be older than it."""
        self.threads += [name for name in taken.threads if name not in self.threads]

    def _thread(self, name: str) -> Iterator[Page]:
        tree = Tree(self.api, self.intake, name, self.period)
        try:
            for taken in tree.parts():
                if tree.is_done:
                    self.threads.remove(name)
                yield self._page(taken)
        except StatusError as error:
            if error.status not in GONE:
                raise
            self.threads.remove(name)
            yield self._page(IntakeResult(gap=f"{name}: {error}"))
