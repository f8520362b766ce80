"""One run over a site of the network: what each listing becomes, and what the next run needs to know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from flows.records import Json, Page, Reject, Tombstone, as_bytes
from flows.sources.answers import LayoutChanged, rejected
from flows.sources.base import Period
from flows.sources.http import Clock, HttpError, Memory
from flows.sources.rechecks import Absences, join_gaps
from flows.sources.rechecks.absence import DAY
from flows.sources.rechecks.messages import KnownMessages, Seen
from flows.sources.rechecks.threads import WatchedThreads
from flows.sources.stackexchange.api import MOST_IDS, Api
from flows.sources.stackexchange.config import StackExchangeConfig
from flows.sources.stackexchange.mapping import STREAM, Post, answer, comment, home_of, question, to_record

PARSE_ERRORS = (ValueError, TypeError, KeyError, AttributeError)


@dataclass(frozen=True)
class Listing:
    """A tag's or a search's questions: name in the cursor, path and parameters."""

    label: str
    path: str
    asked: dict[str, str]


def listings(config: StackExchangeConfig) -> list[Listing]:
    """Every listing that a config asks for."""
    tags = [Listing(f"tag {tag}", "/questions", {"tagged": tag}) for tag in config.tags]
    return tags + [Listing(f"text {words}", "/search/advanced", {"q": words}) for words in config.searches]


class Run:
    """The cursor is, a listing, the second up to where it is read; for a period in the past, too."""

    def __init__(self, config: StackExchangeConfig, api: Api, memory: Memory, clock: Clock, cursor: Json) -> None:
        """Work out from the state which posts are known."""
        self.answers = 0
        self.failures: list[str] = []
        self._config = config
        self._api = api
        self._memory = memory
        self._now = int(clock.now().timestamp())
        self._marks: dict[str, int | None] = dict(cursor.get("listings", {}))
        self._absences = Absences(memory, config, clock.now())
        self._known = KnownMessages(memory, self._absences, self._now, config.sweep_days)
        self._watched = WatchedThreads(memory, config.questions, self._now, config.watch_days)
        self._site = config.site or config.exchange

    def page(self, found: Page | None = None, gap: str | None = None) -> Page:
        """Make a page that carries the marks and what is to be remembered."""
        found = found or Page([], {})
        cursor = {"listings": dict(self._marks)}
        state = self._memory.take()
        return Page(found.records, cursor, found.rejects, found.tombstones, state=state, gap=gap)

    def end(self, gap: str | None = None) -> Iterator[Page]:
        """Yield a run's last page, if there is need of one: what is believed gone by now."""
        verdict = self._absences.believe()
        for seen in filter(None, map(self._known.get, verdict.gone)):
            self._known.see(seen.id, seen.time, seen.thread, gone=True)
        for number in verdict.gone:
            self._watched.drop(number)
        tombstones = [Tombstone(STREAM, self._site, number, "not found") for number in verdict.gone]
        if tombstones or gap or verdict.gap:
            yield self.page(Page([], {}, tombstones=tombstones), join_gaps(gap, verdict.gap))

    def live(self) -> Iterator[Page]:
        """Yield what is new in every listing, then the discussions that are due, then what the sweep finds."""
        for listing in listings(self._config):
            yield from self._listing(listing)
        due = self._watched.due()
        for start in range(0, len(due), self._config.page_size):
            some = due[start : start + self._config.page_size]
            yield from self._try(f"questions {some[0]}…", partial(self._discussions, some))
        yield from self._sweep()

    def _listing(self, listing: Listing) -> Iterator[Page]:
        mark = self._marks.get(listing.label)
        low = self._now - self._config.history_days * DAY if mark is None else mark
        if mark is not None:
            low -= self._config.overlap_minutes * 60
        asked = listing.asked | {"sort": "activity"}
        try:
            for found in self._api.since(listing.path, asked, "last_activity_date", low):
                self.answers += 1
                page = Page([], {})
                for post in self._take(found.items, question, listing.label, page):
                    active_at = post.said.get("last_activity_date")
                    self._watched.find(post.id, post.time, active_at if isinstance(active_at, int) else None)
                self._marks[listing.label] = max(found.at, mark or 0)
                yield self.page(page)
        except (HttpError, LayoutChanged) as error:
            yield self._failed(listing.label, error)

    def past(self, period: Period) -> Iterator[Page]:
        """Yield the questions of a period by when they were asked, each page with its discussions."""
        first, last = int(period.since.timestamp()), int(period.until.timestamp()) - 1
        for listing in listings(self._config):
            if self._marks.get(listing.label, first) is None:
                continue
            low = self._marks.get(listing.label) or first
            asked = listing.asked | {"sort": "creation", "max": str(last)}
            try:
                for found in self._api.since(listing.path, asked, "creation_date", low):
                    page = self._discussions(_ids(found.items, "question_id"))
                    self.answers += 1
                    self._marks[listing.label] = None if found.is_last else found.at
                    yield self.page(page)
            except (HttpError, LayoutChanged) as error:
                yield self._failed(listing.label, error)

    def _try(self, where: str, read: Callable[[], Page]) -> Iterator[Page]:
        """Yield the page of one step; its failure is a page with a reject."""
        try:
            found = read()
        except (HttpError, LayoutChanged) as error:
            yield self._failed(where, error)
        else:
            self.answers += 1
            yield self.page(found)

    def _take(self, items: list[Any], read: Callable[[Any], Post], where: str, page: Page) -> list[Post]:
        """Put records of items on a page, rejects of those that are none; return what they are."""
        posts = []
        for item in items:
            try:
                post = read(item)
                page.records.append(to_record(post, self._site))
            except PARSE_ERRORS as error:
                detail = f"{type(error).__name__}: {error}"
                page.rejects.append(Reject(STREAM, where, "wrong shape", detail, as_bytes(item)))
                continue
            posts.append(post)
            self._known.see(post.id, post.time, post.thread)
            self._absences.settle(post.id)
        return posts

    def _discussions(self, ids: list[str]) -> Page:
        """Read some questions with all their answers and comments; what was known and is not there is missing."""
        page = Page([], {})
        if not ids:
            return page
        items = self._api.of("/questions/{ids}", ids)
        answered = self._api.of("/questions/{ids}/answers", ids)
        threads = {number: number for number in _ids(items, "question_id")}
        threads |= dict(zip(_ids(answered, "answer_id"), _ids(answered, "question_id"), strict=False))
        commented = self._api.of("/posts/{ids}/comments", threads)
        questions = self._take(items, question, "questions", page)
        home = home_of(questions[0].url) if questions else ""
        posts = questions + self._take(answered, partial(answer, home=home), "answers", page)
        posts += self._take(commented, partial(comment, threads=threads, home=home), "comments", page)
        there = {post.id for post in posts}
        created = {post.id: post.time for post in questions}
        for post in questions:
            self._absences.found(f"question {post.thread}")
        if not page.rejects:  # what could not be read is not missing
            self._miss(seen for seen in self._known.of_threads(ids).values() if seen.id not in there)
        for number in ids:
            self._end(number, created, page)
        return page

    def _end(self, number: str, created: dict[str, int], page: Page) -> None:
        """Note that a watched question was read, or that the site never had it."""
        if number not in self._watched.all():
            return
        if number in created or self._absences.is_awaited(number):
            self._watched.was_read(number, created.get(number))
            return
        if self._watched.is_listed(number):
            detail = f"the site has no question {number}: take it off the list"
            page.rejects.append(Reject(STREAM, f"question {number}", "not found", detail, number.encode()))
        self._watched.drop(number)

    def _miss(self, missing: Iterable[Seen]) -> None:
        """Note what an answer lacks: questions with all that stands under them are counted."""
        for seen in missing:
            self._absences.miss(seen.id, part_of=f"question {seen.thread}")

    def _sweep(self) -> Iterator[Page]:
        """Ask for what nobody saw for a day, and for what is awaited, a hundred at a time."""
        due = [seen for seen in self._known.due() if not seen.is_gone]
        for path, some in (
            ("/posts/{ids}", [seen for seen in due if not seen.id.startswith("c")]),
            ("/comments/{ids}", [seen for seen in due if seen.id.startswith("c")]),
        ):
            for start in range(0, len(some), MOST_IDS):
                batch = some[start : start + MOST_IDS]
                yield from self._try("sweep", partial(self._look, path, batch))

    def _look(self, path: str, batch: list[Seen]) -> Page:
        page = Page([], {})
        items = self._api.of(path, [seen.id.lstrip("c") for seen in batch], filter="default")
        found = {f"c{number}" for number in _ids(items, "comment_id")} or set(_ids(items, "post_id"))
        for seen in batch:
            if seen.id in found:
                self._known.see(seen.id, seen.time, seen.thread)
                self._absences.settle(seen.id)
                self._absences.found(f"question {seen.thread}")
        self._miss(seen for seen in batch if seen.id not in found)
        return page

    def _failed(self, where: str, error: HttpError | LayoutChanged) -> Page:
        self.failures.append(str(error))
        return self.page(Page([], {}, [rejected(STREAM, where, error)]))


def _ids(items: list[Any], name: str) -> list[str]:
    """The numbers of items that have one."""
    return [str(item[name]) for item in items if isinstance(item, dict) and type(item.get(name)) is int]
