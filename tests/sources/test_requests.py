"""What a source costs its hosts: requests for what is new, and for looking where nothing is.

pytest -s tests/sources/test_requests.py        prints the table that stands in docs/benchmarks.md
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pkgutil import resolve_name
from typing import Any

import pytest

from flows.sources.feeds.config import FeedsConfig
from flows.sources.mailbox.config import MailboxConfig
from flows.sources.registry import SOURCES
from tests.servers.faults import Schedule, fault_proxy
from tests.servers.feed_server import Reply, feed_server
from tests.servers.imap_proxy import imap_proxy
from tests.servers.imap_server import PASSWORD, imap_server
from tests.sources.mailbox.conftest import VARIABLE, options
from tests.sources.mailbox.reading import mail
from tests.sources.reddit.fake import CLIENT_ID, CLIENT_SECRET
from tests.sources.running import Runner
from tests.sources.talks import POLITE, TALKS

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DISCUSSIONS, MESSAGES, NEW = 5, 100, 10
HANDFUL = 10
HEAD = (
    "| source | first run | unchanged, 10 min later | unchanged, 1 h later | 10 new answers | per new message |",
    "|---|--:|--:|--:|--:|--:|",
)


@dataclass
class Asking:
    """A source in front of a server that counts: `say` writes a message there, `count` the requests so far."""

    config: Any
    say: Callable[[int], None]
    count: Callable[[], int]


@contextmanager
def network(name: str) -> Iterator[Asking]:
    """A network with some discussions, messages to and fro in each."""
    if name == "telegram" and not find_spec("snscrape"):
        pytest.skip("the extra snscrape is not installed")
    talk = TALKS[name](1, NOW - timedelta(hours=5), None)
    begun: list[str] = []

    def say(number: int) -> None:
        at = talk.start + timedelta(minutes=2 * number)
        answered = begun[number % DISCUSSIONS] if number >= DISCUSSIONS else None
        record_id = talk.say(at, f"message {number}", answered)
        if not answered:
            begun.append(record_id)

    with talk.serve() as address, fault_proxy(address, Schedule(0, 1)) as proxy:
        config = talk.config(proxy.url(""), name=name, crawl_delay=0, **POLITE)
        yield Asking(config, say, lambda: len(proxy.visits))


@contextmanager
def feeds() -> Iterator[Asking]:
    """Five feeds of twenty entries; a new one is a new version of its feed."""
    said: list[list[int]] = [[] for _ in range(DISCUSSIONS)]
    with feed_server() as server:

        def say(number: int) -> None:
            feed = number % DISCUSSIONS
            said[feed] = [number, *said[feed]][:20]
            items = "".join(f"<item><guid>{n}</guid><description>{n}</description></item>" for n in said[feed])
            content = f"<rss version='2.0'><channel><title>F</title>{items}</channel></rss>".encode()
            server.routes[f"/{feed}.xml"] = Reply(content, etag=f'"{number}"')

        urls = [server.url(f"/{feed}.xml") for feed in range(DISCUSSIONS)]
        yield Asking(FeedsConfig(name="feeds", urls=urls, crawl_delay=0, **POLITE), say, lambda: len(server.asked))


@contextmanager
def mailbox() -> Iterator[Asking]:
    """Mails of an account; its requests are commands."""
    with imap_server() as server, imap_proxy(server.port) as proxy:
        config = MailboxConfig(**options(proxy.port, "INBOX"))
        yield Asking(config, lambda number: server.deliver(mail(number)), lambda: len(proxy.commands()))


WORLDS: dict[str, Callable[[], AbstractContextManager[Asking]]] = {
    **{name: (lambda name=name: network(name)) for name in TALKS}, "feeds": feeds, "mailbox": mailbox,
}  # fmt: skip


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDDIT_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("REDDIT_CLIENT_SECRET", CLIENT_SECRET)
    monkeypatch.setenv(VARIABLE, PASSWORD)


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("name", WORLDS)
def test_what_did_not_change_costs_a_handful_of_requests(name: str, table: list[str]) -> None:
    with WORLDS[name]() as world:
        for number in range(MESSAGES):
            world.say(number)
        runner = Runner(opener(name), now=NOW)
        costs = []
        for later, new in ((0, 0), (10, 0), (60, 0), (10, NEW), (60, 0)):
            for number in range(new):
                world.say(MESSAGES + number)
            before = world.count()
            ran = runner.run(world.config, later=timedelta(minutes=later))
            costs.append(world.count() - before)
            assert (ran.error, ran.rejects, ran.tombstones) == ("", [], [])
            if not costs[1:]:
                assert len(ran.ids) >= MESSAGES
            assert not new or len(ran.ids) >= new
    first, soon, later, news, again = costs
    row = f"| {name} | {first} | {soon} | {later} | {news} | {news / NEW:.1f} |"
    table.append(row)
    assert max(soon, later, again) <= HANDFUL, row
    assert news <= NEW, row


def opener(name: str) -> Callable[..., Any]:
    """How the source is opened: a mailbox asks no hosts that runs share."""
    source: Callable[..., Any] = resolve_name(SOURCES[name])
    return source if name != "mailbox" else lambda config, _, clock: source(config, clock)


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Rows of the table, printed when the module is through."""
    rows: list[str] = []
    yield rows
    print("\n".join(["", *HEAD, *rows]))
