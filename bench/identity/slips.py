"""Made-up rows of a directory full of slips: names, birth dates, towns and e-mails that are nearly right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.identity.words import SHARES, pools
from flows.identify.names import folded

KEYS = "abcdefghijklmnopqrstuvwxyz"
TOWNS = 60
DOMAINS = ("mail.example", "post.example", "net.example", "home.example", "letters.example")


@dataclass(frozen=True)
class Slips:
    """How often a field is not there, is written with a slip, and is another."""

    missing: float = 0.15
    slip: float = 0.2
    other: float = 0.03
    turned: float = 0.06  # given and family name in each other's place
    short: float = 0.08  # the first letters of a name


@dataclass(frozen=True)
class Row:
    """One row, and who it is of."""

    person: int
    given: str
    family: str
    born: str
    town: str
    email: str


def slipped(rng: np.random.Generator, text: str) -> str:
    """One letter too many, too few, wrong, or two in each other's place; seldom two such slips."""
    for _ in range(1 + (rng.random() < 0.25)):
        if len(text) < 2:
            return text
        at, letter = int(rng.integers(len(text) - 1)), KEYS[rng.integers(26)]
        text = (
            text[:at] + letter + text[at:],
            text[:at] + text[at + 1 :],
            text[:at] + letter + text[at + 1 :],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        )[rng.integers(4)]
    return text


def _date(rng: np.random.Generator, born: tuple[int, int, int]) -> str:
    """A date with a slip: a digit, day and month turned round, or one part of it another."""
    year, month, day = born
    way = rng.integers(4)
    if way == 0 and day <= 12:
        month, day = day, month
    elif way == 1:
        year += int(rng.choice([-10, -2, -1, 1, 2, 10]))
    elif way == 2:
        month = int(rng.integers(1, 13))
    else:
        day = int(rng.integers(1, 29))
    return f"{year}-{month:02}-{day:02}"


def rows(people: int, seed: int, slips: Slips | None = None) -> list[Row]:
    """A few rows for each of so many people."""
    rng, how = np.random.default_rng(seed), slips or Slips()
    names = pools(rng, people)
    towns = 1 / (np.arange(TOWNS) + 1.5)
    towns /= towns.sum()
    found: list[Row] = []
    taken: set[str] = set()
    for person in range(people):
        given_pool, family_pool = names[str(rng.choice(list(SHARES), p=list(SHARES.values())))]
        given, family = given_pool.draw(rng, 1)[0], family_pool.draw(rng, 1)[0]
        born = int(rng.integers(1935, 2010)), int(rng.integers(1, 13)), int(rng.integers(1, 29))
        town = f"Town{KEYS[rng.choice(TOWNS, p=towns) % 26]}{rng.choice(TOWNS, p=towns)}"
        first, last, number = folded(given).replace(" ", ""), folded(family).replace(" ", ""), rng.integers(1, 1000)
        local = (f"{first}{number}", f"{first}.{last}", f"{first[:1]}{last}{number}", f"{last}{first}")[
            rng.integers(4)
        ]
        if (
            local in taken and rng.random() < 0.9
        ):  # an address is one person's; elsewhere its first part may be free
            local += str(rng.integers(10, 99))
        taken.add(local)
        email = f"{local}@{DOMAINS[rng.integers(len(DOMAINS))]}"
        while email in taken:
            email = f"{local}{rng.integers(1000)}@{DOMAINS[0]}"
        taken.add(email)
        for _ in range(int(rng.integers(1, 8))):
            one, two = _name(rng, given, given_pool, how), _name(rng, family, family_pool, how)
            if rng.random() < how.turned:
                one, two = two, one
            found.append(
                Row(
                    person,
                    one,
                    two,
                    _kept(rng, f"{born[0]}-{born[1]:02}-{born[2]:02}", _date(rng, born), how),
                    _kept(rng, town, slipped(rng, town), how),
                    _kept(rng, email, slipped(rng, email), how),
                )
            )
    return found


def _name(rng: np.random.Generator, name: str, pool: Any, how: Slips) -> str:
    roll = rng.random()
    if roll < how.short:
        return name[:3] if rng.random() < 0.5 else name[:1]
    if roll < how.short + how.other:
        return str(pool.draw(rng, 1)[0])
    return _kept(rng, name, slipped(rng, name), how)


def _kept(rng: np.random.Generator, right: str, wrong: str, how: Slips) -> str:
    roll = rng.random()
    return "" if roll < how.missing else wrong if roll < how.missing + how.slip else right
