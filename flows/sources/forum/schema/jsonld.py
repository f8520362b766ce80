"""JSON-LD of a page: every object in it, read as tolerantly as search engines do."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from selectolax.lexbor import LexborHTMLParser

Thing: TypeAlias = dict[str, Any]
WRAPPED = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|//\s*\]\]>|\]\]>)\s*;?\s*$"
)
TRAILING = re.compile(r",(\s*[}\]])")
DEEPEST = 60
MOST = 20_000


def read_jsonld(tree: LexborHTMLParser) -> list[Thing]:
    """Every object with a type, outer ones first, in page order; scripts that can't be read are passed over."""
    things: list[Thing] = []
    for script in tree.css('script[type*="ld+json"]'):
        for value in _parsed(script.text() or ""):
            things += _typed(value)
    return things[:MOST]


def _parsed(said: str) -> Iterator[Any]:
    """The values of a script: one, or several in a row; trailing commas, comments and entities are mended."""
    said = WRAPPED.sub("", said).strip().rstrip(";")
    for attempt in (said, TRAILING.sub(r"\1", said), TRAILING.sub(r"\1", html.unescape(said))):
        values = list(_values(attempt))
        if values:
            yield from values
            return


def _values(said: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(strict=False)
    place = 0
    while place < len(said):
        found = re.compile(r"[\[{]").search(said, place)
        if found is None:
            return
        try:
            value, place = decoder.raw_decode(said, found.start())
        except (ValueError, RecursionError):
            return
        yield value


def _typed(value: Any) -> list[Thing]:
    """Objects with a type in a value, outer before inner; without recursion, for values nest deep."""
    found: list[Thing] = []
    stack: list[tuple[Any, int]] = [(value, 0)]
    while stack and len(found) < MOST:
        one, depth = stack.pop()
        if depth > DEEPEST:
            continue
        if isinstance(one, list):
            stack.extend((each, depth + 1) for each in reversed(one))
        elif isinstance(one, dict):
            if types_of(one):
                found.append(one)
            stack.extend(
                (each, depth + 1) for each in reversed(list(one.values())) if isinstance(each, dict | list)
            )
    return found


def types_of(thing: Thing) -> set[str]:
    """Its types without schema.org's address."""
    said = thing.get("@type")
    names = said if isinstance(said, list) else [said]
    return {name.rstrip("/").rsplit("/", 1)[-1].removeprefix("schema:") for name in names if isinstance(name, str)}


def text_of(value: Any) -> str:
    """A value as text: the first of several, an object's name or address."""
    while isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name") or value.get("@id") or value.get("url")
        return text_of(value) if not isinstance(value, dict) else ""
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
