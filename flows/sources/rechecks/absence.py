"""The one rule of when an absence is believed, for all sources.

A record that a look does not bring is *missed*, no more: a proxy, a server under repair, a lost right to read all
look like a deletion. It is believed gone when two runs missed it, some hours apart, and not many are missing at
once; where many are, nobody is believed gone and the run says so. Whatever comes back meanwhile is settled. What
the site itself says of a single record (deleted, removed) is no absence: sources believe it at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flows.records import Json
from flows.sources.http import Memory
from flows.sources.rechecks.config import RecheckConfig

KEY = "absent"
HOUR, DAY = 3600, 86_400
# More than so many, and more than such a share of what was looked at, are many: the site may not answer truly.
MANY = ((5, 0.2), (1, 0.5))
ENOUGH = 10  # times as many as are missing that are remembered as found: more decides nothing
LONGEST = 30 * DAY  # that a record is awaited; then it was never believed gone, and stays


@dataclass(frozen=True)
class Verdict:
    """What a run ends with: records that are believed gone now, or why none is though some are missing."""

    gone: list[str]
    gap: str | None = None


class Absences:
    """Records that are missing: each since when, when it was missed last, and what it is part of.

    Beside them what was found meanwhile, and what was believed gone in the last day. Moments are epoch seconds.
    """

    def __init__(
        self, memory: Memory, config: RecheckConfig, now: datetime, *, key: str = KEY, looks: int = 2
    ) -> None:
        """`now` is the run's moment: all that it misses is missed once. `looks`: 1 where a person vouches."""
        self._memory = memory
        self._key = key
        self._looks = looks
        self._now = now.timestamp()
        self._wait = config.absent_hours * HOUR
        self._believes_many = config.believe_absences
        kept = memory.get(key)
        since: dict[str, float] = kept.get("since", {})
        self._since = {name: at for name, at in since.items() if self._now - at < LONGEST}
        known = self._since.keys()
        part_of: dict[str, str] = kept.get("part_of", {})
        self._part_of = {name: thing for name, thing in part_of.items() if name in known}
        self._last: dict[str, float] = {name: at for name, at in kept.get("last", {}).items() if name in known}
        self._found: dict[str, float] = dict(kept.get("found", {}))
        gone: dict[str, float] = kept.get("gone", {})
        self._gone = {name: at for name, at in gone.items() if self._now - at < DAY}
        self._missed: set[str] = set()
        memory.before_take(self.save)

    def found(self, name: str) -> None:
        """A look brought what it was for: a record, or the thing that its absences would be `part_of`."""
        self._found[name] = self._now
        self.settle(name)

    def settle(self, record_id: str) -> None:
        """A record is there, wherever it was seen, or its site says that it is gone: nobody awaits it any more."""
        for kept in (self._since, self._last, self._part_of, self._gone):
            kept.pop(record_id, None)
        self._missed.discard(record_id)

    def miss(self, record_id: str, part_of: str | None = None) -> None:
        """A look did not bring a record. What is missing as part of one thing (a thread) counts once."""
        if self._since.setdefault(record_id, self._now) < self._now:
            self._last[record_id] = self._now
        self._missed.add(record_id)
        self._found.pop(record_id, None)
        if part_of:
            self._part_of[record_id] = part_of

    def is_awaited(self, record_id: str) -> bool:
        """Say whether a record was missed, and is neither back nor believed gone."""
        return record_id in self._since

    def may_ask(self, record_id: str) -> bool:
        """Say whether to look at a record: it is not awaited, or its time has come."""
        return record_id not in self._since or self.is_due(record_id)

    @property
    def awaited(self) -> set[str]:
        """Records that were missed, and are neither back nor believed gone."""
        return set(self._since)

    @property
    def believed(self) -> set[str]:
        """What was believed gone in the last day."""
        return set(self._gone)

    def is_due(self, record_id: str) -> bool:
        """Say whether a record was missed so long ago that another look would tell."""
        last = self._last.get(record_id, self._since.get(record_id, self._now))
        return last < self._now and last <= self._now - self._wait

    def due(self) -> list[str]:
        """Records to look at again now, the one that is missing longest first."""
        return sorted(filter(self.is_due, self._since), key=lambda one: (self._since[one], one))

    def believe(self) -> Verdict:
        """Decide at the end of a run; what is believed gone is awaited no more.

        All that is awaited counts, and what was believed gone in the last day, not this run's part alone: a run
        looks at little, and a site that lies all day is asked for a few records at a time. So does all that was
        found since the oldest of those went missing.
        """
        ripe = sorted(filter(self._is_ripe, self._missed))
        begins = [self._since[one] for one in ripe] + [at - self._wait for at in self._gone.values()]
        since = min(begins) if ripe else self._now
        missing = self._things({*self._since, *self._gone} if ripe else self._missed)
        came = sum(at >= since for at in self._found.values())
        is_many = any(missing > number and missing > share * (missing + came) for number, share in MANY)
        if is_many and not self._believes_many and (ripe or missing > MANY[0][0]):
            said = f"{missing} of {missing + came} that were looked at are missing at once{self._examples()}"
            return Verdict([], f"{said}: none of them counts as deleted")
        parts = {record_id: self._part_of.get(record_id, record_id) for record_id in ripe}
        for record_id in ripe:
            self.settle(record_id)
        self._gone |= dict.fromkeys(parts.values(), self._now)
        return Verdict(ripe)

    def save(self) -> None:
        """Hand what is awaited to the memory, as each page that takes from it does."""
        if not (self._since or self._gone or self._memory.get(self._key)):
            return
        value: Json = {"since": dict(self._since)}
        begins = [*self._since.values(), *(at - self._wait for at in self._gone.values())]
        if begins:
            most = ENOUGH * (len(begins) + ENOUGH)
            newest = sorted(self._found.items(), key=lambda one: (-one[1], one[0]))[:most]
            oldest = min(begins)
            value["found"] = {name: at for name, at in newest if at >= oldest}
        for key, kept in (("last", self._last), ("part_of", self._part_of), ("gone", self._gone)):
            if kept:
                value[key] = dict(kept)
        self._memory.note(self._key, value)

    def _examples(self) -> str:
        """Some of the missing, for a person to look at; ids of mails may be addresses, and many see a gap."""
        some = [name for name in sorted(self._missed) if "@" not in name][:3]
        return f" ({', '.join(some)}, …)" if some else ""

    def _is_ripe(self, record_id: str) -> bool:
        """It was missed by an earlier run, long enough ago; or now, where one look is enough."""
        at = self._since.get(record_id, self._now)
        return (at < self._now or self._looks == 1) and at <= self._now - self._wait

    def _things(self, record_ids: Iterable[str]) -> int:
        return len({self._part_of.get(one, one) for one in record_ids})


def join_gaps(*gaps: str | None) -> str | None:
    """Put what a page could not reach into one sentence."""
    return "; ".join(filter(None, gaps)) or None
