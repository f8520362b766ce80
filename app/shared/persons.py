"""Rows without the people in them, for those who may not see who people are: initials, and texts without addresses.

A field that says who somebody is has a type of these: `Name`, `Text`, `Secret`. `pool.select`, through which all
rows come, puts in its place what everybody may see.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar, get_args, get_type_hints

from flows.understand.private import PRIVATE

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Row = TypeVar("Row", bound="DataclassInstance")
HIDDEN = "•"
WORD = re.compile(r"[^\W\d_]")
LONG_WORD = re.compile(r"[^\W_]{3,}")


def initials(name: str) -> str:
    """The first letter of each word of a name or handle: C. D.; a sign where it has no letter."""
    letters = [found[0].upper() for part in re.split(r"[\s._-]+", name) if (found := WORD.search(part))]
    return " ".join(f"{letter}." for letter in letters[:3]) or HIDDEN


def without_addresses(text: str) -> str:
    """A text without addresses, links, handles and long numbers; as long as it was, so that places in it stay."""
    return PRIVATE.sub(lambda found: HIDDEN * len(found[0]), text)


def nothing(_value: Any) -> None:
    """What is not shown at all."""


Mask: TypeAlias = Callable[[str], str | None]
Name: TypeAlias = Annotated[str, initials]
Text: TypeAlias = Annotated[str, without_addresses]
Secret: TypeAlias = Annotated[str, nothing]


@lru_cache
def masks(row: type[DataclassInstance]) -> Mapping[str, Mask]:
    """How the fields of a row are masked that say who somebody is."""
    hints = get_type_hints(row, include_extras=True)
    found = {name: _mask(hint) for name, hint in hints.items()}
    return {name: mask for name, mask in found.items() if mask is not None}


def _mask(hint: Any) -> Mask | None:
    marks = [mark for each in (hint, *get_args(hint)) for mark in getattr(each, "__metadata__", ())]
    return next((mask for mask in (initials, without_addresses, nothing) if mask in marks), None)


def masked(rows: Sequence[Row]) -> list[Row]:
    """Rows as somebody sees them who may not see who people are: nor do texts name whom another field names."""
    names = {word for row in rows for word in _named(row)}
    return [replace(row, **_seen(row, names)) for row in rows]


def _named(row: DataclassInstance) -> Iterator[str]:
    for name, mask in masks(type(row)).items():
        if mask is initials:
            yield from (word.casefold() for word in LONG_WORD.findall(getattr(row, name) or ""))


def _seen(row: DataclassInstance, names: Collection[str]) -> dict[str, Any]:
    return {name: _hidden(mask, getattr(row, name), names) for name, mask in masks(type(row)).items()}


def _hidden(mask: Mask, value: Any, names: Collection[str]) -> Any:
    if isinstance(value, list):
        return [_hidden(mask, each, names) for each in value]
    if value is None or mask is not without_addresses:
        return value if value is None else mask(value)
    return LONG_WORD.sub(lambda found: _unnamed(found[0], names), without_addresses(value))


def _unnamed(word: str, names: Collection[str]) -> str:
    # In small letters it is a word like others: a bank is called Banque, and everybody has one.
    return HIDDEN * len(word) if word[0].isupper() and word.casefold() in names else word
