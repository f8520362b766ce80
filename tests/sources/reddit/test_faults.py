"""Behind a proxy that breaks and spoils answers: nothing is lost, nothing doubled, every run ends in its budget."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from flows.sources.reddit.config import RedditConfig
from tests.helpers.faulty import Faulty, quick_manners
from tests.helpers.house import House
from tests.helpers.polite import LOOPBACK
from tests.servers.faults import Schedule, fault_proxy
from tests.sources.reddit.fake import FakeReddit, fake_reddit


class Talk:
    """A thread that grows, with comments that are edited."""

    def __init__(self, server: FakeReddit, seed: int) -> None:
        self.server = server
        self.random = Random(seed)
        self.start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        self.thread = server.submit(self.start)
        self.texts: dict[str, str] = {}

    def publish(self, number: int) -> dict[str, str]:
        for new in range(self.random.randrange(5, 60)):
            at = self.start + timedelta(minutes=15 * number, seconds=new)
            parent = self.random.choice([self.thread, *self.texts])
            text = f"Déçu, « n° {new} », tour {number}"
            self.texts[self.server.comment(at, parent, text)] = text
        if self.random.random() < 0.5:
            edited = self.random.choice(list(self.texts))
            self.texts[edited] = f"Corrigé au tour {number} : {edited}"
            self.server.edit(edited, self.texts[edited], self.start + timedelta(minutes=15 * number + 5))
        return dict(self.texts)


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_lost_or_doubled_behind_faults(
    empty_warehouse: House, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    quick_manners(monkeypatch)
    with fake_reddit() as server, fault_proxy(server.url, Schedule(seed, 0.25)) as proxy:
        server.fold = 15
        config = RedditConfig(
            name=f"talk-{seed}", subreddits=["tilleul"], trees="all", refresh_minutes=0, crawl_delay=0.1,
            site_url=proxy.url(""), api_url=proxy.url(""), max_requests=40, max_minutes=5,
            allowed_private=list(LOOPBACK),
        )  # fmt: skip
        Faulty(empty_warehouse, proxy, config, "reddit__comments", Talk(server, seed).publish).survive()
