"""What a company says of itself, as an analyser needs it: the rows of dbt's seeds as plain lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, object]
SEPARATOR = "|"  # between the words of one cell
LANGUAGES = ("fr", "en")  # of a company that names none


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the company, its family, and what else people call it."""

    family: str
    product: str = ""  # empty: the words stand for the whole family
    sku: str = ""
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """Words that speak of a topic in one language; the same topic may have many."""

    topic: str
    language: str = ""  # ISO 639-1; empty: in every language
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Competitor:
    """Another company, and what people call it."""

    competitor: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A place of business of the company: a shop, a branch, a station."""

    place: str
    country: str = ""  # ISO 3166-1, two letters
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A company's lists, and where and in which languages it is spoken to."""

    products: tuple[Product, ...] = ()
    topics: tuple[Topic, ...] = ()
    competitors: tuple[Competitor, ...] = ()
    places: tuple[Place, ...] = ()
    languages: tuple[str, ...] = LANGUAGES  # the most likely first
    countries: tuple[str, ...] = ()  # where it does business: "Vienne" is in France there
    zone: str = "UTC"  # in which a message's day is told
    english_day_first: bool = False  # 03/04 in English is 3 April

    @classmethod
    def from_rows(
        cls,
        products: Iterable[Row] = (),
        topics: Iterable[Row] = (),
        competitors: Iterable[Row] = (),
        places: Iterable[Row] = (),
        **more: Any,
    ) -> Profile:
        """Build from the seeds' rows, whose columns are the fields above; words of one cell are apart by `|`."""
        return cls(
            products=tuple(
                Product(_cell(row, "family"), _cell(row, "product"), _cell(row, "sku"), _list(row, "synonyms"))
                for row in products
            ),
            topics=tuple(Topic(_cell(row, "topic"), _cell(row, "language"), _list(row, "words")) for row in topics),
            competitors=tuple(Competitor(_cell(row, "competitor"), _list(row, "synonyms")) for row in competitors),
            places=tuple(
                Place(_cell(row, "place"), _cell(row, "country").upper(), _list(row, "synonyms")) for row in places
            ),
            **more,
        )


def _cell(row: Row, column: str) -> str:
    value = row.get(column)
    return "" if value is None else str(value).strip()


def _list(row: Row, column: str) -> tuple[str, ...]:
    return tuple(word for part in _cell(row, column).split(SEPARATOR) if (word := part.strip()))
