"""The world: which day sees how much, what starts on it, and everything again in the order it was posted.

Each day is written from its own seed and starts conversations that last three weeks at most. So a day can be
told without the days before its last three weeks, and what was told never depends on how far the period goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random

from flows.sources.sample import clock, extras
from flows.sources.sample.company import left_on, owned_products
from flows.sources.sample.items import Customer, Message, Rating
from flows.sources.sample.people import SHARES, People
from flows.sources.sample.scene import HORIZON, Scene
from flows.sources.sample.scripts import converse, recommend
from flows.sources.sample.talk import Talk

TOPICS = {
    "card_declined": 11, "transfer": 13, "app_bug": 9, "fees": 9, "login": 8, "fraud": 7, "service": 8,
    "card_delivery": 7, "loan": 6, "limits": 6, "travel": 6, "documents": 6, "savings": 5, "overdraft": 5,
    "opening": 5, "joint": 4, "closing": 3,
}  # fmt: skip
INTENTS = {
    "twitter": {"complaint": 50, "question": 29, "request": 9, "praise": 12},
    "mastodon": {"complaint": 34, "question": 38, "request": 10, "praise": 18},
    "mail": {"complaint": 30, "question": 22, "request": 45, "praise": 3},
    "forum": {"complaint": 34, "question": 54, "request": 5, "praise": 7},
    "reddit": {"complaint": 42, "question": 48, "praise": 10},
    "reviews": {"complaint": 54, "praise": 46},
}
LENGTH = 3.0  # messages that a start brings on average, roughly
CRISIS_HOURS = 30
CRISIS_TIMES = 4.6  # as many starts as usual
NOISE_SHARE, ANNOUNCED, CAMPAIGNS = 0.13, 0.12, 0.03


def _table(weights: dict[str, int]) -> tuple[str, ...]:
    return tuple(name for name, weight in weights.items() for _ in range(weight))


TOPIC_TABLE = _table(TOPICS)
INTENT_TABLES = {channel: _table(weights) for channel, weights in INTENTS.items()}
CHANNEL_TABLE = _table(SHARES)


@dataclass(frozen=True)
class World:
    """Everything that follows from a seed, a first day, and how much is written in how many days."""

    seed: int
    first: date
    messages: int
    days: int
    with_crisis: bool

    @cached_property
    def people(self) -> People:
        """Who may write: a person for four messages."""
        return People(self.seed, max(100, self.messages // 400 * 100), self.days)

    @cached_property
    def crisis(self) -> tuple[int, int] | None:
        """First and last moment of the login outage: it starts on a Tuesday or Wednesday, past the middle."""
        if not self.with_crisis or self.days < 4:
            return None
        day = self.first + timedelta(days=int(self.days * 0.6))
        while self.days >= 14 and (day.weekday() not in (1, 2) or clock.is_holiday(day)):
            day += timedelta(days=1)
        start = clock.at(day, 7 * clock.HOUR + 40 * 60)
        return start, start + CRISIS_HOURS * clock.HOUR

    @cached_property
    def _unit(self) -> float:
        """Messages of a day of busyness 1.0, so that the first `days` days come to `messages`."""
        days = [self.first + timedelta(days=n) for n in range(self.days)]
        total = sum(clock.busyness(day) * (1 + self._burden(day)) for day in days)
        unfinished = 0.35 * sum(clock.busyness(day) for day in days[-2:])
        return self.messages / max(total - unfinished, 0.4)

    def _burden(self, day: date) -> float:
        """The crisis' share of a day, in usual days."""
        if not self.crisis:
            return 0.0
        return (CRISIS_TIMES - 1) * sum(
            clock.hour_share(day, hour) for hour in range(24) if self._troubled(clock.at(day, hour * clock.HOUR))
        )

    def _troubled(self, moment: int) -> bool:
        return self.crisis is not None and self.crisis[0] - 2400 <= moment < self.crisis[1]

    def write_day(self, index: int) -> Scene:
        """Everything that starts on one day, with what comes of it later."""
        day = self.first + timedelta(days=index)
        rng = Random(f"{self.seed}/{day.isoformat()}")  # noqa: S311
        scene = Scene(day, index, rng, self.people, left_on(self.first, self.days), self.crisis)
        unit = self._unit * clock.busyness(day) * (0.9 + 0.2 * rng.random())
        self._fill(scene, unit)
        if self.crisis:
            self._suffer(scene, unit)
        busy = min(1.0, unit / 60)
        for share, extra in ((ANNOUNCED, extras.announcement), (CAMPAIGNS, extras.campaign)):
            if rng.random() < share * busy:
                extra(scene, clock.at(day, 9 * clock.HOUR + int(rng.random() * 25_000)))
        if (day - scene.malo_left).days in (5, 19, 33) and rng.random() < busy:
            extras.former_agent(scene)
        return scene

    def _fill(self, scene: Scene, wanted: float) -> None:
        rng = scene.rng
        before = len(scene.items)
        while (left := wanted - (len(scene.items) - before)) > 0:
            if left < LENGTH and rng.random() > left / LENGTH:
                break
            start = clock.at(scene.day, clock.writing_second(scene.day, rng))
            if rng.random() < NOISE_SHARE:
                extras.noise_message(scene, start)
            else:
                self._start(scene, start)

    def _start(self, scene: Scene, start: int) -> None:
        rng = scene.rng
        channel = CHANNEL_TABLE[int(rng.random() * len(CHANNEL_TABLE))]
        person = self.people.draw(rng, channel, scene.index)
        if rng.random() < 0.45:  # who has several accounts uses them all
            names = [*person.accounts]
            channel = names[int(rng.random() * len(names))]
        accounts = person.accounts[channel]
        account = accounts[int(rng.random() * len(accounts))]
        topic = TOPIC_TABLE[int(rng.random() * len(TOPIC_TABLE))]
        if channel == "survey":
            recommend(Talk(scene, person, account, topic, intent="question", start=start))
            return
        table = INTENT_TABLES[channel]
        intent = table[int(rng.random() * len(table))]
        if person.temper == "advocate" and rng.random() < 0.7:
            intent = "praise"
        elif person.temper == "sufferer" and intent in ("praise", "question"):
            intent = "complaint"
        talk = Talk(scene, person, account, topic, intent=intent, start=start)
        opening = converse(talk)
        if channel == "reviews":
            extras.changed_review(talk, opening)
        extras.copies(scene, opening, talk, 0.05)

    def _suffer(self, scene: Scene, unit: float) -> None:
        """The crisis: complaints by the hour, retweets, and the team's bulletins."""
        rng = scene.rng
        for hour in range(24):
            moment = clock.at(scene.day, hour * clock.HOUR)
            if not self._troubled(moment):
                continue
            wanted = unit * (CRISIS_TIMES - 1) * clock.hour_share(scene.day, hour)
            before = len(scene.items)
            while (left := wanted - (len(scene.items) - before)) > 0:
                if left < LENGTH and rng.random() > left / LENGTH:
                    break
                channel = ("twitter", "twitter", "twitter", "mail", "forum", "mastodon")[int(rng.random() * 6)]
                person = self.people.draw(rng, channel, scene.index)
                account = person.accounts[channel][0]
                begin = max(moment, self.crisis[0] if self.crisis else 0)
                start = begin + int(rng.random() * (moment + clock.HOUR - begin))
                talk = Talk(scene, person, account, "login", intent="complaint", start=start, during=True)
                extras.copies(scene, converse(talk), talk, 0.15)
            if 8 <= hour <= 21 and hour % 3 == 0:
                extras.announcement(scene, moment + 600, crisis=True)

    def joined(self, index: int) -> Iterator[Customer]:
        """Customer records that appear on a day: on the first, everybody's who was a customer before."""
        for number in self.people.joining(index):
            person = self.people.get(number)
            known = person.customer
            if known is None or person.customer_number is None:
                continue
            back = known["days_before"] if index == 0 else 0
            yield Customer(person.customer_number, {
                "customer_number": person.customer_number,
                "name": f"{person.first} {person.last}",
                "emails": known["emails"], "phones": known["phones"], "handles": known["handles"],
                "segment": person.segment, "town": known["town"], "language": person.language,
                "since": (self.first + timedelta(days=index - back)).isoformat(),
                "value_eur": known["value_eur"], "products": owned_products(self.seed, number),
            }, person.key)  # fmt: skip

    def told(self, start: int, last: date) -> Iterator[tuple[int, list[Message | Rating]]]:
        """Day by day from day number `start` to `last`: the day's number, and what was posted on it in order."""
        ends = (last - self.first).days
        waiting: dict[int, list[Message | Rating]] = {}
        origin = self.first.toordinal()
        for index in range(max(0, start - HORIZON), ends + 1):
            scene = self.write_day(index)
            started: list[Message | Rating] = [*scene.items, *scene.ratings]
            for item in started:
                place = clock.local_day(item.when).toordinal() - origin
                if start <= place <= ends:
                    waiting.setdefault(place, []).append(item)
            if index >= start:
                posted = waiting.pop(index, [])
                posted.sort(key=lambda item: (item.when, item.native))
                yield index, posted
