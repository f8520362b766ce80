"""Sources behind a proxy that breaks and spoils answers: nothing is lost, nothing doubled, every run ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from flows.sources.feeds.config import FeedsConfig
from flows.sources.feeds.mapping import STREAM
from flows.sources.http import Budget, HttpError, PoliteClient, RequestPolicy
from tests.conftest import MakeHouse
from tests.helpers.faulty import ANSWER_SECONDS, Faulty, quick_clock, quick_manners
from tests.helpers.house import House
from tests.helpers.polite import LOOPBACK
from tests.servers.faults import FAULTS, Schedule, fault_proxy
from tests.servers.feed_server import FeedServer, Reply, feed_server

FEEDS = ("/economy.xml", "/culture.xml", "/sport.xml")
seen: Counter[str] = Counter()


@pytest.fixture(scope="module")
def house(make_house: MakeHouse, migrated: str) -> Iterator[House]:
    """One warehouse for all schedules: each has a source and a site of its own."""
    with make_house(migrated) as made:
        yield made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_manners(monkeypatch)


class Papers:
    """Feeds that grow, and correct what they wrote."""

    def __init__(self, server: FeedServer, seed: int) -> None:
        self.server = server
        self.random = Random(seed)
        self.texts: dict[str, dict[str, str]] = {path: {} for path in FEEDS}

    def publish(self, number: int) -> dict[str, str]:
        for path, texts in self.texts.items():
            for new in range(self.random.randrange(1, 6)):
                texts[f"urn:{path}:{number}:{new}"] = f"Déçu, « n° {new} » de {path}, tour {number}"
            if self.random.random() < 0.5:
                corrected = self.random.choice(list(texts))
                texts[corrected] = f"Corrigé au tour {number} : {corrected}"
            self.server.routes[path] = Reply(_rss(texts), etag=f'"{path}{number}"')
        return {record_id: text for texts in self.texts.values() for record_id, text in texts.items()}


def _rss(texts: dict[str, str]) -> bytes:
    items = "".join(
        f"<item><guid isPermaLink='false'>{record_id}</guid><title>T</title><description>{text}</description>"
        "<pubDate>Sat, 21 Nov 2020 10:00:00 +0100</pubDate></item>"
        for record_id, text in texts.items()
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>P</title>{items}</channel></rss>".encode()


def survive(house: House, seed: int) -> Faulty:
    """Collect feeds through the faults of one schedule."""
    with feed_server() as server, fault_proxy(server.url(""), Schedule(seed, 0.35)) as proxy:
        config = FeedsConfig(
            name=f"papers-{seed}", site=f"papers-{seed}", urls=[proxy.url(path) for path in FEEDS], crawl_delay=0.1,
            max_requests=9, max_minutes=2, allowed_private=list(LOOPBACK), page_size=3,
        )  # fmt: skip
        faulty = Faulty(house, proxy, config, STREAM, Papers(server, seed).publish)
        faulty.survive()
        seen.update(visit.fault for visit in proxy.visits)
        return faulty


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_lost_or_doubled_behind_faults(house: House, seed: int) -> None:
    survive(house, seed)


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_behind_faults_of_200_schedules(house: House) -> None:
    seen.clear()
    survived = [survive(house, seed) for seed in range(1000, 1200)]
    outcomes = sum((one.outcomes for one in survived), Counter[str]())
    records = house.value("select count(*) from raw.feeds__messages")
    gaps = house.value("select count(*) from raw.batches where gap is not null")
    print(f"\n200 schedules, {sum(outcomes.values())} runs {dict(outcomes)}, {gaps} budgets used up")
    print(f"{records} versions, {seen.total()} requests {dict(seen)}")
    assert seen.keys() == FAULTS.keys(), "every fault happened"


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_every_fault_ends_in_the_answer_or_in_an_error_that_says_why(fault: str) -> None:
    """The proxy does what it says: without faults the page comes, and no fault passes for another page."""
    spoilt = {"page", "cut"}  # what comes is not the page, and no client can know
    harmless = {"none", "delay", "gzip", "charset", "stale"}
    page = "é".encode() * 200
    with feed_server() as server, fault_proxy(server.url(""), Schedule(1, 0, (fault,))) as proxy:
        server.routes["/page"] = Reply(page)
        manners = RequestPolicy(
            delay=0,
            tries=2,
            allowed_private=LOOPBACK,
            granted_private=LOOPBACK,
            read_seconds=ANSWER_SECONDS,
            answer_seconds=ANSWER_SECONDS,
        )
        came = set[bytes]()
        with PoliteClient(manners, Budget(), quick_clock()) as client:
            for _ in range(4):
                try:
                    came.add(client.get(proxy.url("/page"), robots=False).content)
                except HttpError as error:
                    assert str(error).startswith(proxy.url("/page")), fault
        visits = {visit.fault for visit in proxy.visits}
    assert visits == {fault}
    if fault in spoilt:
        assert came
        assert all(content in page or content.startswith(b"<html>") for content in came)
    elif fault in harmless:
        assert came == {page}
    else:
        assert came <= {page}
