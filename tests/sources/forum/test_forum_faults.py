"""A forum behind a proxy that spoils answers: nothing is lost, nothing doubled, nothing taken for gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from flows.sources.forum.config import ForumConfig
from flows.sources.forum.crawling.messages import STREAM
from tests.conftest import MakeHouse
from tests.helpers.faulty import Faulty, quick_manners
from tests.helpers.house import House
from tests.helpers.polite import LOOPBACK
from tests.servers.board import Board, board_server
from tests.servers.faults import FAULTS, Schedule, fault_proxy

BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
STEP = timedelta(hours=30)  # so that what was read is looked at again
seen: Counter[str] = Counter()


@pytest.fixture(scope="module")
def house(make_house: MakeHouse, migrated: str) -> Iterator[House]:
    with make_house(migrated) as made:
        yield made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_manners(monkeypatch)


class People:
    """A board on which people write, answer and correct themselves."""

    def __init__(self, seed: int) -> None:
        self.board = Board(sections=2)
        self.random = Random(seed)

    def publish(self, number: int) -> dict[str, str]:
        at = BEGIN + timedelta(hours=number)
        for new in range(self.random.randrange(1, 4)):
            self.board.start(f"Sujet {number}.{new}", "ann", f"Déçu, « n° {new} », tour {number}", at, new % 2 + 1)
        for reply in range(self.random.randrange(2, 16)):
            thread = self.random.choice(list(self.board.threads))
            self.board.reply(thread, "ben", f"Réponse {reply}, tour {number}", at + timedelta(minutes=reply))
        if number:
            posts = [post for thread in self.board.threads.values() for post in thread.posts]
            edited = self.random.choice(posts)
            self.board.edit(edited.id, f"Corrigé au tour {number} : {edited.id}", at)
        return self.board.texts()


def survive(house: House, seed: int) -> Faulty:
    """Collect a forum through the faults of one schedule."""
    people = People(seed)
    with board_server(people.board) as server, fault_proxy(server.url(""), Schedule(seed, 0.5)) as proxy:
        config = ForumConfig(
            name=f"forum-{seed}", site=f"forum-{seed}", addresses=[proxy.url("/")], crawl_delay=0.1,
            max_requests=25, max_minutes=5, allowed_private=list(LOOPBACK), history_days=60, watch_days=90,
            sweep_days=700, look_again=10,
        )  # fmt: skip
        tested = Faulty(house, proxy, config, STREAM, people.publish, most_runs=150, step=STEP)
        tested.survive()
        seen.update(visit.fault for visit in proxy.visits)
        return tested


@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_lost_doubled_or_taken_for_gone_behind_faults(house: House, seed: int) -> None:
    survive(house, seed)
    assert house.query("select record_id from raw.tombstones where site = %s", f"forum-{seed}") == []


@pytest.mark.slow
def test_nothing_is_lost_doubled_or_taken_for_gone_behind_faults_of_100_schedules(house: House) -> None:
    seen.clear()
    survived = [survive(house, seed) for seed in range(2000, 2100)]
    outcomes = sum((one.outcomes for one in survived), Counter[str]())
    records = house.value(f"select count(*) from raw.{STREAM}")
    print(f"\n100 schedules, {sum(outcomes.values())} runs {dict(outcomes)}")
    print(f"{records} versions, {seen.total()} requests {dict(seen)}")
    assert seen.keys() == FAULTS.keys(), "every fault happened"
    assert house.query("select * from raw.tombstones where site like 'forum-%%'") == []
