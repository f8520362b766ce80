"""A company on Bluesky's own development network: written there, collected, seen in the marts; deleted there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.records import Page
from flows.sources.bluesky.config import BlueskyConfig
from flows.sources.bluesky.source import Bluesky
from flows.sources.http import Clock, MemoryHosts
from flows.warehouse.collecting import RunReport, run_source
from tests.helpers.databases import SCRATCH, Server
from tests.helpers.house import House
from tests.servers.bluesky_network import Network, bluesky_network
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(3600)]
DATABASE = f"{SCRATCH}_bluesky"


@pytest.fixture(scope="module")
def network(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """A network whose database is one of the tests' server's own."""
    given = server.create(DATABASE).database_url
    assert given
    try:
        with bluesky_network(tmp_path_factory.mktemp("bluesky"), given.get_secret_value()) as running:
            yield running
    finally:
        server.drop(DATABASE)


class Collector:
    """Collects into the warehouse by a clock that can be ahead, so that watched posts fall due."""

    def __init__(self, house: House, network: Network) -> None:
        self.house = house
        self.network = network
        self.ahead = timedelta()
        self.pages: list[Page] = []

    def collect(self, **options: Any) -> RunReport:
        config = BlueskyConfig(
            name="sky", service=self.network.url, crawl_delay=0, allowed_private=["127.0.0.0/8"], **options
        )
        self.pages.clear()
        clock = Clock(now=lambda: datetime.now(UTC) + self.ahead)
        source = Bluesky(config, MemoryHosts(), clock)
        return run_source(self.house.connection, config, source, on_page=lambda page, _: self.pages.append(page))

    def troubles(self) -> list[str]:
        """Rejects and gaps of the last run."""
        found = [f"{reject.reason}: {reject.detail}" for page in self.pages for reject in page.rejects]
        return found + [page.gap for page in self.pages if page.gap]

    def messages(self) -> list[tuple[Any, ...]]:
        self.house.refresh(as_of=datetime.now(UTC) + self.ahead)
        return self.house.query(
            "select handle, body, thread_id = message_id, parent_message_id = thread_id"
            " from marts.fct_messages join marts.dim_accounts using (account_id) order by posted_at"
        )


def test_a_talk_is_collected_and_its_deletion_is_seen(network: Network, warehouse: House) -> None:
    for name in ("ann", "fabel", "ben"):
        network.join(name)
    asked = network.post("ann", "Ma carte #fabel est refusée depuis midi 😡")
    said = network.post("fabel", "Bonjour Ann, quel message voyez-vous ?", asked)
    thanked = network.post("ann", "« refus émetteur »", said, asked)
    network.post("fabel", "Nos agences ouvrent à 9 h")
    network.post("ben", "nothing to do with them")
    posts = [asked["uri"], said["uri"], thanked["uri"]]
    wait_until(lambda: len(network.shown(*posts)) == len(posts), "the service shows them")
    wait_until(lambda: network.shown(said["uri"])[said["uri"]]["replyCount"] == 1, "it counts the answers")

    # Found by a search and by the company's own feed; the answers come with their thread.
    collector = Collector(warehouse, network)
    first = collector.collect(searches=["#fabel"], accounts=["fabel.test"])
    question = ("ann.test", "Ma carte #fabel est refusée depuis midi 😡", True, None)
    answer = ("fabel.test", "Bonjour Ann, quel message voyez-vous ?", False, True)
    thanks = ("ann.test", "« refus émetteur »", False, False)
    news = ("fabel.test", "Nos agences ouvrent à 9 h", True, None)
    assert collector.troubles() == []
    assert collector.messages() == [question, answer, thanks, news]
    assert (first.counts.new, first.counts.changed, first.counts.rejected) == (4, 0, 0)

    again = collector.collect(searches=["#fabel"], accounts=["fabel.test"])
    assert (again.counts.new, again.counts.changed) == (0, 0)

    network.delete("ann", thanked["uri"])
    late = network.post("ben", "Chez moi aussi", asked)
    wait_until(lambda: [*network.shown(thanked["uri"], late["uri"])] == [late["uri"]], "the service hears of both")
    wait_until(lambda: network.shown(asked["uri"])[asked["uri"]]["replyCount"] == 2, "it counts the answer")
    collector.ahead = timedelta(minutes=30)
    third = collector.collect(searches=["#fabel"], accounts=["fabel.test"])

    assert collector.troubles() == []
    assert (third.counts.new, third.counts.changed) == (1, 0)
    assert warehouse.query("select record_id from raw.tombstones") == [], "missed once"
    collector.ahead = timedelta(hours=7)
    collector.collect(searches=["#fabel"], accounts=["fabel.test"])

    assert collector.troubles() == []
    assert collector.messages() == [question, answer, news, ("ben.test", "Chez moi aussi", False, True)]
    assert warehouse.query("select record_id from raw.tombstones") == [(thanked["uri"],)]
