"""The lists of a source: what stands in each, read a page at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flows.records import Json
from flows.sources.follow.run import NotThere, Read
from flows.sources.follow.timelines import Answer, Item
from flows.sources.http import Memory
from flows.sources.mastodon.api import Api
from flows.sources.mastodon.config import MastodonConfig
from flows.sources.mastodon.mapping import stable_id, written_at


def names(config: MastodonConfig) -> list[str]:
    """Name every list that a source reads."""
    return [
        *(f"account:{one}" for one in config.accounts),
        *(f"hashtag:{one}" for one in config.hashtags),
        *(f"search:{one}" for one in config.searches),
    ]


def reader(name: str, api: Api, memory: Memory) -> Read:
    """Return how a list is asked: with the id below which to read, or from its top."""
    kind, _, what = name.partition(":")
    calls = {"hashtag": api.hashtag, "search": api.search}
    if kind in calls:
        return lambda older: answer(calls[kind](what, older))
    return lambda older: answer(_account(what, older, api, memory))


def answer(found: list[Any]) -> Answer:
    """Make items of what a list answered; a status that is damaged still has its place."""
    items = []
    older = None
    for status in found:
        native = status.get("id") if isinstance(status, dict) else None
        items.append(Item(status, stable_id(native), written_at(status)))
        older = str(native) if stable_id(native) else older
    return Answer(items, older)


def below(moment: datetime, known: Iterable[str]) -> str | None:
    """Return an id that all statuses before a moment are below, where the server's ids tell the time.

    Mastodon's hold milliseconds since 1970 above their lowest 16 bits.
    """
    if not any(len(one) >= 17 and one.isascii() and one.isdecimal() for one in known):
        return None
    return str(int(moment.timestamp() * 1000) << 16)


def _account(name: str, older: str | None, api: Api, memory: Memory) -> list[Any]:
    """Read an account's statuses; its id is asked for once, and again where it is no longer one."""
    key = f"account:{name}"
    known: Json = memory.get(key)
    if known.get("id"):
        try:
            return api.account(known["id"], older)
        except NotThere:
            memory.note(key, {"id": None})
    account_id = api.account_id(name)
    memory.note(key, {"id": account_id})
    return api.account(account_id, older)
