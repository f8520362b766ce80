"""A source behind the fault proxy, run again and again until all that its server has is in the warehouse."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pkgutil import resolve_name
from typing import Any

import pytest

from flows.errors import SourceError
from flows.sources.http import Clock, RequestPolicy
from flows.sources.http.config import PoliteConfig
from flows.sources.registry import SOURCES
from flows.warehouse.collecting import run_source
from flows.warehouse.hosts import WarehouseHosts
from tests.helpers.house import House

SPEED = 200  # seconds that a source lives through in one: waits are short, and all others as they are
ANSWER_SECONDS = 0.06
AN_HOUR = timedelta(hours=1)
AN_HOUR_LATER = """
update ops.hosts set not_before = not_before - interval '1 h', closed_until = closed_until - interval '1 h'
"""
WRITTEN = "select record_id, version, payload #>> '{{mapped,body}}' from raw.{stream} where site = %s order by 1, 2"
GONE = "select record_id from raw.tombstones where site = %s"


def quick_clock(ahead: timedelta = timedelta(), looks: list[float] | None = None) -> Clock:
    """A clock on which waits are short, some time ahead; the seconds at which it was looked at go to `looks`."""

    def monotonic() -> float:
        now = time.monotonic()
        if looks is not None:
            looks.append(now)
        return now * SPEED

    return Clock(
        now=lambda: datetime.now(UTC) + ahead,
        monotonic=monotonic,
        sleep=lambda seconds: time.sleep(seconds / SPEED),
    )


def quick_manners(patch: pytest.MonkeyPatch) -> None:
    """Give up on an answer sooner than in earnest."""
    usual = PoliteConfig.manners

    def manners(config: PoliteConfig) -> RequestPolicy:
        return replace(usual(config), read_seconds=ANSWER_SECONDS, answer_seconds=ANSWER_SECONDS)

    patch.setattr(PoliteConfig, "manners", manners)


@dataclass
class Faulty:
    """A source whose requests go through a proxy; each run is a `step` after the one before.

    `publish(round)` writes on the server what is new and returns all that it has: texts by record id. `remove`
    deletes one there in the end and returns its id, where the source can notice that. `most_visits` are the
    requests that a run may make.
    """

    house: House
    proxy: Any
    config: Any
    stream: str
    publish: Callable[[int], dict[str, str]]
    remove: Callable[[], str] | None = None
    most_visits: int = 0
    rounds: int = 3
    most_runs: int = 60
    step: timedelta = AN_HOUR
    said: dict[str, list[str]] = field(default_factory=dict)
    runs: int = 0
    site: str = ""
    outcomes: Counter[str] = field(default_factory=Counter)

    def survive(self) -> None:
        """Collect through all faults, and hold what is in the warehouse against what was published."""
        for number in range(self.rounds):
            wanted = self.publish(number)
            for record_id, text in wanted.items():
                texts = self.said.setdefault(record_id, [])
                if text not in texts[-1:]:
                    texts.append(text)
            self.run()
        self.run_until(lambda: self.latest() == wanted, "not all in")
        self.run()
        assert self.latest() == wanted
        assert self.gone() == [], "nothing was deleted"
        if self.remove:
            removed = self.remove()
            self.run_until(lambda: bool(self.gone()), f"nobody saw that {removed} is gone")
            self.run()
            assert self.gone() == [removed], f"{removed} is gone, and nothing else"
        for record_id, texts in self.written().items():
            expected = [text for text in self.said[record_id] if text in texts]
            assert texts == expected, f"{record_id} was written {len(texts)} times: {texts}"

    def run_until(self, is_so: Callable[[], bool], what: str) -> None:
        """Run again and again, as often as is reasonable."""
        while not is_so():
            assert self.runs < self.most_runs, f"after {self.runs} runs: {what}: {self.outcomes}"
            self.run()

    def run(self) -> None:
        """Run the source once, some time after the last, and see that it kept to its budget."""
        self.house.connection.execute(AN_HOUR_LATER)
        self.runs += 1
        before, looks = len(self.proxy.visits), list[float]()
        with WarehouseHosts(self.house.settings) as hosts:
            source = self.open(hosts, looks)
            self.site = source.facts().site
            try:
                run_source(self.house.connection, self.config, source)
                self.outcomes["ended"] += 1
            except SourceError as error:
                self.outcomes[type(error).__name__] += 1
        asked = self.proxy.visits[before:]
        budget = self.config.max_minutes * 60 / SPEED
        assert len(asked) <= (self.most_visits or self.config.max_requests), f"{len(asked)} requests"
        for visit in asked:  # on a busy machine a request may come late, but never after a look that said so
            seen = [look for look in looks if look < visit.at]
            assert not seen or seen[-1] - seen[0] <= budget, "asked after its minutes"
        late = [look for look in looks if look - looks[0] > budget]
        assert len(late) <= 3, f"its minutes were over, and it looked {len(late)} times"

    def open(self, hosts: WarehouseHosts, looks: list[float]) -> Any:
        """Open the source at its hour."""
        given = {"hosts": hosts} if isinstance(self.config, PoliteConfig) else {}
        return resolve_name(SOURCES[self.config.type])(
            self.config, clock=quick_clock(self.runs * self.step, looks), **given
        )

    def gone(self) -> list[str]:
        """Ids of what is taken to be deleted."""
        return [record_id for (record_id,) in self.house.query(GONE, self.site)]

    def written(self) -> dict[str, list[str]]:
        """Every version of every record, in order."""
        found: dict[str, list[str]] = {}
        for record_id, version, text in self.house.query(WRITTEN.format(stream=self.stream), self.site):
            found.setdefault(record_id, []).append(text)
            assert len(found[record_id]) == version
        return found

    def latest(self) -> dict[str, str]:
        """What each record says now."""
        return {record_id: texts[-1] for record_id, texts in self.written().items()}
