"""One run over channels: pages from the newest back, what is missing from them, and where to go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flows.records import Json, Page, Record, Reject, Tombstone
from flows.sources.answers import LayoutChanged, rejected
from flows.sources.base import Period
from flows.sources.http import Clock, HttpError, Memory
from flows.sources.rechecks import Absences, join_gaps
from flows.sources.telegram.config import TelegramConfig
from flows.sources.telegram.mapping import STREAM, to_record
from flows.sources.telegram.preview import HOME, Post, Preview, PreviewPage


class NoPosts(LayoutChanged):
    """A channel's first page shows no post: it is private, gone, or shows no preview."""

    reason = "no posts"


class Run:
    """The cursor is, a channel: `newest`, the post up to which it is read; while a stretch is being read, `top`,
    where it began, and `at`, before which it goes on. For a period in the past only `at`, and `done`.

    A channel's state is its young posts, number and moment, so that what is missing from its pages is noticed.
    """

    def __init__(
        self, config: TelegramConfig, preview: Preview, memory: Memory, clock: Clock, cursor: Json
    ) -> None:
        """`cursor` is what the last page committed."""
        self.answers = 0
        self.failures: list[str] = []
        self._config = config
        self._preview = preview
        self._memory = memory
        self._now = clock.now()
        self._absences = Absences(memory, config, self._now)
        self._marks: dict[str, Json] = dict(cursor.get("channels", {}))
        self._site = config.site or "telegram"

    def page(self, records: list[Record] | None = None, **more: Any) -> Page:
        """Make a page that carries the marks and what is to be remembered."""
        return Page(records or [], {"channels": dict(self._marks)}, state=self._memory.take(), **more)

    def end(self, gap: str | None = None) -> Iterator[Page]:
        """Yield a run's last page, if there is need of one: what is believed gone by now."""
        verdict = self._absences.believe()
        for record_id in verdict.gone:
            channel, _, number = record_id.partition("/")
            posts = self._known(channel)
            posts.pop(number, None)
            self._memory.note(f"channel:{channel}", {"posts": posts})
        tombstones = [Tombstone(STREAM, self._site, record_id, "not found") for record_id in verdict.gone]
        if tombstones or gap or verdict.gap:
            yield self.page(tombstones=tombstones, gap=join_gaps(gap, verdict.gap))

    def channel(self, channel: str) -> Iterator[Page]:
        """Yield a channel's news; a stretch that an earlier run left half read is finished first."""
        left = self._config.max_pages
        try:
            if "at" in self._marks.get(channel, {}):
                for page in self._stretch(channel, self._marks[channel]["at"], left):
                    left -= 1
                    yield page
            if left and "at" not in self._marks.get(channel, {}):
                yield from self._stretch(channel, None, left)
        except (HttpError, LayoutChanged) as error:
            yield self._failed(channel, error)

    def _stretch(self, channel: str, before: int | None, most: int) -> Iterator[Page]:
        """Yield pages back to where the last run began and to the young posts' end, `most` at most."""
        mark = self._marks.get(channel, {})
        newest = mark.get("newest")
        awaited = [
            datetime.fromisoformat(at)
            for number, at in self._known(channel).items()
            if self._absences.is_due(f"{channel}/{number}")
        ]
        refreshed = min([self._now - timedelta(days=self._config.refresh_days), *awaited])
        oldest_wanted = self._now - timedelta(days=self._config.history_days)
        for left in range(most, 0, -1):
            found = self._read(channel, before)
            mark = mark | {"top": mark.get("top", max(found.numbers, default=0))}
            is_done = not found.has_older or not found.posts
            if not is_done:
                oldest = found.posts[-1]
                is_known = oldest.time < oldest_wanted if newest is None else oldest.number <= newest
                is_done = is_known and oldest.time < refreshed
            before_this, before = before, min(found.numbers, default=0)
            mark = {"newest": max(mark["top"], newest or 0)} if is_done else mark | {"at": before}
            self._marks[channel] = mark
            is_cut = left == 1 and not is_done
            gap = f"{channel}: {most} pages are read, posts before {before} are left" if is_cut else None
            yield self._page(channel, found, before_this, gap)
            if is_done:
                return

    def _read(self, channel: str, before: int | None) -> PreviewPage:
        """Read a page; raises NoPosts for a first page without any, LayoutChanged where it cannot be read."""
        found = self._preview.page(channel, before)
        if found.broken and not found.posts:
            detail = f"snscrape can read none of {len(found.broken)} posts ({found.broken[0].detail}): "
            detail += "Telegram changed its pages, see whether there is a newer snscrape"
            raise LayoutChanged(f"{HOME}/s/{channel}", detail, found.content)
        if before is None and not found.posts:
            why = "there is no public preview" if not found.is_preview else "the preview shows no post"
            detail = (
                f"{why}: look at {HOME}/s/{channel} in a browser; a private channel needs an account (Telethon)"
            )
            raise NoPosts(f"{HOME}/s/{channel}", detail, found.content)
        self.answers += 1
        return found

    def _page(self, channel: str, found: PreviewPage, before: int | None, gap: str | None = None) -> Page:
        records, rejects = self._records(channel, found)
        self._compare(channel, found, before)
        return self.page(records, rejects=rejects, gap=gap)

    def _records(self, channel: str, found: PreviewPage) -> tuple[list[Record], list[Reject]]:
        records: list[Record] = []
        rejects: list[Reject] = []
        for post in found.posts:
            try:
                records.append(to_record(post, channel, found.title, self._site))
            except (ValueError, TypeError) as error:
                where = f"{HOME}/{channel}/{post.number}"
                rejects.append(Reject(STREAM, where, "not storable", str(error), repr(post.said).encode()))
        for broken in found.broken:
            where, detail = f"{HOME}/{channel}/{broken.number or ''}", f"it cannot be read: {broken.detail}"
            rejects.append(Reject(STREAM, where, "layout changed", detail, broken.content))
        return records, rejects

    def _compare(self, channel: str, found: PreviewPage, before: int | None) -> None:
        """Compare a page with what was known: what should stand between its ends and does not is missing."""
        known = self._known(channel)
        there = found.numbers
        for number in there & set(map(int, known)):
            self._absences.found(f"{channel}/{number}")
        if there and all(post.number for post in found.broken):  # what could not be read is not missing
            low = min(there) if found.has_older else 0
            high = before or float("inf")
            for number in sorted(number for number in map(int, known) if low <= number < high):
                if number not in there:
                    self._absences.miss(f"{channel}/{number}")
        young = self._now - timedelta(days=self._config.refresh_days)
        kept = {
            number: at
            for number, at in known.items()
            if datetime.fromisoformat(at) >= young or self._absences.is_awaited(f"{channel}/{number}")
        }
        kept |= {str(post.number): post.time.isoformat() for post in found.posts if post.time >= young}
        self._memory.note(f"channel:{channel}", {"posts": kept})

    def _known(self, channel: str) -> Json:
        """Its young posts, and those that are awaited: number and moment (ISO 8601)."""
        return dict(self._memory.get(f"channel:{channel}").get("posts", {}))

    def past(self, channel: str, period: Period) -> Iterator[Page]:
        """Yield a channel's posts of a period, from its end back to its beginning."""
        mark = self._marks.get(channel, {})
        if mark.get("done"):
            return
        try:
            before = mark.get("at") or self._find(channel, period.until)
            while True:
                found = self._read(channel, before)
                posts = [post for post in found.posts if period.since <= post.time < period.until]
                is_last = not found.posts or not found.has_older or found.posts[-1].time < period.since
                before = min(found.numbers, default=before)
                self._marks[channel] = {"done": True} if is_last else {"at": before}
                records, rejects = self._records(channel, replace(found, posts=posts))
                yield self.page(records, rejects=rejects)
                if is_last:
                    return
        except (HttpError, LayoutChanged) as error:
            yield self._failed(channel, error)

    def _find(self, channel: str, moment: datetime) -> int:
        """Return a number before which all posts of that moment and earlier stand, by halving."""
        newest: Post = self._read(channel, None).posts[0]
        low, high = 1, newest.number + 1
        while high - low > 20:
            middle = (low + high) // 2
            posts = self._read(channel, middle).posts
            if posts and posts[0].time >= moment:
                high = middle
            else:
                low = middle
        return high

    def _failed(self, channel: str, error: HttpError | LayoutChanged) -> Page:
        self.failures.append(str(error))
        return self.page(rejects=[rejected(STREAM, f"{HOME}/s/{channel}", error)])
