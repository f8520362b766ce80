"""How a host is treated: who asks, what robots.txt says, how fast."""

from __future__ import annotations

import contextlib
import threading

import pytest

from flows.settings import settings
from flows.sources.http import (
    HttpError,
    RobotsRefused,
    Unreachable,
)
from flows.sources.http.config import PoliteConfig
from tests.helpers.polite import OK, World
from tests.servers.feed_server import Reply


def test_every_request_says_who_asks_and_whom_to_write_to(world: World) -> None:
    world.get(contact="https://example.org/contact")
    agents = {asked.headers["user-agent"] for asked in world.server.asked}
    assert len(agents) == 1
    agent = agents.pop()
    assert agent.startswith("Vigie/")
    assert agent.endswith(" (+https://example.org/contact)")


def test_a_source_without_a_contact_sends_that_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_CONTACT", "https://example.org/all")
    settings.cache_clear()
    try:
        contacts = [PoliteConfig(name="a", contact=own).manners().contact for own in (None, "a@example.org")]
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert contacts == ["https://example.org/all", "a@example.org"]


def test_headers_go_to_the_host_that_was_asked_and_not_where_it_redirects(world: World) -> None:
    elsewhere = world.server.url("/there", host="other.example")
    world.server.routes |= {
        "/feed.xml": Reply(status=302, headers={"Location": "/here"}),
        "/here": Reply(status=302, headers={"Location": elsewhere}),
        "/there": OK,
    }
    with world.client() as client:
        client.get(world.server.url(), headers={"Authorization": "Bearer x"}, accept="text/html")
    pages = [asked.headers for asked in world.server.asked if asked.path != "/robots.txt"]
    assert [page.get("authorization") for page in pages] == ["Bearer x", "Bearer x", None]
    assert [page["accept"] for page in pages] == ["text/html"] * 3
    robots = [asked.headers for asked in world.server.asked if asked.path == "/robots.txt"]
    assert not any("authorization" in headers for headers in robots)


def test_one_connection_serves_all_requests_to_a_host(world: World) -> None:
    with world.client() as client:
        for _ in range(5):
            client.get(world.server.url())
    assert len({asked.client for asked in world.server.asked}) == 1


def test_threads_that_share_a_client_wait_for_each_other(world: World) -> None:
    world.server.routes["/feed.xml"] = Reply(b"slow", drip=0.01)
    with world.client() as client:
        threads = [threading.Thread(target=client.get, args=(world.server.url(),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(world.server.paths()) == 4
    assert len({asked.client for asked in world.server.asked}) == 1


def test_without_robots_txt_everything_is_allowed_and_it_is_asked_for_once_a_day(world: World) -> None:
    for hours, asked in ((0, 1), (23, 0), (2, 1)):
        world.time.passed += hours * 3600
        before = len(world.server.asked)
        assert world.get() == b"fine"
        robots = [one for one in world.server.asked[before:] if one.path == "/robots.txt"]
        assert len(robots) == asked, f"{hours} h later"


def test_what_robots_txt_forbids_is_not_asked(world: World) -> None:
    world.server.routes["/robots.txt"] = Reply(b"User-agent: vigie\nDisallow: /private\nUser-agent: *\nDisallow: /")
    assert world.get() == b"fine"
    with pytest.raises(RobotsRefused, match=r"/private/feed\.xml: .*robots\.txt forbids it: ask the site"):
        world.get("/private/feed.xml")
    assert world.server.paths() == ["/feed.xml"]


@pytest.mark.parametrize(
    ("fault", "error", "told"),
    [
        (Reply(status=500), RobotsRefused, r"robots\.txt cannot be read: .* 500 "),
        (Reply(status=429), RobotsRefused, r"robots\.txt cannot be read: .* 429 "),
        (Reply(reset=True), Unreachable, r"robots\.txt could not be asked for: no whole answer"),
    ],
    ids=["500", "429", "reset"],
)
def test_nothing_is_asked_while_robots_txt_cannot_be_read(
    world: World, fault: Reply, error: type[HttpError], told: str
) -> None:
    world.server.routes["/robots.txt"] = fault
    with world.client() as client:
        for _ in range(2):
            with pytest.raises(error, match=told):
                client.get(world.server.url())
    assert world.server.paths() == []
    assert len(world.server.asked) == 3, "it is tried as often as anything, once a run"
    assert world.hosts.robots(world.server.url("/")) is None, "the next run tries again"


RULES = "User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + RULES.encode(),
        b"\xef\xbb\xbf\r\n" + RULES.replace("\n", "\r\n").encode(),
        b"\n\xef\xbb\xbf" + RULES.encode(),
        b"\xef\xbb\xbf\xef\xbb\xbf" + RULES.encode(),
        b"User-agent: other\nDisallow:\n\n\xef\xbb\xbf" + RULES.encode(),
        RULES.encode("utf-16"),
        b"\xfe\xff" + RULES.encode("utf-16-be"),
    ],
    ids=["first", "before an empty line", "after one", "twice", "between two files", "UTF-16", "UTF-16 BE"],
)
def test_a_byte_order_mark_hides_no_rule(world: World, content: bytes) -> None:
    world.server.routes["/robots.txt"] = Reply(content)
    with pytest.raises(RobotsRefused):
        world.get()
    assert world.server.paths() == []


def test_rules_that_were_kept_with_a_byte_order_mark_are_obeyed(world: World) -> None:
    world.hosts.keep_robots(world.server.url("/"), "\ufeff" + RULES)
    with pytest.raises(RobotsRefused):
        world.get()


def test_an_api_with_rules_of_its_own_is_asked_without_robots_txt(world: World) -> None:
    world.server.routes["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /")
    with world.client() as client:
        assert client.get(world.server.url(), robots=False).content == b"fine"
    assert [asked.path for asked in world.server.asked] == ["/feed.xml"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_robots_txt_that_is_not_there_allows_everything(world: World, status: int) -> None:
    world.server.routes["/robots.txt"] = Reply(b"Disallow: /", status)
    assert world.get() == b"fine"


def test_a_robots_txt_of_garbage_allows_everything_and_can_be_kept(world: World) -> None:
    world.server.routes["/robots.txt"] = Reply(b"\xff\xfe\0 \x80 what: ever\n" * 100)
    assert world.get() == b"fine"
    assert "\0" not in (world.hosts.robots(world.server.url("/")) or "\0")


@pytest.mark.parametrize(("ours", "theirs", "waits"), [(1.0, b"4", 4.0), (6.0, b"4", 6.0), (0.0, b"0", 0.0)])
def test_the_longer_of_our_delay_and_their_crawl_delay_holds(
    world: World, ours: float, theirs: bytes, waits: float
) -> None:
    world.server.routes["/robots.txt"] = Reply(b"User-agent: *\nCrawl-delay: " + theirs)
    with world.client(delay=ours) as client:
        client.get(world.server.url())
        world.time.slept.clear()
        client.get(world.server.url())
    assert sum(world.time.slept) == pytest.approx(waits)


@pytest.mark.parametrize("reply", [OK, Reply(status=404), Reply(b"x", headers={"Content-Encoding": "br"})])
def test_whatever_came_of_it_a_request_is_followed_by_a_pause(world: World, reply: Reply) -> None:
    world.server.routes["/page"] = reply
    with world.client(delay=3) as client:
        with contextlib.suppress(HttpError):
            client.get(world.server.url("/page"), robots=False)
        client.get(world.server.url(), robots=False)
    assert world.time.slept == [3]


def test_hosts_do_not_wait_for_each_other(world: World) -> None:
    with world.client(delay=50) as client:
        for host in ("journal.example", "other.example"):
            client.get(world.server.url(host=host))
        assert world.time.slept == [50, 50], "each host between its robots.txt and its page, none for the other"
        world.time.slept.clear()
        client.get(world.server.url(host="journal.example"))
    assert world.time.slept == []
