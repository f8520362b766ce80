"""What people and the team write: fragments put together for a channel, in somebody's manner."""

from __future__ import annotations

import re
from functools import cache
from random import Random

from flows.sources.sample.facts import Facts
from flows.sources.sample.people import Person, plain
from flows.sources.sample.phrases import Phrases, Topic, material, render

SHORT_FORMS = (
    ("bonjour", "bjr"), ("Bonjour", "Bjr"), ("toujours", "tjrs"), (" pour ", " pr "), ("beaucoup", "bcp"),
    ("c'est", "c"), (" pas ", " pa "), ("quelqu'un", "qqn"), (" you ", " u "), ("please", "pls"),
    ("thanks", "thx"), (" your ", " ur "),
)  # fmt: skip
OPENERS = {"complaint": "complaint_opener", "praise": "praise_opener"}
CLOSERS = {"complaint": "complaint_closer", "praise": "praise_closer", "question": "question_closer",
           "request": "question_closer"}  # fmt: skip
EMOJI = {"complaint": "emoji_bad", "praise": "emoji_good", "thanks": "emoji_good"}
ASKED = {"question": "info", "request": "fix", "complaint": "fix"}
YOURS = {"fr": (("mon", "votre"), ("ma", "votre"), ("mes", "vos"), ("notre compte", "votre compte")),
         "en": (("my", "your"), ("our account", "your account"))}  # fmt: skip
MENU = re.compile(r"\w+ > ")
WISHES = {"fr": ("Cordialement,", "Bien à vous,", "Merci d'avance,", "Dans l'attente,", "Salutations,", "Merci,"),
          "en": ("Kind regards,", "Regards,", "Best,", "Thank you,", "Yours,", "Thanks,")}  # fmt: skip


def sentence(text: str, bare: bool = False) -> str:
    """Give a first capital and a last full stop, where it ends in neither stop nor emoji."""
    text = text.strip().replace("  ", " ").replace(" ,", ",").replace(" .", ".")
    if not text:
        return text
    if not bare and text[-1].isalnum():
        text += "."
    return text[0].upper() + text[1:]


@cache
def _faces(language: str, name: str) -> tuple[str, ...]:
    return tuple(str(material(language).common[name][0][0]).split())


@cache
def _yours(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(rf"\b{mine}\b"), theirs) for mine, theirs in YOURS[language])


class Writer:
    """One conversation's words: language, topic, facts and a generator."""

    def __init__(self, rng: Random, facts: Facts, topic: Topic, language: str) -> None:
        """`language` is that of phrases (fr or en); `facts` may be in the figures of another."""
        self.rng, self.facts, self.topic, self.language = rng, facts, topic, language
        self.common = material(language).common
        facts["subject"] = self.pick(topic.phrases["subject"])
        facts["solved"] = self.pick(topic.phrases["solved"])

    def chance(self, share: float) -> bool:
        """Whether something that happens this often happens now."""
        return self.rng.random() < share

    def pick(self, phrases: Phrases) -> str:
        """Render one of some phrases."""
        return render(phrases[int(self.rng.random() * len(phrases))], self.facts, self.rng)

    def any(self, name: str) -> str:
        """Render one of the phrases that fit every topic."""
        return self.pick(self.common[name])

    def of_topic(self, use: str) -> str:
        """Render one of the topic's phrases."""
        return self.pick(self.topic.phrases[use])

    # ---- customers

    def opening(self, intent: str, person: Person, situation: str, *, long: bool, opener: bool) -> str:
        """A first message: perhaps an opener, the situation, perhaps what follows from it, a closing word."""
        bare = "bare" in person.style
        first = situation
        if opener and self.chance(0.45):
            first = f"{self.any(OPENERS.get(intent, 'opener'))} {situation}"
        parts = [sentence(first, bare)]
        follows = {"praise": 0.0, "question": 0.08}.get(intent, 0.75 if long else 0.3)
        if self.chance(follows):
            phrases = self.common["consequence"]
            spot = int(self.rng.random() * len(phrases))
            parts.append(sentence(render(phrases[spot], self.facts, self.rng), bare))
            if long and self.chance(0.4):
                parts.append(sentence(render(phrases[spot - 3], self.facts, self.rng), bare))
        if self.chance(0.5):
            parts.append(self.any(CLOSERS[intent]))
        if "emoji" in person.style and not long:
            parts.append(self.emoji(EMOJI.get(intent, "emoji_plain")))
        return self.in_manner(" ".join(parts), person)

    def emoji(self, name: str) -> str:
        """One emoji, now and then three of it."""
        faces = _faces(self.language, name)
        face = faces[int(self.rng.random() * len(faces))]
        return face * 3 if self.chance(0.15) else face

    def reply(self, text: str, person: Person, mood: str | None = None) -> str:
        """A later message of a customer."""
        text = sentence(text, "bare" in person.style)
        if mood and self.chance(0.5 if "emoji" in person.style else 0.1):
            text = f"{text} {self.emoji(mood)}"
        return self.in_manner(text, person)

    def in_manner(self, text: str, person: Person) -> str:
        """Write as somebody writes: small letters, no accents, slips of the finger, capitals."""
        style = person.style
        if not style:
            return text
        if "short" in style:
            for whole, short in SHORT_FORMS:
                text = text.replace(whole, short)
        if "small" in style:
            text = text[0].lower() + text[1:]
        if "unaccented" in style:
            text = "".join(plain(letter) if letter in "éèêàâçùôîëïûÉÈÀÇ" else letter for letter in text)
        if "typos" in style and len(text) > 20 and self.chance(0.6):
            spot = 3 + int(self.rng.random() * (len(text) - 8))
            pair = text[spot : spot + 2]
            if pair.isalpha():
                text = text[:spot] + pair[::-1] + text[spot + 2 :]
        return text.upper() if "loud" in style and self.chance(0.3) else text

    def letter(self, text: str, person: Person, formal: bool = True) -> str:
        """A mail: greeting, text, wish and name."""
        wishes = WISHES[self.language]
        hello = {"fr": ("Bonjour,", "Bonsoir,", "Madame, Monsieur,", "Bonjour Banque Tilleul,"),
                 "en": ("Hello,", "Hi,", "Dear team,", "Dear Tilleul,")}[self.language]  # fmt: skip
        greeting = hello[int(self.rng.random() * len(hello))]
        if not formal and self.chance(0.6):
            return f"{text}\n{person.first}"
        wish = wishes[int(self.rng.random() * len(wishes))]
        name = f"{person.first} {person.last}" if self.chance(0.85) else f"{person.first[0]}. {person.last}"
        return f"{greeting}\n\n{text}\n\n{wish}\n{name}"

    # ---- the team

    def yours(self, text: str) -> str:
        """Turn the customer's `my` into the team's `your`."""
        for mine, theirs in _yours(self.language):
            text = mine.sub(theirs, text)
        return text

    def answer(self, text: str, intent: str, agent: str, mail: bool = False) -> str:
        """An answer with its greeting, perhaps an apology, and the agent's sign."""
        hello = self.any("brand_hello")
        sorry = ""
        if intent == "complaint" and self.chance(0.6):
            sorry = self.any("brand_sorry")
        if not MENU.match(text):
            text = text[0].lower() + text[1:]
        body = f"{sorry} {text}" if sorry else text
        body = sentence(body) if mail or hello[-1] in "!." else body[0] + sentence(body)[1:]
        parts = [f"{hello}\n\n{body}" if mail else f"{hello} {body}"]
        if self.chance(0.35):
            parts.append(self.any("brand_close"))
        text = " ".join(parts)
        if mail:
            return f"{text}\n\n{agent}, Banque Tilleul"
        return f"{text} ^{agent}" if self.chance(0.6) else text
