"""The rule of absence: missed twice, apart, and never many at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson

from flows.records import Json
from flows.sources.http import Memory
from flows.sources.rechecks import Absences, RecheckConfig, Verdict

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Runs:
    """Runs of a source that looks at records: each a moment, what is asked for, and what is there."""

    there: set[str]
    config: RecheckConfig = field(default_factory=RecheckConfig)
    state: dict[str, Json] = field(default_factory=dict)
    now: datetime = NOW

    def run(self, asked: list[str], hours: float = 0, *, is_cut: bool = False) -> Verdict:
        """Look at some records so many hours after the last run; `is_cut` ends it before it decides."""
        self.now += timedelta(hours=hours)
        memory = Memory(self.state)
        absences = Absences(memory, self.config, self.now)
        for name in asked:
            if name in self.there:
                absences.found(name)
            else:
                absences.miss(name)
            absences.save()
            self._commit(memory)
        if is_cut:
            return Verdict([])
        verdict = absences.believe()
        absences.save()
        self._commit(memory)
        return verdict

    @property
    def awaited(self) -> set[str]:
        return set(self.state.get("absent", {}).get("since", {}))

    def _commit(self, memory: Memory) -> None:
        self.state |= orjson.loads(orjson.dumps(memory.take()))


def names(count: int) -> list[str]:
    return [f"record {number:03}" for number in range(count)]


def test_a_record_is_gone_when_it_was_missed_twice_some_hours_apart() -> None:
    every = names(20)
    runs = Runs(set(every[1:]))
    assert runs.run(every) == Verdict([])
    assert runs.run(every, 5.9) == Verdict([])
    assert runs.run(every, 0.1) == Verdict([every[0]])
    assert runs.awaited == set()


def test_the_hours_between_are_a_setting_and_one_run_never_decides() -> None:
    every = names(20)
    runs = Runs(set(every[1:]), RecheckConfig(absent_hours=0))
    assert runs.run(every + every) == Verdict([])
    assert runs.run(every) == Verdict([]), "a run at the same moment"
    assert runs.run(every, 0.01) == Verdict([every[0]])


def test_what_comes_back_is_settled_and_missed_anew_later() -> None:
    every = names(20)
    runs = Runs(set(every[1:]))
    runs.run(every)
    runs.there = set(every)
    assert runs.run(every, 3) == Verdict([])
    assert runs.awaited == set()
    runs.there = set(every[1:])
    assert runs.run(every, 30) == Verdict([])
    assert runs.run(every, 6) == Verdict([every[0]])


def test_many_at_once_are_never_believed_gone_and_every_run_says_so() -> None:
    every = names(20)
    runs = Runs(set(every[6:]))
    for hours in (0, 6, 24, 100):
        verdict = runs.run(every, hours)
        assert verdict.gone == []
        assert "6 of 20 that were looked at are missing at once (record 000, record 001," in str(verdict.gap)
    runs.there = set(every[5:])
    assert runs.run(every, 1) == Verdict(every[:5]), "five of twenty are few"


def test_few_of_many_are_believed() -> None:
    every = names(100)
    runs = Runs(set(every[20:]))
    runs.run(every)
    assert runs.run(every, 6) == Verdict(every[:20])
    runs = Runs(set(every[21:]))
    runs.run(every)
    assert runs.run(every, 6).gone == []


def test_what_is_missing_is_asked_for_again_once_in_a_while() -> None:
    every = names(20)
    runs = Runs(set(every[10:]))
    runs.run(every)
    due = []
    for _ in range(24):
        runs.now += timedelta(hours=1)
        absences = Absences(Memory(runs.state), runs.config, runs.now)
        due.append(len(absences.due()))
        if absences.may_ask(every[0]):
            runs.run(every)
    assert due == [0, 0, 0, 0, 0, 10] * 4


def test_a_site_that_brings_less_than_half_proves_little() -> None:
    runs = Runs(set())
    few = names(2)
    assert runs.run(few) == Verdict([])
    assert runs.run(few, 6).gone == []
    half = Runs({"another"})
    half.run([*few, "another"])
    assert half.run([*few, "another"], 6).gone == []
    half.there.add("a third")
    assert half.run([*few, "another", "a third"], 1) == Verdict(few)
    alone = Runs(set())
    alone.run(few[:1])
    assert alone.run(few[:1], 6) == Verdict(few[:1])


def test_a_site_that_lies_all_day_is_not_believed_though_runs_ask_for_few_at_a_time() -> None:
    every = names(40)
    runs = Runs(set(every))
    for start in range(0, 40, 4):
        runs.run(every[start : start + 4], 1)
    runs.there = set(every[:1])  # one of forty still answers
    for hour in range(40):
        start = hour % 10 * 4
        assert runs.run(every[start : start + 4], 1).gone == []
    runs.there = set(every)
    runs.run(every, 1)
    assert runs.awaited == set()


def test_the_same_few_that_are_found_again_and_again_outweigh_nothing() -> None:
    every = names(10)
    runs = Runs(set(every[:4]))
    for _ in range(48):
        assert runs.run(every, 1).gone == []


def test_a_person_can_say_that_many_are_gone() -> None:
    every = names(20)
    runs = Runs(set(every[15:]))
    runs.run(every)
    assert runs.run(every, 6).gone == []
    runs.config = RecheckConfig(believe_absences=True)
    assert runs.run(every, 1) == Verdict(every[:15])


def test_a_run_that_is_cut_off_decides_nothing_and_loses_nothing() -> None:
    every = names(20)
    runs = Runs(set(every[1:]))
    runs.run(every, is_cut=True)
    runs.run(every, 6, is_cut=True)
    assert runs.awaited == {every[0]}
    assert runs.run(every, 0.1) == Verdict([every[0]])


def test_what_is_part_of_one_thing_counts_once() -> None:
    memory: Memory = Memory({})
    for moment in (NOW, NOW + timedelta(hours=6)):
        absences = Absences(memory, RecheckConfig(), moment)
        for thread in ("b", "c"):
            absences.found(f"thread {thread}")
        for name in names(30):
            absences.miss(name, part_of="thread a")
        verdict = absences.believe()
        absences.save()
    assert verdict == Verdict(names(30))


def test_what_was_never_believed_is_forgotten_after_a_month() -> None:
    every = names(20)
    runs = Runs(set(every[10:]))
    runs.run(every)
    runs.run([], 24 * 31)
    runs.run(every[10:])
    assert runs.awaited == set()


def test_what_is_remembered_is_bounded_by_what_is_missing() -> None:
    every = names(5000)
    runs = Runs(set(every[1:]))
    runs.run(every[:1])
    memory = Memory(runs.state)
    absences = Absences(memory, RecheckConfig(), NOW + timedelta(hours=1))
    for name in every[1:]:
        absences.found(name)
    absences.save()
    assert len(orjson.dumps(memory.take())) < 5000


def test_a_gap_names_some_that_are_missing_and_no_address() -> None:
    mails = [f"{number}@example.net" for number in range(9)]
    assert "@" not in str(Runs(set()).run(mails).gap)
    assert "posts/1" in str(Runs(set()).run([*mails, "posts/1"]).gap)


def test_a_trickle_of_missing_records_adds_up_over_a_day() -> None:
    every = names(60)
    runs = Runs(set(every))
    believed = 0
    for hour in range(24):
        runs.there.discard(every[hour])
        believed += len(runs.run(every[hour - 8 : hour + 1] if hour >= 8 else every[: hour + 1], 1).gone)
    assert believed <= 5
