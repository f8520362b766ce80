"""Runs share in Postgres what they know of hosts: pace, turns, robots.txt, Retry-After, open circuits."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import pytest

from flows.errors import SourceError
from flows.settings import PROJECT
from flows.sources.feeds.config import FeedsConfig
from flows.sources.http import Budget, BudgetUsedUp, HostResting, PoliteClient, RequestPolicy, StatusError
from flows.sources.http.hosts import HostBusy, HostState
from flows.sources.registry import open_source
from flows.warehouse.collecting import run_source
from flows.warehouse.database import warehouse_url
from flows.warehouse.hosts import WarehouseHosts
from tests.helpers.house import House
from tests.helpers.polite import LOOPBACK, OK
from tests.servers.feed_server import FeedServer, Reply, feed_server
from tests.servers.waiting import PATIENCE, wait_until

HOST = "host.example"
RSS = b"<rss version='2.0'><channel><item><guid>urn:1</guid><title>One</title></item></channel></rss>"
EARLIER = "update ops.hosts set not_before = not_before - %s::interval, closed_until = closed_until - %s::interval"
QUEUING = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
MakeHosts = Callable[[], WarehouseHosts]
Start = Callable[[str, int, float], "subprocess.Popen[str]"]


@pytest.fixture
def site() -> Iterator[FeedServer]:
    with feed_server() as served:
        served.routes["/feed.xml"] = OK
        yield served


@pytest.fixture
def house(empty_warehouse: House) -> House:
    return empty_warehouse


@pytest.fixture
def make_hosts(house: House) -> Iterator[MakeHosts]:
    """What one run has of the hosts; each call is another run."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(WarehouseHosts(house.settings))


@pytest.fixture
def start(house: House) -> Iterator[Start]:
    """Start a run in a process of its own, ready to ask; a line on its input lets it go."""
    given = {
        "VIGIE_DATABASE_URL": warehouse_url(house.settings),
        "VIGIE_HOME": str(house.settings.home),
        "PATH": "",
    }
    started: list[subprocess.Popen[str]] = []

    def run(url: str, times: int, delay: float) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.helpers.asking", url, str(times), str(delay)]
        process = subprocess.Popen(
            command, cwd=PROJECT, env=given, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def go(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()


def client(hosts: WarehouseHosts, budget: Budget | None = None, **manners: Any) -> PoliteClient:
    given: dict[str, Any] = {"delay": 0.0, "backoff": 0.01, "allowed_private": LOOPBACK} | manners
    return PoliteClient(RequestPolicy(granted_private=LOOPBACK, **given), budget, hosts=hosts)


def later(house: House, seconds: float) -> None:
    """Let time pass for the hosts."""
    house.connection.execute(EARLIER, (f"{seconds} s", f"{seconds} s"))


# Pace ----------------------------------------------------------------------------------------------------


def test_two_processes_keep_the_pace_of_one_and_never_ask_at_once(
    house: House, site: FeedServer, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reply(path: str) -> Reply:
        if path == "/feed.xml" and len(site.paths()) < 12:  # the last has nobody behind it
            wait_until(lambda: house.value(QUEUING), "the other queues", step=0.005)
        return Reply(b"x" * 10, drip=0.01)

    monkeypatch.setattr(site, "reply_to", reply)
    processes = [start(site.url(), 6, 0.1) for _ in range(2)]
    go(*processes)
    assert [process.wait(PATIENCE) for process in processes] == [0, 0]
    assert len(site.paths()) == 12
    pages = [asked for asked in site.asked if asked.path == "/feed.xml"]
    gaps = [after.at - before.at for before, after in pairwise(pages)]
    assert min(gaps) > 0.16, "the pause begins when the answer before has ended"
    assert len({asked.client for asked in pages}) == 2, "both were there"
    assert all(before.client != after.client for before, after in pairwise(pages)), "they take turns"


def test_a_run_that_is_killed_in_the_middle_of_an_answer_frees_its_host(
    site: FeedServer, start: Start, make_hosts: MakeHosts
) -> None:
    site.routes["/slow"] = Reply(b"x" * 100_000, drip=0.1)
    killed = start(site.url("/slow"), 1, 0)
    go(killed)
    wait_until(lambda: "/slow" in site.paths(), "it asks")
    hosts = make_hosts()
    with pytest.raises(HostBusy), hosts.lock_host(f"127.0.0.1:{site.port}", 0.05):
        pass
    killed.kill()
    with client(hosts, Budget(minutes=PATIENCE / 60)) as other:
        assert other.get(site.url()).content == b"fine"


def test_a_run_that_is_killed_while_it_queues_is_no_hole_in_the_queue(
    house: House, site: FeedServer, start: Start, make_hosts: MakeHosts
) -> None:
    hosts = make_hosts()
    with hosts.lock_host(f"127.0.0.1:{site.port}", 1):
        killed = start(site.url(), 1, 0)
        go(killed)
        wait_until(lambda: house.value(QUEUING), "it queues")
        killed.kill()
        wait_until(lambda: not house.value(QUEUING), "its place is free")
    with client(make_hosts()) as other:
        assert other.get(site.url()).content == b"fine"


def test_a_request_counts_for_the_pace_before_it_is_answered(site: FeedServer, make_hosts: MakeHosts) -> None:
    site.routes["/feed.xml"] = Reply(b"x" * 40, drip=0.01)
    with client(make_hosts(), delay=3600) as first:
        asking = threading.Thread(target=first.send, args=("GET", site.url()))
        asking.start()
        wait_until(site.paths, "it asks", step=0.005)
        assert make_hosts().state(f"127.0.0.1:{site.port}").wait > 3000
        asking.join()


def test_whoever_gets_no_turn_in_a_runs_minutes_ends_the_run(site: FeedServer, make_hosts: MakeHosts) -> None:
    with (
        make_hosts().lock_host(f"127.0.0.1:{site.port}", 1),
        client(make_hosts(), Budget(minutes=0.005)) as waiting,
        pytest.raises(BudgetUsedUp, match=r"0\.005 minutes are used up: other runs ask 127"),
    ):
        waiting.get(site.url())
    assert site.asked == []


def test_hosts_have_turns_of_their_own(make_hosts: MakeHosts) -> None:
    with make_hosts().lock_host("one.example", 1), make_hosts().lock_host("other.example", 0.05):
        pass


def test_a_turn_ends_with_an_error(make_hosts: MakeHosts) -> None:
    with pytest.raises(ZeroDivisionError), make_hosts().lock_host(HOST, 1):
        raise ZeroDivisionError
    with make_hosts().lock_host(HOST, 0.05):
        pass


def test_threads_of_one_run_take_turns_too(make_hosts: MakeHosts) -> None:
    hosts, inside, most = make_hosts(), [0], [0]

    def visit() -> None:
        for _ in range(5):
            with hosts.lock_host(HOST, PATIENCE):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.002)
                inside[0] -= 1

    threads = [threading.Thread(target=visit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


# What one run leaves to the next ----------------------------------------------------------------------------


def test_how_things_stand_is_kept_and_passes_with_time(house: House, make_hosts: MakeHosts) -> None:
    hosts = make_hosts()
    assert hosts.state(HOST) == HostState()
    hosts.put(HOST, HostState(3600, 36_000, 5, "the answer is 500\0"))
    then = make_hosts().state(HOST)
    assert (3000 < then.wait <= 3600, 35_000 < then.closed <= 36_000) == (True, True)
    assert (then.failures, then.why) == (5, "the answer is 500")
    later(house, 10_000)
    then = hosts.state(HOST)
    assert (then.wait, 25_000 < then.closed <= 26_000) == (0, True)


def test_robots_txt_is_read_once_a_day_by_all_runs(house: House, site: FeedServer, make_hosts: MakeHosts) -> None:
    site.routes["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /private\n\xff\0")
    for age, asked in (("0 h", 1), ("23 h", 1), ("2 h", 2)):
        house.connection.execute("update ops.robots set read_at = read_at - %s::interval", (age,))
        for _ in range(2):
            with client(make_hosts()) as run:
                run.get(site.url())
        assert sum(one.path == "/robots.txt" for one in site.asked) == asked


def test_a_retry_after_of_one_run_holds_for_the_next_of_any_source(
    house: House, site: FeedServer, make_hosts: MakeHosts
) -> None:
    site.routes["/feed.xml"] = [Reply(status=429, headers={"Retry-After": "3600"}), OK]
    with client(make_hosts()) as run, pytest.raises(HostResting, match="left alone for 3,600 s"):
        run.send("GET", site.url())
    with client(make_hosts()) as run, pytest.raises(HostResting, match=r"left alone for 3,\d{3} s"):
        run.send("GET", site.url("/other"))
    assert len(site.asked) == 1
    later(house, 3600)
    with client(make_hosts()) as run:
        assert run.get(site.url()).content == b"fine"


def test_a_circuit_that_one_run_opened_is_open_for_all_until_it_closes(
    house: House, site: FeedServer, make_hosts: MakeHosts
) -> None:
    site.routes["/broken"] = Reply(status=500)
    with client(make_hosts(), breaker_failures=3) as run, pytest.raises(StatusError):
        run.get(site.url("/broken"), robots=False)
    for method in ("get", "send"):
        with client(make_hosts()) as run, pytest.raises(HostResting, match=r"3 failures in a row.*is 500"):
            run.get(site.url()) if method == "get" else run.send("GET", site.url())
    assert len(site.asked) == 3
    later(house, 301)
    with client(make_hosts()) as run:
        assert run.get(site.url()).content == b"fine"
    assert house.query("select failures, why from ops.hosts") == [(0, "")]


def test_sources_share_what_they_know_through_the_warehouse(house: House, site: FeedServer) -> None:
    def collect(name: str, path: str) -> str:
        config = FeedsConfig(
            name=name, urls=[site.url(path)], crawl_delay=0, allowed_private=list(LOOPBACK), site="paper"
        )
        with WarehouseHosts(house.settings) as hosts:
            try:
                return str(run_source(house.connection, config, open_source(config, hosts)).counts.new)
            except SourceError as error:
                return str(error)

    site.routes |= {"/one": Reply(RSS), "/two": Reply(status=429, headers={"Retry-After": "3600"})}
    assert collect("first", "/one") == "1"
    assert "left alone for 3,600 s" in collect("second", "/two")
    assert "asks to be left alone for 3," in collect("third", "/one")
    assert [asked.path for asked in site.asked] == ["/robots.txt", "/one", "/two"]
    assert house.query("select key from raw.states where key !~ '^feed:'") == []
