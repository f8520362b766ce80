"""The facts of one conversation: amounts, days, shops. Asked for by name, drawn once, the same ever after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import TypeAlias

from flows.sources.sample.phrases import material, render

ENGLISH_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
                  "October", "November", "December")  # fmt: skip
FRENCH_MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
                 "octobre", "novembre", "décembre")  # fmt: skip
CODES = ("E-{}", "R{}", "ERR {}", "T{}", "AUTH-{}", "code {}", "{}-B")


class Facts(dict[str, str]):
    """Slots by name. A trailing digit asks for a second fact of the same kind; what is unknown is drawn."""

    def __init__(self, rng: Random, language: str, today: date, **known: str) -> None:
        """Start with what is known; `language` is fr, en, or one that is written with French figures."""
        super().__init__(known)
        self.rng = rng
        self.language = language
        self.today = today

    def __missing__(self, name: str) -> str:
        """Draw a fact that nobody has asked for yet."""
        kind = name.rstrip("0123456789")
        maker = MAKERS.get(kind)
        value = maker(self) if maker else self._word(kind)
        self[name] = value
        return value

    def _word(self, kind: str) -> str:
        words = material("fr" if self.language == "fr" else "en").words[kind]
        return render(words[int(self.rng.random() * len(words))], self, self.rng)

    def below(self, bound: int) -> int:
        """Draw 0 … bound - 1."""
        return int(self.rng.random() * bound)


def _money(facts: Facts, value: int, cents: int = 0) -> str:
    if facts.language == "en":
        return f"€{value:,}" + (f".{cents:02d}" if cents else "")
    return f"{value:,}".replace(",", " ") + (f",{cents:02d}" if cents else "") + " €"


def _amount(facts: Facts) -> str:
    value = 12 + int(900 * facts.rng.random() ** 2)
    return _money(facts, value, facts.below(100) if facts.below(3) == 0 else 0)


def _small(facts: Facts) -> str:
    return _money(facts, 2 + facts.below(28), (0, 50, 90, 99, 20, 80)[facts.below(6)])


def _big(facts: Facts) -> str:
    return _money(facts, (10 + facts.below(180)) * 100)


def _days(facts: Facts) -> str:
    return f"{2 + facts.below(26)} {'days' if facts.language == 'en' else 'jours'}"


def _hours(facts: Facts) -> str:
    count = (2, 3, 4, 5, 6, 8, 12, 24, 36, 48, 72)[facts.below(11)]
    return f"{count} {'hours' if facts.language == 'en' else 'heures'}"


def _date(facts: Facts) -> str:
    day = facts.today + timedelta(days=facts.below(28) - 16)
    if facts.language == "en":
        return f"{day.day} {ENGLISH_MONTHS[day.month - 1]}"
    first = "1er" if day.day == 1 else str(day.day)
    if facts.language == "fr":
        return f"{first} {FRENCH_MONTHS[day.month - 1]}"
    return f"{day.day}.{day.month}." if facts.language == "de" else f"{day.day}/{day.month}"


def _time(facts: Facts) -> str:
    hour, minute = 7 + facts.below(15), facts.below(12) * 5
    if facts.language == "en":
        return f"{(hour - 1) % 12 + 1}{f':{minute:02d}' if minute else ''}{'am' if hour < 12 else 'pm'}"
    if facts.language == "fr":
        return f"{hour} h {minute:02d}" if minute else f"{hour} h"
    return f"{hour}:{minute:02d}"


def _minutes(facts: Facts) -> str:
    unit = {"de": "Minuten", "it": "minuti", "es": "minutos"}.get(facts.language, "minutes")
    return f"{3 + facts.below(56)} {unit}"


def _rate(facts: Facts) -> str:
    whole, tenth = 1 + facts.below(6), facts.below(10)
    return f"{whole}.{tenth}%" if facts.language == "en" else f"{whole},{tenth} %"


Maker: TypeAlias = Callable[[Facts], str]
MAKERS: dict[str, Maker] = {
    "amount": _amount,
    "small": _small,
    "big": _big,
    "days": _days,
    "hours": _hours,
    "date": _date,
    "time": _time,
    "minutes": _minutes,
    "rate": _rate,
    "n": lambda facts: str(2 + facts.below(8)),
    "case": lambda facts: f"ML-{1000 + facts.below(90_000)}",
    "code": lambda facts: CODES[facts.below(len(CODES))].format(10 + facts.below(890)),
    "card": lambda facts: "Écorce" if facts.below(3) == 0 else "Feuille",
}
