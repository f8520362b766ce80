"""What comes in, from wherever: things become a page's records, are remembered for the sweep, and mark threads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flows.records import Cursor, Json, Page, Record, Reject, Tombstone, reject
from flows.sources.base import Period
from flows.sources.http import Clock, Memory
from flows.sources.rechecks import Absences, join_gaps
from flows.sources.reddit.config import RedditConfig, bare
from flows.sources.reddit.known import Known
from flows.sources.reddit.things import SITE, STREAMS, fullname, moment, split, thread_of, to_message
from flows.sources.reddit.watched import Thread, watched_threads

PARSE_ERRORS = (ValueError, TypeError, KeyError, AttributeError)


@dataclass
class IntakeResult:
    """What an answer gave; `dated` are its things in their order, with the moment each was written."""

    records: list[Record] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    tombstones: list[Tombstone] = field(default_factory=list)
    dated: list[tuple[datetime, str]] = field(default_factory=list)
    said: dict[str, Json] = field(default_factory=dict)
    threads: list[str] = field(default_factory=list)
    gap: str | None = None


class Intake:
    """Turns things into messages for one run, and keeps its memory."""

    def __init__(self, config: RedditConfig, memory: Memory, clock: Clock) -> None:
        """`memory` holds what is known of this source's messages, threads and places."""
        self.config = config
        self.memory = memory
        self.clock = clock
        self.absences = Absences(memory, config, clock.now())
        self.known = Known(memory, config.sweep_days, clock)
        self.watched = watched_threads(memory)
        self._accounts = {bare(name) for name in [*config.accounts, *config.users]}

    def take(
        self,
        children: Iterable[Any],
        where: str,
        *,
        is_named: bool = False,
        period: Period | None = None,
        watch: bool = True,
    ) -> IntakeResult:
        """Read things found at `where`.

        `is_named`: their threads matter anyway; `period`: leave out what was written outside it; `watch`: have
        threads that matter read whole by this run and later ones.
        """
        taken = IntakeResult()
        for child in children:
            try:
                kind, data = split(child)
                name = fullname(kind, data)
                written = moment(data.get("created_utc"))
                if written:
                    taken.dated.append((written, name))
                if period and written and not period.since <= written < period.until:
                    continue
                message = to_message(kind, data, self.clock.now())
            except PARSE_ERRORS as error:
                taken.rejects.append(_reject(child, where, error))
                continue
            taken.said[name] = data
            self._keep(message, written, taken)
            if self._matters(kind, data, is_named):
                self._mark(kind, data, name, taken, watch=watch)
            if isinstance(message, Record) and written:
                self.known.note(name, written)
        return taken

    def believe(self, taken: IntakeResult) -> IntakeResult:
        """Add what is believed gone by the end of a run."""
        verdict = self.absences.believe()
        self.known.drop(set(verdict.gone))
        for name in verdict.gone:
            self.watched.drop(name)
        taken.tombstones += [Tombstone(STREAMS[name[:2]], SITE, name, "gone") for name in verdict.gone]
        taken.gap = join_gaps(taken.gap, verdict.gap)
        return taken

    def _keep(self, message: Record | Tombstone, written: datetime | None, taken: IntakeResult) -> None:
        self.absences.settle(message.record_id)
        if isinstance(message, Record):
            taken.records.append(message)
        else:
            taken.tombstones.append(message)
            self.known.forget(message.record_id, written)

    def _matters(self, kind: str, data: Json, is_named: bool) -> bool:
        if self.config.trees != "named":
            return self.config.trees == "all"
        author = data.get("author")
        if is_named or (isinstance(author, str) and author.lower() in self._accounts):
            return True
        texts = ("body",) if kind == "t1" else ("title", "selftext", "url")
        return self.config.names_company(*(data[key] for key in texts if isinstance(data.get(key), str)))

    def _mark(self, kind: str, data: Json, name: str, taken: IntakeResult, *, watch: bool) -> None:
        """Note a thread that matters, and watch it while it or the comment in it is young and was not seen yet."""
        thread = name if kind == "t3" else thread_of(data)
        written = moment(data.get("created_utc"))
        if thread is None:
            return
        if thread not in taken.threads:
            taken.threads.append(thread)
        since = self.clock.now() - timedelta(days=self.config.refresh_days)
        is_seen = kind == "t1" and written and self.known.has(name, written)
        if watch and written and written > since and not is_seen:
            self._watch(thread, written if kind == "t3" else None)

    def _watch(self, thread: str, written: datetime | None) -> None:
        if not self.watched.get(thread):
            self.watched.put(thread, Thread(written.isoformat() if written else None), thread[-1])

    def page(self, taken: IntakeResult, cursor: Cursor, *, progress: int = 0) -> Page:
        """Make the page of what was taken, with what the run remembers since the last one."""
        return Page(
            taken.records, cursor, taken.rejects, taken.tombstones,
            state=self.memory.take(), gap=taken.gap, progress=progress,
        )  # fmt: skip


def _reject(child: Any, where: str, error: Exception) -> Reject:
    kind, data = (child.get("kind"), child.get("data")) if isinstance(child, dict) else (None, None)
    name = data.get("name") if isinstance(data, dict) else None
    locator = f"{where}#{name[:100]}" if isinstance(name, str) else where
    stream = STREAMS.get(kind, STREAMS["t3"]) if isinstance(kind, str) else STREAMS["t3"]
    return reject(stream, locator, error, child)
