"""What names a person in what others wrote, and the blanking of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

BLANK = "[erased]"
SHORTEST, FEWEST = 4, 7  # characters of a handle, and of a number, that is no common word
# Fields that say who somebody is: in these a handle stands alone, in texts it is written with its @.
WHO = re.compile(
    r"(^|_)(account|author|by|from|handle|login|name|nick|owner|pseudo|reply|to|user|username)(_|$)", re.I
)
NO_WORD = re.compile(r"\w[\d._-]+")  # a handle with a digit or a sign within
Gap = str


@dataclass(slots=True)
class Marks:
    """What names one person, in small letters: accounts and handles, addresses and numbers, names of two words."""

    accounts: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def add_account(self, value: object) -> None:
        """Add an account's name or handle: an address or number where it is one."""
        text = _plain(value)
        if "@" in text.strip("@") or not re.search(r"[^\W\d_]", text):
            self.add_address(text)
        elif len(text) >= SHORTEST:
            self.accounts.add(text.lstrip("@"))

    def add_address(self, value: object) -> None:
        """Add an address or number, if it is long enough to be nobody else's by chance."""
        if len(text := _plain(value)) >= FEWEST:
            self.addresses.add(text)

    def add_mapped(self, mapped: dict[str, Any], *, is_crm: bool) -> None:
        """Add what a record of their own says of them; identifiers that anybody may have typed are not theirs."""
        self.add_account(mapped.get("handle"))
        for name in ("display_name", "name"):
            if len(_plain(mapped.get(name)).split()) > 1:
                self.names.add(_plain(mapped[name]))
        for listed in ("identifiers", "emails", "phones", "handles"):
            for given in mapped.get(listed) or ():
                one = given if isinstance(given, dict) else {"value": given}
                if is_crm or one.get("how_known") in ("verified", "declared"):
                    self.add_account(one.get("value") or one.get("handle"))

    def in_text(self, marks: Iterable[str]) -> str:
        """A regular expression of Postgres for marks within a text."""
        edge = "[^[:alnum:]_]"
        return f"(^|{edge})({_any(marks, '[^[:alnum:]]')})($|{edge})"

    @property
    def telling(self) -> set[str]:
        """What names nobody else: addresses, numbers, handles that are no word, others with an @ before them."""
        words = {account for account in self.accounts if len(account) < FEWEST or not NO_WORD.search(account)}
        return {*self.addresses, *(self.accounts - words), *(f"@{account}" for account in words)}

    @property
    def pattern(self) -> str:
        """A regular expression of Postgres for texts that name them and nobody else; empty where nothing does."""
        return self.in_text(self.telling) if self.telling else ""

    @property
    def candidates(self) -> str:
        """The same for JSON as text, fields that hold a handle alone included; empty where nothing names them."""
        quoted = _any(self.accounts, "[^[:alnum:]]")
        spoken = self.telling | self.names
        parts = [self.in_text(spoken)] if spoken else []
        return "|".join([*parts, f'"@?({quoted})"'] if quoted else parts)

    def blanker(self) -> Blanker:
        """What blanks them in a record."""
        spoken = _any(self.telling | self.names, r"[\W_]")
        return Blanker(re.compile(rf"(?<!\w)@?(?:{spoken})(?!\w)" if spoken else r"(?!)", re.IGNORECASE), self)


@dataclass(frozen=True, slots=True)
class Blanker:
    """Blanks one person's marks."""

    finder: re.Pattern[str]
    marks: Marks

    def finds(self, text: str) -> bool:
        """Whether a text names them."""
        return self.finder.search(text) is not None

    def blank(self, value: Any, key: str = "") -> Any:
        """The value, of JSON, without what names them; a namesake keeps the name that is their own."""
        if isinstance(value, dict):
            return {name: self.blank(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [self.blank(one, key) for one in value]
        if not isinstance(value, str):
            return value
        if WHO.search(key):
            alone = _plain(value).lstrip("@")
            return BLANK if alone in self.marks.accounts or alone in self.marks.addresses else value
        return self.finder.sub(BLANK, value)


def _plain(value: object) -> str:
    return str(value or "").strip().lower()


def _any(marks: Iterable[str], gap: Gap) -> str:
    return "|".join(_written(mark, gap) for mark in sorted(marks, key=lambda mark: (-len(mark), mark)))


def _written(mark: str, gap: Gap) -> str:
    """A mark as it may be written: between the digits of a telephone number there may be anything."""
    digits = re.sub(r"\D", "", mark)
    if re.fullmatch(r"[+(]?[\d\s().\-/]+", mark) and len(digits) >= FEWEST:
        return f"{gap}{{0,3}}".join(digits)
    return re.sub(r"([^\w\s])", r"\\\1", mark)
