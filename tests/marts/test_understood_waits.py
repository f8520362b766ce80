"""Who waits, once texts are understood: every wait of random conversations equals a walk in plain Python."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.sources.registry import open_source
from flows.sources.sample.config import SampleConfig
from flows.warehouse.collecting import run_source
from tests.browser.by_hand import waits_opened
from tests.helpers import rules
from tests.helpers.house import House
from tests.helpers.kpis import ALWAYS, of_period

BEGIN = datetime(2026, 10, 1, 8, tzinfo=UTC)
SURE = 0.8
ASKS = {"question", "complaint", "request", "leaving"}


@dataclass(frozen=True)
class Said:
    """A message of a conversation between one customer and the company, with what its text says."""

    id: str
    thread: str
    at: datetime
    by_company: bool
    is_public: bool
    policy: str
    says: dict[str, tuple[str, float]] = field(default_factory=dict)

    def surely(self, task: str, *values: str) -> bool:
        value, probability = self.says.get(task, ("", 0.0))
        return value in values and probability >= SURE

    def seems(self, task: str, *values: str) -> bool:
        return self.says.get(task, ("", 0.0))[0] in values

    @property
    def is_noise(self) -> bool:
        return self.surely("noise", "yes")

    @property
    def is_settled(self) -> bool:
        return self.surely("settled", "yes") and not self.is_noise

    def tells(self, was_asked: bool) -> bool:
        """Whether it goes on after a question of the company's."""
        value, chance = self.says.get("answerable", ("", 0.0))
        may_tell = chance != 1.0 or value == "yes"
        return was_asked and may_tell and not self.seems("intent", "praise") and not self.seems("settled", "yes")

    def is_remark(self, was_asked: bool) -> bool:
        """Whether a polite word is all that it calls for."""
        return (
            self.seems("answerable", "no")
            and "intent" in self.says
            and not self.seems("intent", *ASKS)
            and not self.surely("sentiment", "negative")
            and not self.tells(was_asked)
        )

    def would_wait(self, was_asked: bool) -> bool:
        value, chance = self.says.get("answerable", ("", 0.0))
        if chance == 1.0:  # a person's word
            return value == "yes"
        if self.tells(was_asked):
            return True
        is_thanks = self.seems("intent", "reply", "praise") and not self.seems("sentiment", "negative")
        is_closing = self.surely("answerable", "no") and (is_thanks or self.seems("settled", "yes"))
        if is_closing or self.policy != "intent" or not self.is_public:
            return not is_closing
        if self.says.get("intent", ("", 0.0))[1] >= SURE:
            return self.seems("intent", *ASKS)
        return not self.surely("answerable", "no")

    @property
    def kind(self) -> str:
        value, probability = self.says.get("reply_kind", ("answer", 1.0))
        return value if probability >= SURE else "answer"

    def row(self) -> dict[str, Any]:
        labels = "".join(f"{{{task}={value}@{chance}}}" for task, (value, chance) in self.says.items())
        return {
            "id": self.id, "thread": self.thread, "posted_at": self.at.isoformat(), "is_public": self.is_public,
            "account": "desk" if self.by_company else f"customer-{self.thread}",
            "role": "brand" if self.by_company else "customer", "body": f"@desk {self.id} {labels}",
        }  # fmt: skip


Wait = dict[str, Any]


def walk(messages: Sequence[Said]) -> list[Wait]:
    """The waits of one conversation, in plain steps."""
    found: list[Wait] = []
    wait: Wait | None = None
    was_asked = has_asked = False
    for m in messages:
        if m.by_company:
            was_asked = m.kind == "question"
            kind = "answer" if m.kind == "courtesy" and not has_asked else m.kind
            if kind in {"answer", "question", "redirect"}:
                has_asked = False
            if wait is None or kind not in {"answer", "question", "redirect", "holding", "courtesy"}:
                continue
            wait["acknowledged"] = wait["acknowledged"] or m.at
            if kind in {"answer", "question", "redirect"}:
                wait |= {"kind": kind, "closed": m.at, "unsure": None}
                if "reply_kind" in m.says:
                    wait["unsure"] = m.says["reply_kind"][1] < SURE
                wait["answered"] = None if m.kind == "redirect" else m.at
                wait = None
            continue
        if m.is_settled:
            has_asked = False
        if m.is_settled and wait is not None:
            wait |= {"kind": "settled", "closed": m.at}
            wait = None
        if m.would_wait(was_asked) and not m.is_noise and not m.is_remark(was_asked):
            has_asked = True
        if m.would_wait(was_asked) and wait is None:
            new = {"opening": m.id, "acknowledged": None, "answered": None, "closed": None, "kind": None}
            new["unsure"] = None
            if m.is_noise:
                new |= {"kind": "noise", "closed": m.at}
            else:
                wait = new
            found.append(new)
    answer_in_private(found, messages)
    return found


def answer_in_private(waits: Sequence[Wait], messages: Sequence[Said]) -> None:
    """Who was sent elsewhere is answered where the company answers in private within a week."""
    if not any(not m.by_company and not m.is_public for m in messages):
        return
    private = [m for m in messages if m.by_company and not m.is_public and m.kind in {"answer", "question"}]
    for one in waits:
        if one["kind"] == "redirect":
            after = [m.at for m in private if one["closed"] <= m.at <= one["closed"] + timedelta(days=7)]
            one["answered"] = min(after, default=None)


VALUES = {
    "intent": ["question", "complaint", "praise", "reply", "opinion", "leaving"],
    "sentiment": ["negative", "neutral", "positive"],
    "answerable": ["yes", "no", "no"],
    "settled": ["yes", "no"],
    "noise": ["yes", "no", "no", "no"],
}
KINDS = ["answer", "question", "redirect", "holding", "courtesy", "announcement", "automatic"]


def conversation(random_: random.Random, number: int) -> list[Said]:
    policy, at, found = random_.choice(["all", "intent", "intent"]), BEGIN + timedelta(days=number % 20), []
    is_public = random_.random() < 0.7
    for n in range(random_.randint(2, 9)):
        at += timedelta(minutes=random_.choice([1, 7, 60, 1500]))
        by_company = n == 1 or (n > 1 and random_.random() < 0.5)  # who is written to is known where it writes
        says: dict[str, tuple[str, float]] = {}
        if by_company and random_.random() < 0.85:
            says["reply_kind"] = (random_.choice(KINDS), random_.choice([0.95, 0.95, 0.8, 0.6]))
        if not by_company:
            for task, values in VALUES.items():
                if random_.random() < 0.6:
                    says[task] = (random_.choice(values), random_.choice([0.95, 0.95, 0.8, 0.6]))
        public = is_public and random_.random() < 0.85
        found.append(Said(f"{policy}-{number}-{n}", f"{policy}-{number}", at, by_company, public, policy, says))
    return found


def load(house: House, talks: Sequence[Sequence[Said]]) -> None:
    for policy in ("all", "intent"):
        rows = [m.row() for talk in talks for m in talk if m.policy == policy]
        house.load_rows(rows, name=policy, site="s", answerable=policy)


def heard(talk: Sequence[Said]) -> list[Said]:
    """A note among colleagues is nobody's answer where the customer only wrote in public."""
    in_private = any(not m.by_company and not m.is_public for m in talk)
    return [m for m in talk if not m.by_company or m.is_public or in_private]


def expected(talks: Sequence[Sequence[Said]]) -> dict[str, tuple[Any, ...]]:
    return {
        w["opening"]: (w["acknowledged"], w["answered"], w["closed"], w["kind"], w["unsure"])
        for talk in talks
        for w in walk(heard(talk))
    }


def stands(house: House) -> dict[str, tuple[Any, ...]]:
    rows = house.query(
        "select opening_message_id, acknowledged_at, answered_at, closed_at, closing_kind, kind_unsure"
        " from marts.fct_waits"
    )
    return {opening.removeprefix("s:"): tuple(row) for opening, *row in rows}


@pytest.fixture
def house(warehouse: House, tmp_path: Path) -> Iterator[House]:
    with rules.installed(tmp_path / "packages"):
        yield warehouse.reading()


def test_waits_are_those_of_a_walk_and_follow_what_people_correct(house: House) -> None:
    random_ = random.Random(7)
    talks = [conversation(random_, number) for number in range(250)]
    load(house, talks)
    house.refresh()
    before = expected(talks)
    assert stands(house) == before
    kinds = [kind for *_, kind, _ in before.values()]
    assert min(kinds.count(kind) for kind in ("answer", "question", "redirect", "settled", "noise", None)) > 10
    sent_on = [answered for _, answered, _, kind, _ in before.values() if kind == "redirect"]
    assert 0 < sum(answered is not None for answered in sent_on) < len(sent_on)

    # When people say otherwise of some messages: at once, and surely
    changed: dict[str, Said] = {}
    for m in random_.sample([m for talk in talks for m in talk], 150):
        task = "reply_kind" if m.by_company else random_.choice(list(VALUES))
        value = random_.choice(KINDS if m.by_company else VALUES[task])
        house.correct(f"s:{m.id}", task, value)
        changed[m.id] = replace(m, says=m.says | {task: (value, 1.0)})
    assert len(house.refresh()) == 1
    after = expected([[changed.get(m.id, m) for m in talk] for talk in talks])
    assert stands(house) == after
    assert after != before

    # Then the figures are those of the waits, with and without what was sent elsewhere
    figures = of_period(house, *ALWAYS)
    counted = [w for w in after.values() if w[3] != "noise"]
    answered = sum(w[1] is not None for w in counted)
    sent = sum(w[1] is not None or w[3] == "redirect" for w in counted)
    assert figures["waits_counted"].value == len(counted)
    rates = [float(figures[k].value or 0) for k in ("answered_rate", "answered_or_sent_on_rate")]
    assert rates == pytest.approx([answered / len(counted), sent / len(counted)], abs=1e-6)
    assert figures["waits_excluded"].value == len(after) - len(counted)

    # And what they took back is as it was
    for m in changed.values():
        task = next(task for task in m.says if m.says[task][1] == 1.0)
        house.correct(f"s:{m.id}", task, None)
    house.refresh()
    assert stands(house) == before
    house.assert_equals_rebuild()


def test_who_is_sent_elsewhere_is_answered_in_private_in_another_thread(house: House) -> None:
    # Given a customer who was sent elsewhere
    house.load_rows([
        {"id": "q", "account": "zoe", "posted_at": "2026-10-01T08:00:00Z", "thread": "t"},
        {"id": "r", "account": "desk", "role": "brand", "posted_at": "2026-10-01T08:30:00Z", "thread": "t",
         "body": "{reply_kind=redirect}"},
    ], name="public", site="p")  # fmt: skip
    house.refresh()
    sent = "select answered_at, closing_kind, answer_minutes from marts.fct_waits where opening_message_id = 'p:q'"
    assert house.query(sent) == [(None, "redirect", None)]

    # When the company answers in private, in another thread
    private = {"thread": "dm", "is_public": "false"}
    house.load_rows([
        {"id": "m", "account": "zoe", "posted_at": "2026-10-01T09:00:00Z", **private},
        {"id": "a", "account": "desk", "role": "brand", "posted_at": "2026-10-01T09:30:00Z", **private},
    ], name="public", site="p")  # fmt: skip
    house.refresh()

    # Then the first wait is answered, and stays one that was sent elsewhere
    assert house.query(sent) == [(datetime(2026, 10, 1, 9, 30, tzinfo=UTC), "redirect", 90)]
    assert of_period(house, *ALWAYS)["answered_rate"].value == 1
    house.remove("a", site="p")
    house.refresh()
    assert house.query(sent) == [(None, "redirect", None)]
    house.assert_equals_rebuild()


@pytest.mark.parametrize("understand", ["fast", "off"])
def test_the_generated_company_counted_by_hand(warehouse: House, understand: str) -> None:
    # Given the demo's company, read by the analyser that ships or by none
    config = SampleConfig(name="sample", messages=2000, days=40, to_day=date(2026, 11, 20))
    run_source(warehouse.connection, config, open_source(config))
    warehouse.reading(understand).refresh()

    opened = warehouse.value("select count(*) from marts.fct_waits where day between '2026-10-20' and '2026-11-18'")
    assert opened == waits_opened(warehouse.connection, date(2026, 10, 20), date(2026, 11, 18))
    assert opened > 300
    read = warehouse.value("select count(*) from marts.fct_messages where intent is not null")
    assert (read > 1000) == (understand == "fast")
