"""A channel's web preview, read by snscrape through the polite client; what it leaves out is read beside it."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import requests
from requests.adapters import BaseAdapter
from selectolax.lexbor import LexborHTMLParser, LexborNode

from flows.errors import SettingError
from flows.records import Json
from flows.records.texts import to_text
from flows.sources.answers import LayoutChanged
from flows.sources.http import PoliteClient

HOME = "https://t.me"  # written in snscrape
MISSING = "source telegram needs snscrape (GPL-3), which is not installed: .venv/bin/pip install 'snscrape<0.8'"
CHANGED = (AttributeError, AssertionError, TypeError, KeyError, ValueError, IndexError)
END = b"</html"
NUMBER = re.compile(r"[0-9]{1,18}")
SCALE = {"": 1, "K": 1_000, "M": 1_000_000}


@dataclass(frozen=True)
class Post:
    """A post: its number in the channel, when it was written, what was read of it, and what only counts."""

    number: int
    time: datetime
    said: Json
    counters: Json


@dataclass(frozen=True)
class Broken:
    """A post that could not be read: its number (None where that is damaged, too), what happened, its HTML."""

    number: int | None
    detail: str
    content: bytes


@dataclass(frozen=True)
class PreviewPage:
    """Up to 20 posts, newest first, and those that could not be read; `content` is the whole page."""

    posts: list[Post]
    broken: list[Broken]
    has_older: bool
    is_preview: bool
    content: bytes
    title: str | None = None

    @property
    def numbers(self) -> set[int]:
        """The numbers of all its posts, as far as they can be read."""
        broken = {post.number for post in self.broken if post.number is not None}
        return {post.number for post in self.posts} | broken


def scraper_class() -> Any:
    """Import snscrape's scraper; raises SettingError with what to install.

    Its package imports every module, and in a way that Python 3.12 no longer has: an empty one stands in for it.
    """
    if "snscrape.modules" not in sys.modules:
        found = find_spec("snscrape")
        if found is None or not found.submodule_search_locations:
            raise SettingError(MISSING)
        package = ModuleType("snscrape.modules")
        package.__path__ = [str(Path(place) / "modules") for place in found.submodule_search_locations]
        sys.modules["snscrape.modules"] = package
    try:
        from snscrape.modules.telegram import TelegramChannelScraper
    except ImportError as error:
        raise SettingError(f"{MISSING} ({error})") from error
    return TelegramChannelScraper


class _Polite(BaseAdapter):
    """Every request of snscrape's session is one of the polite client, robots.txt included."""

    def __init__(self, client: PoliteClient, base_url: str) -> None:
        super().__init__()
        self._client = client
        self._base_url = base_url

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer a request; its answer is a 200. Raises our own errors, which snscrape lets through."""
        answer = self._client.get((request.url or "").replace(HOME, self._base_url, 1), accept="text/html")
        response = requests.Response()
        response.status_code = requests.codes.ok
        response.url = answer.url.replace(self._base_url, HOME, 1)
        response.encoding = "utf-8"
        response.request = request
        response._content = answer.content
        return response

    def close(self) -> None:
        """There is nothing to close."""


class Preview:
    """Pages of channels. Raises HttpError, BudgetUsedUp, LayoutChanged."""

    def __init__(self, client: PoliteClient, base_url: str = HOME) -> None:
        """`base_url` is where the previews are."""
        self._scraper = scraper_class()
        from bs4 import BeautifulSoup  # snscrape's own

        self._soup = BeautifulSoup
        self._adapter = _Polite(client, base_url)

    def page(self, channel: str, before: int | None = None) -> PreviewPage:
        """Read a channel's newest posts, or those before a number."""
        scraper = self._scraper(channel if before is None else f"{channel}?before={before}", retries=0)
        scraper._session.mount("https://", self._adapter)
        # A page at a time, so that each can be committed; its public iterator goes through all of them.
        response, _ = scraper._initial_page()
        is_preview = "/s/" in response.url
        page = LexborHTMLParser(response.content)
        _check(page, response.url, response.content, is_preview=is_preview)
        posts: list[Post] = []
        broken: list[Broken] = []
        for number, node in _nodes(page) if is_preview else ():
            html = node.html or ""
            if number is None:
                broken.append(Broken(None, f"its number is {node.attributes.get('data-post')!r}", html.encode()))
                continue
            try:  # each on its own: one that it cannot read hides no other
                (item,) = scraper._soup_to_items(self._soup(html, "lxml"), response.url)
                posts.append(_post(number, item, node))
            except CHANGED as error:
                broken.append(Broken(number, f"{type(error).__name__}: {error}", html.encode()))
        has_older = page.css_first("a.tme_messages_more[data-before]") is not None
        title = _text(page.css_first(".tgme_channel_info_header_title"))
        return PreviewPage(posts, broken, has_older, is_preview, response.content, title)


def _check(page: LexborHTMLParser, url: str, content: bytes, *, is_preview: bool) -> None:
    """Raise LayoutChanged for half a page, whose posts would seem cut or gone, and for some other page."""
    if END not in content.lower():
        raise LayoutChanged(url, "the page ended before its end", content)
    if is_preview and page.css_first(".tgme_channel_history") is None:
        raise LayoutChanged(url, "this is no preview of a channel", content)


def _post(number: int, item: Any, node: LexborNode) -> Post:
    """Join what snscrape read of a post with what it leaves out. It writes a reply's quote as the reply's text,
    and all lines in one.
    """
    shown = node.css_first(".js-message_text:not(.js-message_reply_text)")
    preview = item.linkPreview
    said = {
        "url": item.url, "date": item.date.isoformat(), "content": item.content, "outlinks": item.outlinks,
        # Without its image: that address is another each time.
        "link_preview": {name: getattr(preview, name) for name in ("href", "siteName", "title", "description")}
        if preview else None,
        "text": to_text(shown.html or "") if shown else None,
        "reply_to": _number_of(node.css_first("a.tgme_widget_message_reply")),
        "forwarded_from": _text(node.css_first(".tgme_widget_message_forwarded_from_name")),
        "author": _text(node.css_first(".tgme_widget_message_from_author")),
        "is_edited": (_text(node.css_first(".tgme_widget_message_meta")) or "").startswith("edited") or None,
    }  # fmt: skip
    counted = {"views": _count(_text(node.css_first(".tgme_widget_message_views")))}
    reactions = [
        _count(found.text(deep=False)) for found in node.css(".tgme_widget_message_reactions .tgme_reaction")
    ]
    if reactions:
        counted["reactions"] = sum(filter(None, reactions))
    known = {name: value for name, value in said.items() if value is not None}
    return Post(number, item.date, known, {name: value for name, value in counted.items() if value is not None})


def _nodes(page: LexborHTMLParser) -> list[tuple[int | None, LexborNode]]:
    """The posts of a page with their numbers, newest first; those without a number last."""
    found: dict[int, LexborNode] = {}
    nameless: list[tuple[int | None, LexborNode]] = []
    for node in page.css(".tgme_widget_message[data-post]"):
        number = (node.attributes.get("data-post") or "").rpartition("/")[2]
        if NUMBER.fullmatch(number):
            found[int(number)] = node
        else:
            nameless.append((None, node))
    return [*sorted(found.items(), key=lambda one: one[0], reverse=True), *nameless]


def _number_of(link: LexborNode | None) -> str | None:
    """The post that a link leads to, as channel/number."""
    href = (link.attributes.get("href") or "") if link else ""
    found = re.search(r"t\.me/(?:s/)?([A-Za-z]\w+)/(\d+)", href)
    return f"{found.group(1).lower()}/{found.group(2)}" if found else None


def _text(node: LexborNode | None) -> str | None:
    return (node.text(strip=True) or None) if node else None


def _count(text: str | None) -> int | None:
    """A number as Telegram shows it, rounded: 987, 12.3K, 1.2M."""
    found = re.search(r"([\d.]+)([KM]?)$", (text or "").strip().replace(" ", ""))
    try:
        return round(float(found.group(1)) * SCALE[found.group(2)]) if found else None
    except ValueError:
        return None
