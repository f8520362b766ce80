"""Tries a forum before it is collected: what it allows, how it is read, what a list and a thread of it give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from textwrap import indent
from typing import Any
from urllib.parse import urljoin

import yaml
from protego import Protego

from flows.forumreader import ForumPage, Post, Reading, detect
from flows.records.ids import site_of
from flows.sources.answers import LayoutChanged
from flows.sources.forum.client import ForumClient, Read
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.opening import open_forum
from flows.sources.forum.pages import ACCEPT, page_of
from flows.sources.http import BudgetUsedUp, Clock, Hosts, HttpError, Memory, PoliteClient, RequestPolicy
from flows.sources.http.robots import AGENT

FEEDS = "link[rel~=alternate][type*=rss], link[rel~=alternate][type*=atom]"


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: what was found, and whether that is good (None: neither)."""

    name: str
    seen: str
    is_well: bool | None = True


@dataclass
class Checked:
    """The outcome of a check; `posts` are those of the thread that was read."""

    findings: list[Finding] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    is_readable: bool = False


class Checking:
    """One check, reported step by step."""

    def __init__(
        self,
        config: ForumConfig,
        hosts: Hosts | None = None,
        clock: Clock | None = None,
        manners: RequestPolicy | None = None,
    ) -> None:
        """`hosts`, `clock` and `manners` are those of the polite client; unset, manners are the config's."""
        self.checked = Checked()
        self._config = config
        self._clock = clock or Clock()
        self._http = PoliteClient(manners or config.manners(), config.budget(), self._clock, hosts=hosts)
        self._address = config.addresses[0]

    def steps(self) -> Iterator[Finding]:
        """Yield the findings one by one; a failure is a finding, too."""
        for finding in self._steps():
            self.checked.findings.append(finding)
            yield finding

    def _steps(self) -> Iterator[Finding]:
        with self._http:
            try:
                yield from self._robots()
                now = self._clock.now()
                answer = self._http.get(self._address, accept=ACCEPT)
                yield from self._pages_own(page_of(answer, now))
                said: list[str] = []
                forum = open_forum(self._http, self._config, Memory({}), now, said.append)
                yield Finding("way in", "; ".join(said) or _way_in(forum))
                yield from self._read(forum, now)
            except (HttpError, LayoutChanged, BudgetUsedUp) as error:
                yield Finding("stopped", str(error), is_well=False)

    def _robots(self) -> Iterator[Finding]:
        home = urljoin(self._address, "/robots.txt")
        try:
            text = self._http.get(home, robots=False).text
        except HttpError as error:
            is_none = error.status is not None and 400 <= error.status < 500
            yield Finding("robots.txt", "there is none: all may be read" if is_none else str(error), is_none)
            return
        rules = Protego.parse(text)
        allowed = rules.can_fetch(self._address, AGENT)
        delay = rules.crawl_delay(AGENT)
        wait = f", a request every {delay:g} s" if delay else ""
        yield Finding("robots.txt", f"allows {self._address}{wait}" if allowed else "forbids it", bool(allowed))
        sitemaps = list(rules.sitemaps)
        yield Finding("sitemap", ", ".join(sitemaps) if sitemaps else "robots.txt names none", None)

    def _pages_own(self, page: ForumPage) -> Iterator[Finding]:
        guesses = detect(page)
        if guesses:
            best = guesses[0]
            yield Finding("engine", f"{best.profile.name} ({best.confidence:.0%}: {', '.join(best.evidence[:3])})")
        feeds = [urljoin(page.url, node.attributes.get("href") or "") for node in page.tree.css(FEEDS)]
        yield Finding("feeds", ", ".join(feeds[:5]) if feeds else "the page names none", None)

    def _read(self, forum: ForumClient, now: datetime) -> Iterator[Finding]:
        """Read a list and one of its threads."""
        at = forum.recent() or forum.starts()[0]
        read = forum.read(at)
        reading = read.reading
        if reading and reading.forums and not reading.threads:
            yield Finding("index", f"{len(reading.forums)} sections" + _recent(read))
            at = reading.forums[0]
            read = forum.read(at)
            reading = read.reading
        thread = at
        if reading and reading.threads:
            yield from self._list(reading)
            ref = next((ref for ref in reading.threads if not ref.is_sticky), reading.threads[0])
            thread = forum.thread(ref)
            read = forum.read(thread)
        yield from self._thread(read, thread, now)

    def _list(self, reading: Reading) -> Iterator[Finding]:
        refs = reading.threads
        dated = sum(ref.last_at is not None for ref in refs)
        counted = sum(ref.replies is not None for ref in refs)
        said = f"{len(refs)} threads, {counted} with their replies, {dated} with their last activity"
        more = ", there is a next page" if reading.next_page else ""
        yield Finding("list", said + more, bool(counted or dated))

    def _thread(self, read: Read, address: str, now: datetime) -> Iterator[Finding]:
        reading = read.reading
        if reading is None or not reading.posts:
            why = reading.refusal if reading else "nothing came"
            yield Finding("thread", f"{address}: {why or 'no posts can be found'}", is_well=False)
            return
        posts = self.checked.posts = reading.posts
        dated = [post.posted_at for post in posts if post.posted_at]
        said = f"{len(posts)} posts, {sum(bool(p.author) for p in posts)} with an author, {len(dated)} with a date"
        way = f"read by {reading.way}" + (f" of {reading.engine}" if reading.engine else "")
        self.checked.is_readable = bool(dated)
        yield Finding("thread", f"{address}: {said} ({way}, {reading.sure:.0%} sure)", bool(dated))
        native = sum(post.id_is_native for post in posts)
        if native < len(posts):
            yield Finding("ids", f"{len(posts) - native} posts show no id: theirs are made of what they say", None)
        ahead = [moment for moment in dated if moment.at > now]
        if ahead:
            yield Finding("dates", f"{len(ahead)} are in the future: set `zone` to the forum's", is_well=False)

    def deployment(self, name: str) -> str:
        """Return the deployment for prefect.yaml."""
        source: dict[str, Any] = {"type": "forum", "name": name, "addresses": list(self._config.addresses)}
        if self._config.zone != "UTC":
            source["zone"] = self._config.zone
        if self._config.engine:
            source["engine"] = self._config.engine
        if self._config.allowed_private:
            source["allowed_private"] = list(self._config.allowed_private)
        deployment = {
            "name": name,
            "entrypoint": "flows/collect.py:collect",
            "tags": ["vigie", "source"],
            "work_pool": "work_pool",
            "concurrency_limit": {"limit": 1, "collision_strategy": "CANCEL_NEW"},
            "parameters": {"source": source | {"panel": ["forums"]}},
            "schedules": [{"slug": "every-quarter-of-an-hour", "interval": 900}],
        }
        text = yaml.safe_dump([deployment], sort_keys=False, allow_unicode=True)
        return indent(text.replace("work_pool: work_pool", "work_pool: *work_pool"), "  ")


def proposed_name(address: str) -> str:
    """A source's name by its forum's host."""
    return re.sub(r"[^a-z0-9.-]+", "-", site_of(address).removeprefix("www.")).strip("-.") or "forum"


def _way_in(forum: ForumClient) -> str:
    return f"the JSON API of {forum.engine}" if forum.engine else "the pages that guests see"


def _recent(read: Read) -> str:
    return f", and a page of the newest activity: {read.recent[0]}" if read.recent else ""
