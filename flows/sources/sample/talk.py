"""One conversation: who speaks, when, and what is true of each message. The scripts are in `scripts`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import exp
from random import Random

from flows.sources.sample import clock
from flows.sources.sample.company import AGENT_ACCOUNTS, BOTS, BRAND_ACCOUNTS, PRODUCTS, Account
from flows.sources.sample.facts import Facts
from flows.sources.sample.items import Meaning, Message
from flows.sources.sample.people import Person
from flows.sources.sample.phrases import material, other_languages, render
from flows.sources.sample.scene import PREFIX, Scene
from flows.sources.sample.writing import Writer, sentence

# Opening time until an answer: median in minutes, by channel.
PATIENCE = {"twitter": 22, "mastodon": 60, "reddit": 300, "forum": 330, "mail": 150, "reviews": 600}
EVENINGS = ("twitter",)
MENTIONED = {"twitter": "@TilleulAide", "mastodon": "@tilleul"}
SENTIMENT = {"complaint": "negative", "praise": "positive", "thanks": "positive"}


class TooLate(Exception):
    """The conversation went beyond its three weeks."""


class Talk:
    """A conversation of one person with the company on one channel."""

    def __init__(
        self,
        scene: Scene,
        person: Person,
        account: Account,
        topic: str,
        *,
        intent: str,
        start: int,
        during: bool = False,
    ) -> None:
        """`during`: it is about the crisis."""
        self.scene, self.person, self.account = scene, person, account
        self.channel, self.intent, self.start, self.during = account.platform, intent, start, during
        self.rng: Random = scene.rng
        self.language = person.language
        self.foreign = self.language not in ("fr", "en")
        self.thread: str | None = None
        self.title: str | None = None
        self.agent = scene.agent(start)
        spoken = "en" if self.foreign else self.language
        self.topic = material(spoken).topics[topic]
        facts = self._facts(self.language)
        self.writer = Writer(self.rng, self._facts("en") if self.foreign else facts, self.topic, spoken)
        self._foreign_facts = facts

    def _facts(self, language: str) -> Facts:
        day: date = self.scene.day
        return Facts(self.rng, language, day, first=self.person.first, agent=self.agent)

    def chance(self, share: float) -> bool:
        """Whether something that happens this often happens now."""
        return self.rng.random() < share

    # ---- texts

    def situation(self) -> str:
        """What the person has to say; the topic follows, where a language has few."""
        if self.foreign:
            uses = other_languages()[self.language]
            intent = "question" if self.intent == "request" else self.intent
            options = uses["crisis" if self.during else intent]
            topic, phrase = options[int(self.rng.random() * len(options))]
            self.topic = self.writer.topic = material("en").topics[topic]
            self.writer.facts["subject"] = self.writer.of_topic("subject")
            self.writer.facts["solved"] = self.writer.of_topic("solved")
            return render(phrase, self._foreign_facts, self.rng)
        if self.during:
            return self.writer.any("crisis")
        return self.writer.of_topic(self.intent)

    def opening_text(self, long: bool) -> str:
        """The first message, without greeting or mention."""
        situation = self.situation()
        if self.foreign:
            return self.writer.in_manner(sentence(situation), self.person)
        return self.writer.opening(self.intent, self.person, situation, long=long, opener=self.channel != "mail")

    def foreign_thanks(self) -> str:
        """Thanks in a language that is neither French nor English."""
        self._foreign_facts["agent"] = self.agent
        return render(other_languages()[self.language]["thanks"][0][1], self._foreign_facts, self.rng)

    def solution(self) -> str:
        """An answer that fits the topic."""
        if self.during:
            return self.writer.any("crisis_fix")
        return self.writer.of_topic("info" if self.intent == "question" else "fix")

    def meaning(self, intent: str, sentiment: str | None = None, act: str | None = None) -> Meaning:
        """Truth about a message of this conversation."""
        product = PRODUCTS.get(self.topic.product)
        if self.topic.product == "card":
            product = f"Carte {self.writer.facts['card']}"
        mood = sentiment or SENTIMENT.get(intent, "neutral")
        language = self.writer.language if act else self.language
        return Meaning(intent, mood, self.topic.name, product, self.topic.journey, language, act=act)

    # ---- posting

    def post(self, account: Account, body: str, when: int, meaning: Meaning, parent: Message | None) -> Message:
        """Add a message; TooLate after three weeks."""
        if when >= self.scene.horizon:
            raise TooLate
        message = Message(
            when, self.scene.native(PREFIX[self.channel]), self.channel, account, body, meaning,
            title=self.title, thread=self.thread, parent=parent.native if parent else None, reach=self.rng.random(),
            declares_language=self.channel != "reddit",
        )  # fmt: skip
        if parent:
            parent.replies += 1
        self.scene.items.append(message)
        return message

    def customer(
        self, text: str, when: int, intent: str, parent: Message | None, *, mood: str | None = None
    ) -> Message:
        """A later message of the person, mentioning or signing as the channel has it."""
        face = {"positive": "emoji_good", "negative": "emoji_bad"}.get(mood or SENTIMENT.get(intent, ""))
        body = self.writer.reply(text, self.person, face)
        return self.post(self.account, self.address(body), when, self.meaning(intent, mood), parent)

    def address(self, body: str) -> str:
        """Mention the company, or sign a mail."""
        if self.channel in MENTIONED and self.chance(0.93):
            return f"{MENTIONED[self.channel]} {body}"
        return self.writer.letter(body, self.person, formal=False) if self.channel == "mail" else body

    def brand(self, text: str, when: int, act: str, parent: Message | None, *, plain: bool = False) -> Message:
        """A message of the team to the person; `plain`: without greeting and sign."""
        mail = self.channel == "mail"
        text = self.writer.yours(text)
        body = sentence(text) if plain else self.writer.answer(text, self.intent, self.agent, mail)
        named = self.channel in MENTIONED or (self.channel == "forum" and parent is None)
        if named and act != "broadcast":
            body = f"@{self.account.handle} {body}"
        return self.post(self.spokesman(), body, when, self.meaning("answer", "neutral", act), parent)

    def spokesman(self) -> Account:
        """The account that answers: an agent's on the forum and at times on Twitter, else the company's."""
        if self.channel == "forum" or (self.channel == "twitter" and self.chance(0.06)):
            return AGENT_ACCOUNTS[self.channel, self.agent]
        return BRAND_ACCOUNTS[self.channel]

    def bot(self, opening: Message) -> None:
        """An automatic acknowledgement within minutes."""
        account = BOTS[self.channel]
        body = self.writer.any("bot")
        if self.channel == "twitter":
            body = f"@{self.account.handle} {body}"
        meaning = replace(self.meaning("answer", "neutral", "acknowledgement"), topic=None, product=None)
        self.post(account, body, opening.when + 40 + int(self.rng.random() * 80), meaning, opening)

    # ---- times

    def spread(self, median: float, sigma: float = 0.9) -> float:
        """Draw a duration around a median, in the unit of the median."""
        return median * exp(self.rng.gauss(0.0, sigma))

    def answered_at(self, since: int) -> int:
        """When the team answers what was posted at `since`; the crisis keeps it busy."""
        seconds = 60 * self.spread(PATIENCE[self.channel]) * self.scene.slowness(since)
        if self.chance(0.03):
            return since + 60 + int(seconds)
        when = clock.after_open(since, 60 + seconds, self.channel in EVENINGS)
        self.agent = self.scene.agent(when)
        self.writer.facts["agent"] = self.agent
        return when

    def later(self, since: int, minutes: float) -> int:
        """When a person comes back; hardly ever at night."""
        when = since + 60 + int(60 * self.spread(minutes, 1.0))
        hour = (when // 3600 + 1) % 24
        return when + (7 - hour) * 3600 + int(self.rng.random() * 7200) if hour < 7 and self.chance(0.85) else when
