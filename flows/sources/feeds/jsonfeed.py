"""JSON Feed 1.0 and 1.1 (jsonfeed.org), which feedparser does not read."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

import orjson

from flows.records import Json
from flows.records.ids import web
from flows.records.making import without_damage
from flows.sources.feeds.entries import Author, Entry, Feed, Text, said_text

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def read_json_feed(content: bytes, url: str) -> Feed:
    """Read a JSON Feed; content that is other JSON, or none, has no kind."""
    try:
        value = _parsed(content.removeprefix(codecs.BOM_UTF8))
    except ValueError as error:
        return Feed("", damage=f"damaged JSON: {error}")
    if not isinstance(value, dict) or not isinstance(value.get("items"), list):
        return Feed("")
    version = str(value.get("version", ""))
    return Feed(
        version.rpartition("/")[2] if "jsonfeed" in version and "/" in version else "json",
        title=said_text(value.get("title")),
        home=web(value.get("home_page_url"), url),
        language=said_text(value.get("language")),
        author=_author(value),
        entries=[_entry(item, number, url) for number, item in enumerate(value["items"], 1)],
    )


def _parsed(content: bytes) -> Any:
    """Parse JSON; halves of characters and control characters in a text spoil their entry at most."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return json.loads(content.decode("utf-8", "replace"), strict=False)


def _whole(value: Any) -> Any:
    """A value without halves of characters, control characters and NUL in its texts; ids are left as they are."""
    if isinstance(value, str):
        return CONTROL.sub("", without_damage(value))
    if isinstance(value, dict):
        return {name: item if name == "id" else _whole(item) for name, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


def _entry(found: Any, number: int, url: str) -> Entry:
    if not isinstance(found, dict):
        return Entry(number, {"item": found})
    item = _whole(found)
    html, text = said_text(item.get("content_html")), said_text(item.get("content_text"))
    summary, title = said_text(item.get("summary")), said_text(item.get("title"))
    plain = text or summary
    return Entry(
        number,
        said=item,
        id=said_text(item.get("id")),
        link=web(item.get("url"), url) or web(item.get("external_url"), url),
        title=Text(title, is_html=True) if title else None,
        body=Text(html, is_html=True) if html else Text(plain, is_html=False) if plain else None,
        author=_author(item),
        published=said_text(item.get("date_published")),
        updated=said_text(item.get("date_modified")),
        language=said_text(item.get("language")),
        repaired=item != found,
    )


def _author(found: Json) -> Author | None:
    """Version 1.1 has `authors`, version 1.0 `author`."""
    listed = found.get("authors")
    for given in [*(listed if isinstance(listed, list) else []), found.get("author")]:
        if isinstance(given, dict):
            author = Author(said_text(given.get("name")), None, web(given.get("url")))
            if author.name or author.uri:
                return author
    return None
