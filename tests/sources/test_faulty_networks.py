"""Networks behind a proxy that breaks and spoils answers: nothing is lost, doubled or wrongly taken for deleted.

Every run ends within its budget, and what is deleted upstream is noticed in spite of all faults.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.conftest import MakeHouse
from tests.helpers.faulty import Faulty, quick_manners
from tests.helpers.house import House
from tests.servers.faults import FAULTS, Schedule, fault_proxy
from tests.sources.reddit.fake import CLIENT_ID, CLIENT_SECRET
from tests.sources.talks import POLITE, TALKS

seen: Counter[str] = Counter()


@pytest.fixture(scope="module")
def house(make_house: MakeHouse, migrated: str) -> Iterator[House]:
    """One warehouse for all schedules: each has a source and a site of its own."""
    with make_house(migrated) as made:
        yield made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_manners(monkeypatch)
    monkeypatch.setenv("REDDIT_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("REDDIT_CLIENT_SECRET", CLIENT_SECRET)


def survive(house: House, name: str, seed: int) -> Faulty:
    """Collect a network through the faults of one schedule."""
    if name == "telegram" and not find_spec("snscrape"):
        pytest.skip("the extra snscrape is not installed")
    talk = TALKS[name](seed)
    house.connection.execute(f"truncate raw.{talk.stream}, raw.tombstones")  # Reddit's site is always Reddit
    with talk.serve() as address, fault_proxy(address, Schedule(seed, 0.5)) as proxy:
        own = {"name": f"{name}-{seed}"} | ({} if name == "reddit" else {"site": f"{name}-{seed}"})
        config = talk.config(proxy.url(""), crawl_delay=0.1, max_requests=40, max_minutes=4, **own, **POLITE)
        faulty = Faulty(house, proxy, config, talk.stream, talk.publish, talk.remove)
        faulty.survive()
        seen.update(visit.fault for visit in proxy.visits)
        return faulty


@pytest.mark.parametrize("seed", range(1))
@pytest.mark.parametrize("name", TALKS)
def test_nothing_is_lost_or_doubled_behind_faults(house: House, name: str, seed: int) -> None:
    survive(house, name, seed)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", TALKS)
def test_nothing_is_lost_or_doubled_behind_faults_of_200_schedules(house: House, name: str) -> None:
    seen.clear()
    survived = [survive(house, name, seed) for seed in range(1000, 1200)]
    outcomes = sum((one.outcomes for one in survived), Counter[str]())
    print(f"\n{name}: 200 schedules, {sum(outcomes.values())} runs {dict(outcomes)}")
    print(f"{sum(len(one.said) for one in survived)} records, {seen.total()} requests {dict(seen)}")
    assert seen.keys() == FAULTS.keys(), "every fault happened"
