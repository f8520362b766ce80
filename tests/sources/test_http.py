"""The polite client against a real server on loopback, and that server's faults."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from flows.errors import SourceError
from flows.sources.http import (
    AddressRefused,
    BadAnswer,
    Budget,
    BudgetUsedUp,
    Clock,
    HostResting,
    HttpError,
    Manners,
    MemoryHosts,
    PoliteClient,
    RobotsRefused,
    StatusError,
    Unreachable,
)
from flows.sources.http.guard import Guard
from tests.servers.feed_server import FeedServer, Reply, feed_server

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LOOPBACK = ("127.0.0.0/8",)
OK = Reply(b"fine")


@dataclass
class FakeTime:
    """Time that passes only when somebody sleeps."""

    passed: float = 0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.passed += seconds

    @property
    def clock(self) -> Clock:
        return Clock(
            lambda: NOW + timedelta(seconds=self.passed), lambda: 1000 + self.passed, self.sleep, lambda: 0.5
        )


@dataclass
class World:
    """A server, a client's memory, and the time that both have."""

    server: FeedServer
    time: FakeTime = field(default_factory=FakeTime)

    def __post_init__(self) -> None:
        self.hosts = MemoryHosts(self.time.clock)

    def client(self, budget: Budget | None = None, **manners: Any) -> PoliteClient:
        """A client of a new run, which shares with the last what they know of hosts."""
        given: dict[str, Any] = {"allowed_private": LOOPBACK, "delay": 0.0} | manners
        names = {"journal.example": "127.0.0.1", "other.example": "127.0.0.1", "inside.example": "10.0.0.7"}
        return PoliteClient(
            Manners(**given), budget, self.time.clock, lambda host, _port: [names.get(host, host)], self.hosts
        )

    def get(self, path: str = "/feed.xml", **manners: Any) -> bytes:
        with self.client(**manners) as client:
            return client.get(self.server.url(path)).content


@pytest.fixture
def world() -> Iterator[World]:
    with feed_server() as server:
        server.routes["/feed.xml"] = OK
        yield World(server)


# Who asks ------------------------------------------------------------------------------------------------


def test_every_request_says_who_asks_and_whom_to_write_to(world: World) -> None:
    world.get(contact="https://example.org/contact")
    agents = {asked.headers["user-agent"] for asked in world.server.asked}
    assert len(agents) == 1
    agent = agents.pop()
    assert agent.startswith("Vigie/")
    assert agent.endswith(" (+https://example.org/contact)")


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


# robots.txt ----------------------------------------------------------------------------------------------


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
    "fault", [Reply(status=500), Reply(status=429), Reply(reset=True)], ids=["500", "429", "reset"]
)
def test_nothing_is_asked_while_robots_txt_cannot_be_read(world: World, fault: Reply) -> None:
    world.server.routes["/robots.txt"] = fault
    with world.client() as client:
        for _ in range(2):
            with pytest.raises(RobotsRefused, match=r"robots\.txt cannot be read"):
                client.get(world.server.url())
    assert world.server.paths() == []
    assert len(world.server.asked) == 3, "it is tried as often as anything, once a run"
    assert world.hosts.robots(world.server.url("/")) is None, "the next run tries again"


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


def test_hosts_do_not_wait_for_each_other(world: World) -> None:
    with world.client(delay=50) as client:
        for host in ("journal.example", "other.example"):
            client.get(world.server.url(host=host))
        assert world.time.slept == [50, 50], "each host between its robots.txt and its page, none for the other"
        world.time.slept.clear()
        client.get(world.server.url(host="journal.example"))
    assert world.time.slept == []


# Patience ------------------------------------------------------------------------------------------------


def test_retry_after_in_seconds_is_waited_for(world: World) -> None:
    world.server.routes["/feed.xml"] = [Reply(status=429, headers={"Retry-After": "7"}), OK]
    assert world.get() == b"fine"
    assert 7.0 in world.time.slept


def test_retry_after_as_a_date_is_waited_for(world: World) -> None:
    later = format_datetime(NOW + timedelta(seconds=30), usegmt=True)
    world.server.routes["/feed.xml"] = [Reply(status=503, headers={"Retry-After": later}), OK]
    assert world.get() == b"fine"
    assert 30.0 in world.time.slept


@pytest.mark.parametrize("said", ["soon", "-5", "", "1e9", "²"])
def test_a_retry_after_that_says_nothing_is_a_failure_like_others(world: World, said: str) -> None:
    headers = {"Retry-After": said.encode().decode("latin-1")}
    world.server.routes["/feed.xml"] = [Reply(status=503, headers=headers), OK]
    assert world.get() == b"fine"
    assert world.time.slept == [1.5]


def test_a_longer_wait_than_a_run_has_leaves_the_host_alone_also_in_the_next_run(world: World) -> None:
    world.server.routes["/feed.xml"] = [Reply(status=429, headers={"Retry-After": "3600"}), OK]
    with pytest.raises(HostResting, match="left alone for 3,600 s"):
        world.get()
    with pytest.raises(HostResting):
        world.get()
    assert len(world.server.paths()) == 1
    world.time.passed += 3600
    assert world.get() == b"fine"


def test_failures_are_tried_again_with_growing_waits_and_then_told(world: World) -> None:
    world.server.routes["/feed.xml"] = Reply(status=502)
    with pytest.raises(StatusError, match="the answer is 502 Bad Gateway, after 4 tries") as error:
        world.get(tries=4)
    assert error.value.status == 502
    assert len(world.server.paths()) == 4
    assert world.time.slept == [1.5, 3.0, 6.0]


@pytest.mark.parametrize(
    "fault",
    [
        Reply(reset=True),
        Reply(b"<rss>", half=True),
        Reply(gzip.compress(b"a" * 999)[:-9], headers={"Content-Encoding": "gzip"}),
    ],
    ids=["reset", "half a body", "half a gzip"],
)  # fmt: skip
def test_a_broken_answer_is_asked_for_again(world: World, fault: Reply) -> None:
    world.server.routes["/feed.xml"] = [fault, OK]
    assert world.get() == b"fine"
    world.server.routes["/feed.xml"] = fault
    with pytest.raises(Unreachable, match="no whole answer"):
        world.get()


def test_a_slow_drip_ends_when_the_answer_took_too_long(world: World) -> None:
    world.server.routes["/feed.xml"] = Reply(b"x" * 1000, drip=0.02)
    started = time.monotonic()
    with pytest.raises(Unreachable):
        world.get(answer_seconds=0.3, tries=1)
    assert time.monotonic() - started < 3


def test_a_silent_server_times_out(world: World) -> None:
    world.server.routes["/feed.xml"] = Reply(b"xx", drip=1)
    with pytest.raises(Unreachable):
        world.get(read_seconds=0.2, tries=1)


def test_a_missing_page_is_not_asked_for_again(world: World) -> None:
    with pytest.raises(StatusError, match="404") as error:
        world.get("/missing")
    assert error.value.status == 404
    assert len(world.server.paths()) == 1


def test_a_host_that_keeps_failing_is_left_alone_for_a_while(world: World) -> None:
    world.server.routes["/broken"] = Reply(status=500)
    with world.client(tries=2, breaker_failures=4) as client:
        for _ in range(2):
            with pytest.raises(StatusError):
                client.get(world.server.url("/broken"))
        with pytest.raises(HostResting, match=r"after 4 failures in a row, the last: .*500"):
            client.get(world.server.url())
        assert len(world.server.paths()) == 4
        world.time.passed += 301
        assert client.get(world.server.url()).content == b"fine"


# Budgets -------------------------------------------------------------------------------------------------


def test_a_run_ends_when_its_requests_are_used_up(world: World) -> None:
    with world.client(Budget(requests=3)) as client:
        client.get(world.server.url())
        client.get(world.server.url())
        with pytest.raises(BudgetUsedUp, match="3 requests are used up"):
            client.get(world.server.url())
    assert len(world.server.asked) == 3


def test_a_run_ends_in_the_middle_of_an_answer_when_its_bytes_are_used_up(world: World) -> None:
    world.server.routes["/feed.xml"] = Reply(b"x" * 3_000_000)
    with world.client(Budget(bytes=100_000)) as client, pytest.raises(BudgetUsedUp, match="bytes are used up"):
        client.get(world.server.url())


def test_a_run_ends_rather_than_wait_beyond_its_minutes(world: World) -> None:
    with world.client(Budget(minutes=1), delay=40) as client:
        client.get(world.server.url())
        with pytest.raises(BudgetUsedUp, match="1 minutes are used up"):
            client.get(world.server.url())
    assert world.time.passed <= 60


def test_used_up_is_no_failure_of_an_address() -> None:
    assert issubclass(BudgetUsedUp, SourceError)
    assert not issubclass(BudgetUsedUp, HttpError)


# Bodies --------------------------------------------------------------------------------------------------


def test_a_page_that_did_not_change_costs_one_answer_without_a_body(world: World) -> None:
    world.server.routes["/feed.xml"] = Reply(b"fine", etag='"one"', headers={"Last-Modified": "yesterday"})
    with world.client() as client:
        first = client.get(world.server.url())
        again = client.get(world.server.url(), validators=first.validators)
    assert (first.validators.etag, first.validators.last_modified) == ('"one"', "yesterday")
    assert (again.not_modified, again.content) == (True, b"")
    assert world.server.asked[-1].headers["if-modified-since"] == "yesterday"


def test_a_304_that_nobody_asked_for_is_no_answer(world: World) -> None:
    world.server.routes["/feed.xml"] = Reply(status=304)
    with pytest.raises(BadAnswer, match="304"):
        world.get()


def test_gzip_is_undone_members_and_all(world: World) -> None:
    body = gzip.compress(b"one ") + gzip.compress(b"two")
    world.server.routes["/feed.xml"] = Reply(body, headers={"Content-Encoding": "gzip"})
    assert world.get() == b"one two"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(b"no gzip at all", headers={"Content-Encoding": "gzip"}), "its gzip is damaged"),
        (Reply(zlib.compress(b"x"), headers={"Content-Encoding": "br"}), "compressed as 'br'"),
        (
            Reply(gzip.compress(b"\0" * 30_000_000), headers={"Content-Encoding": "gzip"}),
            "more than 10,000,000 bytes",
        ),
        (Reply(b"x" * 11_000_000), "11,000,000 bytes, 10,000,000 may be read"),
    ],
    ids=["bad gzip", "unknown encoding", "gzip bomb", "huge"],
)
def test_an_answer_that_cannot_be_used_is_told_at_once(world: World, reply: Reply, reason: str) -> None:
    world.server.routes["/feed.xml"] = reply
    with pytest.raises(BadAnswer, match=reason):
        world.get()
    assert len(world.server.paths()) == 1


def test_a_gzip_bomb_is_never_held_in_memory(world: World) -> None:
    import tracemalloc

    bomb = gzip.compress(b"\0" * 50_000_000, 1)
    world.server.routes["/feed.xml"] = Reply(bomb, headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    try:
        with pytest.raises(BadAnswer):
            world.get(most_bytes=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("déçu".encode(), "text/html; charset=iso-8859-1"),
        ("déçu".encode("latin-1"), "text/html; charset=utf-8"),
        ("déçu".encode("latin-1"), "text/html; charset=klingon"),
        ("déçu".encode("utf-8-sig"), "text/html"),
    ],
)
def test_a_wrong_charset_is_tolerated(world: World, body: bytes, content_type: str) -> None:
    world.server.routes["/feed.xml"] = Reply(body, content_type=content_type)
    with world.client() as client:
        assert client.get(world.server.url()).text == "déçu"


# Redirects and addresses -----------------------------------------------------------------------------------


def _to(target: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": target})


def test_a_permanent_move_is_told_a_temporary_one_is_not(world: World) -> None:
    world.server.routes |= {"/old": _to("/new", 301), "/new": _to("/today"), "/today": OK}
    with world.client() as client:
        answer = client.get(world.server.url("/old"))
        assert (answer.url, answer.moved_to) == (world.server.url("/today"), world.server.url("/new"))
        assert client.get(world.server.url("/new")).moved_to is None


def test_a_redirect_loop_ends_after_five(world: World) -> None:
    world.server.routes["/loop"] = _to("/loop")
    with pytest.raises(BadAnswer, match="redirects more than 5 times"):
        world.get("/loop")
    assert len(world.server.paths()) == 6


@pytest.mark.parametrize(
    "target",
    ["http://10.0.0.7/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://inside.example/",
     "http://[::ffff:10.0.0.7]/", "file:///etc/passwd", "ftp://example.org/", "http://user:secret@journal.example/"],
)  # fmt: skip
def test_a_redirect_leads_nowhere_that_an_address_may_not(world: World, target: str) -> None:
    world.server.routes["/feed.xml"] = _to(target)
    with pytest.raises(AddressRefused) as error:
        world.get()
    assert "secret" not in str(error.value)


def test_each_hop_is_asked_for_leave_by_its_own_robots_txt(world: World) -> None:
    world.server.routes["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /hidden")
    world.server.routes["/feed.xml"] = _to("/hidden")
    with pytest.raises(RobotsRefused):
        world.get()


def test_a_redirect_to_nowhere_is_told(world: World) -> None:
    world.server.routes["/feed.xml"] = Reply(status=302)
    with pytest.raises(BadAnswer, match="redirects to nowhere"):
        world.get()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]",
     "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "[fe80::1]", "[fc00::1]",
     "[2002:7f00:1::]", "224.0.0.1", "255.255.255.255"],
)  # fmt: skip
def test_private_addresses_are_refused_however_they_are_written(host: str) -> None:
    with PoliteClient(Manners()) as client, pytest.raises(AddressRefused, match="allowed_private"):
        client.get(f"http://{host}:9/feed.xml")


@pytest.mark.parametrize(
    "url", ["gopher://example.org/", "example.org/feed", "http://", "http://[broken/", "javascript:1"]
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with PoliteClient(Manners()) as client, pytest.raises(AddressRefused):
        client.get(url)


def test_one_private_address_among_public_ones_refuses_the_host() -> None:
    guard = Guard((), lambda _host, _port: ["93.184.216.34", "10.0.0.7"])
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.7"):
        guard.addresses("mixed.example", 80)


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8", "Journal.Example", "journal.example."])
def test_a_listed_host_or_network_may_be_asked(allowed: str) -> None:
    guard = Guard([allowed], lambda _host, _port: ["127.0.0.1"])
    assert guard.addresses("journal.example", 80) == ["127.0.0.1"]
    with pytest.raises(AddressRefused):
        Guard([allowed], lambda _host, _port: ["10.0.0.7"]).addresses("other.example", 80)


def test_a_name_is_resolved_once_and_the_checked_address_is_the_one_asked(world: World) -> None:
    """A name that changes its address between check and connection (DNS rebinding) gains nothing."""
    answers = iter([["127.0.0.1"]])
    with PoliteClient(
        Manners(allowed_private=LOOPBACK), None, world.time.clock, lambda *_: next(answers)
    ) as client:
        assert client.get(world.server.url(host="journal.example")).content == b"fine"
    assert world.server.asked[-1].headers["host"] == f"journal.example:{world.server.port}"


def test_a_host_that_does_not_resolve_is_told() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    fake = FakeTime()
    with (
        PoliteClient(Manners(), None, fake.clock, resolve) as client,
        pytest.raises(RobotsRefused) as error,
    ):
        client.get("http://nowhere.example/feed.xml")
    assert "does not resolve" in str(error.value)


def test_proxies_of_the_environment_are_not_a_way_around(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", world.server.url(""))
    with PoliteClient(Manners()) as client, pytest.raises(AddressRefused):
        client.get("http://10.0.0.7/")
    assert world.server.asked == []
