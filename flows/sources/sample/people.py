"""Everybody who may write: drawn one by one from the seed and a number, so that nobody need be kept in memory.

What decides who somebody is (language, name, kin, platform) comes from the number alone; the rest from a
generator seeded by it. Traps for whoever joins accounts are part of it: people of one name, kin who share a
phone, role addresses given by many, impersonators. Verified addresses, customer numbers, order numbers and
handles in the customer file are always true.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random

from flows.records import Json
from flows.sources.sample.company import Account
from flows.sources.sample.phrases import load

# Who writes where first, in a hundred people. Places are taken in this order, the busiest first.
SHARES = {"twitter": 33, "mail": 26, "forum": 13, "reviews": 11, "reddit": 7, "mastodon": 4, "survey": 6}
SHUFFLED = [(number * 37) % 100 for number in range(100)]
PUBLIC = ("twitter", "forum", "reddit", "mastodon", "reviews")
ROLE_ADDRESSES = ("info@example.org", "info@example.com")
NAMESAKE, KIN, IMPERSONATOR = 11, 21, 147  # the last at a place of Twitter's


def _places() -> dict[str, tuple[int, ...]]:
    places, start = {}, 0
    for platform, share in SHARES.items():
        places[platform] = tuple(sorted(SHUFFLED[start : start + share]))
        start += share
    return places


PLACES = _places()
PLATFORM_AT = {place: platform for platform, places in PLACES.items() for place in places}


@dataclass(slots=True)
class Person:
    """Somebody, and the accounts that are theirs."""

    number: int
    key: str
    first: str
    last: str
    language: str
    temper: str = "plain"  # plain, advocate, sufferer
    joins: int = 0  # day of the world from which they write
    silent_from: int | None = None
    style: frozenset[str] = frozenset()
    customer_number: str | None = None
    phone: str | None = None
    segment: str = "standard"
    accounts: dict[str, list[Account]] = field(default_factory=dict)
    mail: Account | None = None  # where they write from when asked to
    customer: Json | None = None


def plain(text: str) -> str:
    """Letters without accents."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


class People:
    """The population of one world."""

    def __init__(self, seed: int, size: int, days: int) -> None:
        """Prepare `size` people, of whom some join during the first `days` days."""
        self.seed, self.size, self.days = seed, size, days
        names = load("names")
        self._first = {group: names[group]["first"].split() for group in ("fr", "en", "other")}
        self._last = {group: names[group]["last"].split() for group in ("fr", "en", "other")}
        self._nouns, self._adjectives = names["pseudonyms"].split(), names["adjectives"].split()
        self._modulus: int = 10 ** max(3, len(str(size)))
        self.get = lru_cache(maxsize=8192)(self._make)

    def draw(self, rng: Random, platform: str, day: int) -> Person:
        """Draw somebody who writes on a platform: few write much, many once."""
        places = PLACES[platform]
        person = None
        for _ in range(6):
            block = int(self.size * rng.random() ** 2.6) // 100 * 100
            number = block + places[int(len(places) * rng.random() ** 1.8)]
            person = self.get(number)
            if person.joins <= day and (person.silent_from is None or day < person.silent_from):
                return person
        return person if person and person.joins <= day else self.get(places[0])

    def joining(self, day: int) -> Iterator[int]:
        """Numbers of those whose customer record appears on a day of the world."""
        if day == 0:
            return (n for n in range(self.size) if self.is_customer(n) and not self.joins(n))
        late = range(3 + day * 10, self.size if day < self.days else 0, self.days * 10)
        return (n for n in late if n >= 100 and self.is_customer(n))

    def is_customer(self, number: int) -> bool:
        """Whether the customer file has them: 35 in a hundred."""
        return (number * 2_654_435_761 + self.seed >> 7) % 100 < 35 and number % 200 != IMPERSONATOR

    def joins(self, number: int) -> int:
        """The day on which somebody joins: every tenth during the period, the others before."""
        return (number // 10) % self.days if number % 10 == 3 and number >= 100 else 0

    def language(self, number: int) -> str:
        """70 % French, 28 % English, the rest Spanish, German or Italian."""
        draw = (number * 7919 + number // 100 * 31 + self.seed * 13) % 100
        if draw < 70:
            return "fr"
        return "en" if draw < 98 else ("es", "de", "it")[number % 3]

    def _name(self, number: int) -> tuple[str, str, bool]:
        """First name, surname, and whether nobody else has both."""
        kin = number % 40 in (NAMESAKE, KIN)
        base = number - 1 if kin else number
        group = self.language(base)
        group = group if group in ("fr", "en") else "other"
        firsts, lasts = self._first[group], self._last[group]
        pairs = len(firsts) * len(lasts)
        place = (base * 2741 + self.seed) % pairs
        first, last = firsts[place % len(firsts)], lasts[place // len(firsts)]
        if number % 40 == KIN:
            first = firsts[(place + 1 + number % 7) % len(firsts)]
        return first, last, not kin and group == "fr" and number < pairs

    def _tag(self, number: int, salt: int) -> int:
        """A number that nobody else has for the same salt."""
        return (number * 7_654_321 + salt * 104_729 + self.seed) % self._modulus

    def _phone(self, number: int) -> str | None:
        """A number of the range kept for fiction; it has 10,000, so that in a large world few have one."""
        owner = number - 1 if number % 40 == KIN else number
        step = self.size // 10_001 + 1
        line = owner // step
        return None if owner % step else f"+33 1 99 00 {line // 100:02d} {line % 100:02d}"

    def _make(self, number: int) -> Person:
        rng = Random((self.seed << 40) ^ number)  # noqa: S311
        impersonates = number % 200 == IMPERSONATOR
        first, last, alone = self._name(number - 1 if impersonates else number)
        language = self.language(number - 1 if number % 40 in (NAMESAKE, KIN) or impersonates else number)
        person = Person(number, f"person:{number:07d}", first, last, language, joins=self.joins(number))
        temper = rng.random()
        if temper < 0.06:
            person.temper, person.silent_from = "sufferer", person.joins + 1 + int(rng.random() * self.days)
        elif temper < 0.13:
            person.temper = "advocate"
        person.style = _style(rng)
        person.phone = self._phone(number)
        if self.is_customer(number):
            person.customer_number = f"CT{number:07d}"
            person.segment = ("standard", "standard", "premium", "young", "business")[int(rng.random() * 5)]
        self._open_accounts(person, alone, impersonates, rng)
        if person.customer_number:
            self._file(person, rng)
        return person

    def _open_accounts(self, person: Person, alone: bool, impersonates: bool, rng: Random) -> None:
        platforms = ["twitter" if impersonates else PLATFORM_AT[person.number % 100]]
        if not impersonates and rng.random() < 0.11:
            wanted = 1 + int(4 * rng.random() ** 2)
            names = [*SHARES]
            platforms += [names[int(rng.random() * (len(names) - 1))] for _ in range(wanted)]
        reuses = rng.random() < 0.45
        for platform in platforms:
            have = person.accounts.setdefault(platform, [])
            if len(have) < 2:
                have.append(self._account(person, platform, len(have), alone=alone, reuses=reuses, rng=rng))
        if impersonates:
            victim = self.get(person.number - 1)
            theirs = next(iter(victim.accounts.get("twitter", [])), None)
            mine = person.accounts["twitter"][0]
            mine.handle = mine.native = (theirs.handle if theirs else mine.handle) + "_"
            mine.name = theirs.name if theirs else mine.name
            mine.identifiers = [_given("email", self._address(victim, 0), "unverified")]
            return
        mails = person.accounts.get("mail")
        person.mail = mails[0] if mails else self._account(person, "mail", 0, alone=alone, reuses=reuses, rng=rng)
        if mails and "survey" not in person.accounts and rng.random() < 0.4:
            person.accounts["survey"] = [self._account(person, "survey", 0, alone=alone, reuses=reuses, rng=rng)]

    def _address(self, person: Person, second: int) -> str:
        stem = f"{plain(person.first)}.{plain(person.last)}".lower()
        host = "example.com" if person.number % 3 == 0 or second else "example.org"
        return f"{stem}{self._tag(person.number, 90 + second)}@{host}"

    def _handle(self, person: Person, platform: str, second: int, *, alone: bool, reuses: bool, rng: Random) -> str:
        """A handle that nobody else has on that platform: stems end in letters, numbers are one's own."""
        salt = 7 if reuses and not second else 10 + 10 * second + list(SHARES).index(platform)
        first, last, alt = plain(person.first), plain(person.last), "alt_" if second else ""
        real = rng.random() < (0.35 if platform == "reddit" else 0.7)
        if not (reuses and not second) and not real:
            noun = self._nouns[int(rng.random() * len(self._nouns))]
            adjective = self._adjectives[int(rng.random() * len(self._adjectives))]
            return f"{alt}{noun}_{adjective}{self._tag(person.number, salt)}"
        if alone and not second:
            return f"{first}_{last}".lower() if platform == "twitter" or reuses else f"{first}_{last}"
        joint = "" if reuses and not second else {"twitter": "_", "reddit": "-"}.get(platform, ".")
        return f"{alt}{first}{joint}{last}".lower() + str(self._tag(person.number, salt))

    def _account(
        self, person: Person, platform: str, second: int, *, alone: bool, reuses: bool, rng: Random
    ) -> Account:
        name = f"{person.first} {person.last}"
        if platform == "mail":
            native = self._address(person, second)
            account = Account(platform, native, native.partition("@")[0], name, person.key, "customer")
            known = not second and (person.customer_number or rng.random() < 0.5)
            account.identifiers.append(_given("email", native, "verified" if known else "unverified"))
            if person.phone and rng.random() < 0.2:
                account.identifiers.append(_given("phone", person.phone, "declared"))
            if person.customer_number and rng.random() < 0.35:
                account.identifiers.append(_given("customer_number", person.customer_number, "declared"))
            if rng.random() < 0.1:
                account.identifiers.append(_given("order_number", f"CMD-{person.number:07d}", "declared"))
            return account
        if platform == "survey":
            native = f"sv-{self._tag(person.number, 5):07d}-{second}"
            account = Account(platform, native, native, name, person.key, "customer")
            draw = rng.random()
            if draw < 0.65:
                account.identifiers.append(_given("email", self._address(person, 0), "verified"))
            elif draw < 0.9 and person.customer_number:
                account.identifiers.append(_given("customer_number", person.customer_number, "verified"))
            return account
        handle = self._handle(person, platform, second, alone=alone, reuses=reuses, rng=rng)
        shown = name if rng.random() < (0.1 if platform == "reddit" else 0.65) else handle.replace("_", " ")
        if platform == "reviews":
            shown = f"{person.first} {person.last[0]}." if rng.random() < 0.5 else name
        role = "customer" if platform == "reviews" else None
        account = Account(platform, handle, handle, shown, person.key, role)
        draw = rng.random()
        if platform == "forum" and draw < 0.35 and not second:
            account.identifiers.append(_given("email", self._address(person, 0), "verified"))
        elif platform in ("forum", "reviews") and 0.35 <= draw < 0.43:
            address = ROLE_ADDRESSES[person.number % 2]
            account.identifiers.append(_given("email", address, "unverified"))
        elif platform == "reviews" and draw > 0.75:
            account.identifiers.append(_given("order_number", f"CMD-{person.number:07d}", "declared"))
        return account

    def _file(self, person: Person, rng: Random) -> None:
        """What the customer file knows: an address, often a phone, some handles."""
        handles = [
            {"platform": platform, "handle": accounts[0].handle}
            for platform, accounts in person.accounts.items()
            if platform in ("twitter", "mastodon", "forum", "reddit") and rng.random() < 0.4
        ]
        person.customer = {
            "emails": [self._address(person, 0)] if rng.random() < 0.95 else [],
            "phones": [person.phone] if person.phone and rng.random() < 0.8 else [],
            "handles": handles,
            "town": ("Lyon", "Lille", "Nantes", "Rennes", "Brest", "Paris", "Pau", "Nice")[int(rng.random() * 8)],
            "value_eur": round(20 + 4000 * rng.random() ** 4, 2),
            "days_before": 30 + int(rng.random() * 3600),
        }


def _given(kind: str, value: str, how_known: str) -> Json:
    return {"type": kind, "value": value, "how_known": how_known}


def _style(rng: Random) -> frozenset[str]:
    odds = {"small": 0.15, "bare": 0.12, "typos": 0.12, "short": 0.06, "loud": 0.03, "unaccented": 0.08}
    found = {name for name, share in odds.items() if rng.random() < share}
    return frozenset(found | {"emoji"} if rng.random() < 0.35 else found)
