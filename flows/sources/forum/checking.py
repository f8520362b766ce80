"""Trying a forum before it is collected: what it allows, the way in, what a list and a thread of it give."""

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

from flows.forumreader.page import ForumPage
from flows.forumreader.posts import Post, Reading
from flows.sources.answers import LayoutChanged
from flows.sources.feeds.mapping import site_of
from flows.sources.forum.client import ACCEPT, PagesWay, Read, Way, page_of
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.opening import way_into
from flows.sources.http import BudgetUsedUp, Clock, Hosts, HttpError, Memory, PoliteClient
from flows.sources.http.robots import AGENT

FEEDS = "link[rel~=alternate][type*=rss], link[rel~=alternate][type*=atom]"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was seen, and whether that is well (None: neither)."""

    name: str
    seen: str
    is_well: bool | None = True


@dataclass
class Checked:
    """What became of a check; `posts` are those of the thread that was read."""

    findings: list[Finding] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    is_readable: bool = False


class Checking:
    """One check; each step is told as it is made."""

    def __init__(self, config: ForumConfig, hosts: Hosts | None = None, clock: Clock | None = None) -> None:
        """`hosts` and `clock` are those of the polite client."""
        self.checked = Checked()
        self._config = config
        self._clock = clock or Clock()
        self._client = PoliteClient(config.manners(), config.budget(), self._clock, hosts=hosts)
        self._address = config.addresses[0]

    def steps(self) -> Iterator[Finding]:
        """Yield what is found, one by one; a failure is a finding, too."""
        for finding in self._steps():
            self.checked.findings.append(finding)
            yield finding

    def _steps(self) -> Iterator[Finding]:
        with self._client:
            try:
                yield from self._robots()
                now = self._clock.now()
                answer = self._client.get(self._address, accept=ACCEPT)
                yield from self._pages_own(page_of(answer, now))
                said: list[str] = []
                way = way_into(self._client, self._config, Memory({}), now, said.append)
                yield Finding("way in", "; ".join(said) or _way_said(way))
                yield from self._read(way, now)
            except (HttpError, LayoutChanged, BudgetUsedUp) as error:
                yield Finding("stopped", str(error), is_well=False)

    def _robots(self) -> Iterator[Finding]:
        home = urljoin(self._address, "/robots.txt")
        try:
            text = self._client.get(home, robots=False).text
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
        from flows.forumreader.profiles.detection import detect

        guesses = detect(page)
        if guesses:
            best = guesses[0]
            yield Finding("engine", f"{best.profile.name} ({best.confidence:.0%}: {', '.join(best.evidence[:3])})")
        feeds = [urljoin(page.url, node.attributes.get("href") or "") for node in page.tree.css(FEEDS)]
        yield Finding("feeds", ", ".join(feeds[:5]) if feeds else "the page names none", None)

    def _read(self, way: Way, now: datetime) -> Iterator[Finding]:
        """Read a list and a thread of it."""
        at = way.recent() or way.starts()[0]
        read = way.read(at)
        reading = read.reading
        if reading and reading.forums and not reading.threads:
            yield Finding("index", f"{len(reading.forums)} sections" + _recent(read))
            at = reading.forums[0]
            read = way.read(at)
            reading = read.reading
        thread = at
        if reading and reading.threads:
            yield from self._list(reading)
            ref = next((ref for ref in reading.threads if not ref.is_sticky), reading.threads[0])
            thread = way.thread(ref)
            read = way.read(thread)
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


def _way_said(way: Way) -> str:
    return "the pages that guests see" if isinstance(way, PagesWay) else f"the JSON API of {way.engine}"


def _recent(read: Read) -> str:
    return f", and a page of the newest activity: {read.recent[0]}" if read.recent else ""
