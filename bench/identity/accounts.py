"""Accounts and rows of a CRM that made-up people leave on ten platforms, with what each shows of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.identity.people import People, changed, handles

PLATFORMS = ("x", "facebook", "instagram", "tiktok", "youtube", "forum", "reviews", "mastodon", "mail", "crm")
OFTEN = (0.14, 0.14, 0.13, 0.08, 0.08, 0.12, 0.08, 0.03, 0.1, 0.1)
REAL_NAME = (0.45, 0.9, 0.45, 0.2, 0.4, 0.12, 0.65, 0.35, 0.97, 1.0)
CRM, MAIL, REVIEWS = 9, 8, 6
SHORT = {"Robert": "Bob", "William": "Bill", "James": "Jim", "Thomas": "Tom", "Michael": "Mike", "Elizabeth": "Liz"}
SHORT |= {
    "Jennifer": "Jen",
    "Daniel": "Dan",
    "Matthew": "Matt",
    "Andrew": "Andy",
    "Kenneth": "Ken",
    "Philippe": "Phil",
}


@dataclass
class Accounts:
    """A row an account; person -1 - n is an impersonator."""

    person: np.ndarray
    platform: np.ndarray
    name: np.ndarray
    handle: np.ndarray
    is_impersonator: np.ndarray


def accounts(rng: np.random.Generator, people: People, size: int) -> Accounts:
    """So many accounts: two and a half a person, one a platform, seldom two."""
    person = np.sort(rng.choice(len(people), size=size))
    platform = rng.choice(len(PLATFORMS), size=size, p=np.array(OFTEN) / sum(OFTEN))
    for _ in range(6):  # most second accounts of one platform move to another
        order = np.lexsort((rng.random(size), platform, person))
        a = order[1:][(person[order][1:] == person[order][:-1]) & (platform[order][1:] == platform[order][:-1])]
        again = a[rng.random(len(a)) < np.where(platform[a] == CRM, 0.99, 0.8)]
        platform[again] = rng.choice(len(PLATFORMS), size=len(again), p=np.array(OFTEN) / sum(OFTEN))
    fresh = handles(rng, people.given[person], people.family[person], people.born[person])
    handle = np.where(rng.random(size) < 0.5, people.handle[person], fresh)
    real = rng.random(size) < np.array(REAL_NAME)[platform]
    name = np.empty(size, dtype=object)
    roll, other, slip = rng.random(size), rng.random(size), rng.integers(0, 1 << 16, size)
    for n in range(size):
        drawn = _Drawn(bool(real[n]), float(roll[n]), float(other[n]), int(slip[n]))
        name[n] = _name(people, int(person[n]), int(platform[n]), handle[n], drawn)
    found = Accounts(person, platform, name, handle, np.zeros(size, np.bool_))
    _impersonators(rng, found)
    _unique(rng, found)
    found.handle[found.platform == CRM] = ""
    found.handle[(found.platform == MAIL)] = ""
    found.handle[(found.platform == REVIEWS) & (rng.random(size) < 0.6)] = ""
    return found


@dataclass(frozen=True)
class _Drawn:
    """What chance says of one account."""

    real: bool
    roll: float
    other: float
    slip: int


def _name(people: People, who: int, platform: int, handle: str, drawn: _Drawn) -> str:
    """A display name: a real one in its many forms, the handle, a first name, or none."""
    given, family, second = people.given[who], people.family[who], people.second[who]
    if not drawn.real:
        shown = ((0.45, handle), (0.6, given), (0.65, f"{handle} ✨"))
        return next((text for most, text in shown if drawn.roll < most), "")
    if second and drawn.other < 0.6:
        family = f"{family} {second}" if drawn.other < 0.45 else f"{family}-{second}"
    if platform == REVIEWS and drawn.roll < 0.3:
        return f"{given} {family[:1]}."
    forms = (
        (0.05, f"{SHORT.get(given, given)} {family}"),
        (0.09, f"{given[:1]}. {family}"),
        (0.13, f"{family.upper()} {given}"),
        (0.15, f"{given} {changed(family, drawn.slip)}"),
        (0.165, f"{given} {people.family[(who * 7919) % len(people)]}"),  # married
    )
    return next((text for most, text in forms if drawn.roll < most), f"{given} {family}")


def _impersonators(rng: np.random.Generator, found: Accounts) -> None:
    """Few accounts copy the name (and later the picture) of another, with a handle like its own."""
    size = len(found.person)
    fake = np.flatnonzero((rng.random(size) < 0.004) & (found.platform < MAIL))
    target = rng.integers(0, size, len(fake))
    for n, (a, b) in enumerate(zip(fake.tolist(), target.tolist(), strict=True)):
        if found.platform[b] >= MAIL or a == b or found.is_impersonator[b]:
            continue
        found.person[a] = -1 - n
        found.is_impersonator[a] = True
        found.name[a] = found.name[b]
        found.handle[a] = (
            found.handle[b] + "_official",
            "real" + found.handle[b],
            found.handle[b] + str(n % 10),
            found.handle[b],
        )[n % 4]
        if n % 2:
            found.platform[a] = found.platform[b]


def _unique(rng: np.random.Generator, found: Accounts) -> None:
    """A handle stands once on a platform: later ones add digits."""
    taken: set[tuple[int, str]] = set()
    digits = rng.integers(1, 10_000, (len(found.person), 6))
    for n in range(len(found.person)):
        platform, handle = int(found.platform[n]), found.handle[n].lower()
        for more in digits[n].tolist():
            if (platform, handle) not in taken:
                break
            handle = f"{found.handle[n]}{more % (100 if more % 2 else 10_000)}"
        taken.add((platform, handle))
        found.handle[n] = handle if platform not in (0, 2) else handle.replace(".", "_")
