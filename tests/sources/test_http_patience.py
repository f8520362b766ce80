"""What a client does about failures, and when a run has spent enough."""

from __future__ import annotations

import gzip
from datetime import timedelta
from email.utils import format_datetime

import pytest

from flows.errors import SourceError
from flows.sources.http import (
    Budget,
    BudgetUsedUp,
    HostResting,
    HttpError,
    StatusError,
    Unreachable,
)
from tests.helpers.polite import NOW, OK, World
from tests.servers.feed_server import Reply


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
    world.server.routes["/feed.xml"] = Reply(b"x" * 100_000, drip=0.02)  # more than half an hour
    with pytest.raises(Unreachable):
        world.get(answer_seconds=0.3, tries=1)


def test_a_silent_server_times_out(world: World) -> None:
    world.server.routes["/feed.xml"] = Reply(b"xx", drip=60)
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
