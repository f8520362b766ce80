"""What a mapping finds in rows that have the same keys: worked out once a header, not once a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeAlias

from flows.records import Json
from flows.sources.mapping import Identifier, Mapping
from flows.sources.values import NOTHING, NOTHING_WRITTEN, converter, first_of, reader

Read: TypeAlias = Callable[[Json], Any]

DAYS = ("posted_at", "at", "rated_at", "asked_at")  # what may be known by the day alone
REMEMBERED = 4096  # values of a column: many rows of an export share a day, a thread, an author
LONGEST_REMEMBERED = 100  # characters
MOST_PLANS = 500  # a file of JSON may have other keys in every row
SAYS_NOTHING = object()


class Meanings(dict[str, Any]):
    """What the texts of a column mean, SAYS_NOTHING included; the last ones are remembered."""

    def __init__(self, convert: Callable[[str], Any], nothing: frozenset[str]) -> None:
        """`convert` raises ValueError where a text means none of what the field holds; that is not remembered."""
        super().__init__()
        self._convert = convert
        self._nothing = nothing

    def __missing__(self, text: str) -> Any:
        """Work out what a text means."""
        is_nothing = text in self._nothing or text.strip() in self._nothing
        meant = SAYS_NOTHING if is_nothing else self._convert(text)
        if len(text) <= LONGEST_REMEMBERED:
            if len(self) >= REMEMBERED:
                self.clear()
            self[text] = meant
        return meant


class Field(NamedTuple):
    """A field and its columns. Of a text, which may be long and seldom comes again, no meaning is remembered."""

    name: str
    columns: list[str]
    convert: Callable[[Any], Any]
    nothing: frozenset[str]
    is_as_written: bool  # texts, which mean what they say
    meanings: Meanings | None


class Given(NamedTuple):
    """An identifier's column in a row: what it is of, the site where its name says one, and how it is read."""

    identifier: Identifier
    site: str
    read: Read


class Plan(NamedTuple):
    """What is read of rows of some keys.

    Of each field that may be there: its name, the one column or else how it is read, its meanings, and the field.
    """

    fields: list[tuple[str, str, Read | None, Meanings | None, Field]]
    identifiers: list[Given]
    volatile: list[str]


class Plans:
    """How the fields of a mapping are converted, and which of them rows of some keys may have."""

    def __init__(self, mapping: Mapping) -> None:
        """Work out once how each field is converted."""
        contract = mapping.contract
        self.nulls = frozenset({"", *NOTHING, *mapping.nulls})
        of_texts = frozenset({"", *NOTHING_WRITTEN, *mapping.nulls})
        self._fields = []
        for name, c in mapping.fields.items():
            if c.position:
                continue
            kind = contract.fields[name]
            nothing = (of_texts if name in contract.texts else self.nulls) - frozenset(c.values or ())
            convert = converter(kind, c, days=name in DAYS)
            is_text = kind == "text" and c.values is None
            meanings = None if is_text else Meanings(convert, nothing)
            self._fields.append(Field(name, c.columns, convert, nothing, is_text and not c.html, meanings))
        self._identifiers = mapping.identifiers
        self._volatile = [
            column for name, c in mapping.fields.items() if name in contract.volatile for column in c.columns
        ]
        self._plans: dict[tuple[str, ...], Plan] = {}

    def find(self, row: Json) -> Plan:
        """Return what is read of a row: the plan of its keys."""
        keys = tuple(row)
        plan = self._plans.get(keys)
        if plan is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            plan = self._plans[keys] = self._make_plan(keys)
        return plan

    def _make_plan(self, keys: tuple[str, ...]) -> Plan:
        fields: list[tuple[str, str, Read | None, Meanings | None, Field]] = []
        for field in self._fields:
            there = [column for column in field.columns if column in keys or _root(column) in keys]
            if there:
                is_plain = len(there) == 1 and "." not in there[0]
                read = None if is_plain else first_of(there, field.nothing)
                fields.append((field.name, there[0], read, field.meanings, field))
        identifiers = [given for one in self._identifiers for given in self._given(one, keys)]
        return Plan(fields, identifiers, [column for column in self._volatile if column in keys])

    def _given(self, identifier: Identifier, keys: tuple[str, ...]) -> Iterable[Given]:
        column = identifier.column
        if column.endswith("*"):
            start = column[:-1]
            for name in keys:
                if name and name.startswith(start):
                    yield Given(identifier, name[len(start) :], _plain(name))
        elif column in keys or _root(column) in keys:
            yield Given(identifier, identifier.site or "", reader(column, self.nulls))


def _root(column: str) -> str:
    """Where a column is looked for that is no key itself: `a.b` in the object `a`."""
    return column.partition(".")[0]


def _plain(column: str) -> Read:
    return lambda row: row[column]
