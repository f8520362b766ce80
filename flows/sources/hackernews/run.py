"""One run over Hacker News: what each answer becomes, and what the next run needs to know of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from flows.records import Json, Page, Record, Reject, Tombstone, as_bytes
from flows.sources.answers import LayoutChanged, rejected
from flows.sources.hackernews.api import Api, Term
from flows.sources.hackernews.config import HackerNewsConfig
from flows.sources.hackernews.mapping import (
    SITE,
    STREAM,
    counters_of,
    from_firebase,
    from_hit,
    from_node,
    to_record,
)
from flows.sources.http import BudgetUsedUp, Clock, HttpError, Memory
from flows.sources.rechecks import Absences, join_gaps
from flows.sources.rechecks.absence import DAY
from flows.sources.rechecks.messages import KnownMessages, Seen
from flows.sources.rechecks.threads import WatchedThreads

PARSE_ERRORS = (ValueError, TypeError, KeyError, AttributeError, StopIteration)
SWEEP_PAGE = 50


class Run:
    """The cursor is a mark a search: `newest`, up to where it is read; while it is being read, `top` is where
    its window began and `at` where it goes on (epoch seconds). For a period in the past only `at`, and `done`.
    """

    def __init__(self, config: HackerNewsConfig, api: Api, memory: Memory, clock: Clock, cursor: Json) -> None:
        """Work out from the state which items are known."""
        self.answers = 0
        self.failures: list[str] = []
        self._config = config
        self._api = api
        self._memory = memory
        self._now = int(clock.now().timestamp())
        self._marks: dict[str, Json] = dict(cursor.get("searches", {}))
        self._absences = Absences(memory, config, clock.now())
        self._known = KnownMessages(memory, self._absences, self._now, config.sweep_days)
        self._watched = WatchedThreads(memory, config.stories, self._now, config.watch_days)
        self._site = config.site or SITE
        self._left = config.sweep_requests

    def page(self, records: list[Record] | None = None, **more: Any) -> Page:
        """Make a page that carries the marks and what is to be remembered."""
        return Page(records or [], {"searches": dict(self._marks)}, state=self._memory.take(), **more)

    def end(self, gap: str | None = None) -> Iterator[Page]:
        """Yield a run's last page, if there is need of one: what is believed gone by now."""
        verdict = self._absences.believe()
        for seen in filter(None, map(self._known.get, verdict.gone)):
            self._known.see(seen.id, seen.time, seen.thread, gone=True)
        for number in verdict.gone:
            self._watched.drop(number)
        tombstones = [Tombstone(STREAM, self._site, number, "not found") for number in verdict.gone]
        if tombstones or gap or verdict.gap:
            yield self.page(tombstones=tombstones, gap=join_gaps(gap, verdict.gap))

    def search(self, term: Term) -> Iterator[Page]:
        """Yield what is new of a search; a window that an earlier run left half read is finished first."""
        mark = self._marks.get(term.label, {})
        if "at" in mark:
            yield from self._window(term, self._low(mark), mark["at"], {"newest": mark["top"]})
            mark = self._marks[term.label]
        if "at" not in mark:
            yield from self._window(term, self._low(mark), self._now, {"newest": self._now})

    def _low(self, mark: Json) -> int:
        if "newest" in mark:
            return int(mark["newest"]) - self._config.overlap_hours * 3600
        return int(mark.get("first", self._now - self._config.history_days * DAY))

    def past(self, term: Term, low: int, high: int) -> Iterator[Page]:
        """Yield what a search finds from `low` to `high`, unless that was read already."""
        mark = self._marks.get(term.label, {})
        if not mark.get("done"):
            yield from self._window(term, low, mark.get("at", high), {"done": True}, is_live=False)

    def _window(self, term: Term, low: int, high: int, end: Json, *, is_live: bool = True) -> Iterator[Page]:
        """Yield a window's pages, newest first; its end replaces the mark."""
        before = self._marks.get(term.label, {})
        top = {"top": before.get("top", high), "first": low} if is_live else {}
        seen: set[str] = set()
        try:
            for found in self._api.window(term, low, high):
                self.answers += 1
                records, rejects = self._take(term, found.hits, seen, is_live=is_live)
                self._marks[term.label] = end if found.is_last else before | top | {"at": found.at}
                yield self.page(records, rejects=rejects, gap=found.gap)
        except (HttpError, LayoutChanged) as error:
            yield self._failed(term.label, error)

    def _take(
        self, term: Term, hits: list[Any], seen: set[str], *, is_live: bool
    ) -> tuple[list[Record], list[Reject]]:
        records: list[Record] = []
        rejects: list[Reject] = []
        for hit in hits:
            try:
                if not term.fits(hit) or hit["objectID"] in seen:
                    continue
                item = from_hit(hit)
                record = to_record(item, self._site, counters_of(hit))
            except PARSE_ERRORS as error:
                rejects.append(_unfit(term.label, hit, error))
                continue
            seen.add(hit["objectID"])
            if self._is_gone(item):
                continue
            records.append(record)
            self._known.find(str(item["id"]), item["time"], str(item["story"]))
            if is_live and item["type"] == "story":
                self._watched.find(str(item["id"]), item["time"], hit.get("num_comments"))
        return records, rejects

    def _is_gone(self, item: Json) -> bool:
        return self._known.is_gone(str(item["id"]))

    def discussions(self) -> Iterator[Page]:
        """Yield each watched story that is due, with all its comments, and what became of those it lacks."""
        for story in self._watched.due():
            try:
                yield self._discussion(story)
                self.answers += 1
            except (HttpError, LayoutChanged) as error:
                yield self._failed(f"story {story}", error)

    def _discussion(self, story: str) -> Page:
        tree = self._api.tree(story)
        records: list[Record] = []
        rejects: list[Reject] = []
        items = []
        nodes = [tree] if tree else []
        while nodes:
            node = nodes.pop()
            try:
                nodes.extend(reversed(node.get("children") or []))
                if node.get("author") is None:  # what is left of a deleted comment that was answered
                    continue
                items.append(item := from_node(node, int(story)))
                if not self._is_gone(item):
                    records.append(to_record(item, self._site, self._counters(node, tree)))
            except PARSE_ERRORS as error:
                rejects.append(_unfit(f"story {story}", node, error))
        known = self._known.of_threads([story])
        lacking = sorted(known.keys() - {str(item["id"]) for item in items})
        missing = [one for one in lacking if self._absences.may_ask(one)]
        tombstones = self._verified([known[number] for number in missing[: self._left]], rejects)
        for item in items:
            if not self._is_gone(item):
                self._known.see(str(item["id"]), item["time"], story)
                self._absences.settle(str(item["id"]))
        self._was_read(story, tree, rejects, is_known=bool(known))
        return self.page(records, rejects=rejects, tombstones=tombstones)

    def _was_read(self, story: str, tree: Json | None, rejects: list[Reject], *, is_known: bool) -> None:
        if tree is not None:
            created = tree.get("created_at_i")
            self._watched.was_read(story, created if isinstance(created, int) else None)
        elif is_known and (seen := self._known.get(story)) and not seen.is_gone:
            self._watched.was_read(story)  # the search does not have it; whether it is gone, the item itself tells
        else:
            self._watched.drop(story)
        if tree is None and not is_known:
            detail = f"there is no story {story}: take it off the list"
            rejects.append(Reject(STREAM, f"story {story}", "not found", detail, story.encode()))

    def _counters(self, node: Json, tree: Json | None) -> Json:
        counted = counters_of(node)
        return counted | {"replies": _size(tree)} if node is tree and tree else counted

    def _verified(self, missing: list[Seen], rejects: list[Reject]) -> list[Tombstone]:
        """Ask the items API for items that a tree lacks: the search forgets some that are still there."""
        page = Page([], {}, rejects)
        with suppress(BudgetUsedUp):  # the next request says so again, after this page
            for seen in missing:
                self._look(seen, page)
        return page.tombstones

    def sweep(self) -> Iterator[Page]:
        """Yield items that were deleted, and those that came back; each is asked for once a day at most."""
        due = self._known.due()[: self._left]
        for start in range(0, len(due), SWEEP_PAGE):
            page = Page([], {})
            over = None
            try:
                for seen in due[start : start + SWEEP_PAGE]:
                    self._look(seen, page)
            except BudgetUsedUp as end:
                over = end
            yield self.page(page.records, rejects=page.rejects, tombstones=page.tombstones)
            if over:
                raise over

    def _look(self, seen: Seen, page: Page) -> None:
        """Ask for one item that is known; what became of it goes to the page. Raises BudgetUsedUp."""
        item = None
        self._left -= 1
        try:
            item = self._api.item(int(seen.id))
            self.answers += 1
            gone = _why_gone(item)
            if item is None and not seen.is_gone:
                self._absences.miss(seen.id)
                return
            if item:
                self._absences.found(seen.id)
            if gone and not seen.is_gone:
                page.tombstones.append(Tombstone(STREAM, self._site, seen.id, gone))
            elif item and not gone and seen.is_gone:
                page.records.append(to_record(from_firebase(item, int(seen.thread)), self._site))
        except (HttpError, LayoutChanged) as error:
            self.failures.append(str(error))
            page.rejects.append(rejected(STREAM, f"item {seen.id}", error))
        except PARSE_ERRORS as error:
            page.rejects.append(_unfit(f"item {seen.id}", item, error))
        else:
            self._known.see(seen.id, seen.time, seen.thread, gone=gone is not None)

    def _failed(self, where: str, error: HttpError | LayoutChanged) -> Page:
        self.failures.append(str(error))
        return self.page(rejects=[rejected(STREAM, where, error)])


def _unfit(where: str, found: Any, error: Exception) -> Reject:
    return Reject(STREAM, where, "wrong shape", f"{type(error).__name__}: {error}", as_bytes(found))


def _why_gone(item: Json | None) -> str | None:
    """Why an item is gone, as the site says of it or once it was believed; None while it is there."""
    if item is None:
        return "not found"
    return "deleted" if item.get("deleted") else "killed" if item.get("dead") else None


def _size(tree: Json) -> int:
    """Comments of a tree that are there."""
    count, nodes = 0, list(tree["children"])
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            count += node.get("author") is not None
            nodes.extend(node.get("children") or [])
    return count
