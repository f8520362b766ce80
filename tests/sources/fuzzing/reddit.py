"""Reddit: listings and trees, through praw."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from flows.records import Page
from flows.sources.http import Memory
from flows.sources.reddit.api import Api as RedditApi
from flows.sources.reddit.config import RedditConfig
from flows.sources.reddit.intake import Intake
from flows.sources.reddit.places import Place as Listing
from flows.sources.reddit.places import poll
from flows.sources.reddit.trees import Tree
from tests.sources.fuzzing.served import CLOCK, WORD, Asked, Served


@cache
def _reddit() -> tuple[RedditConfig, Any, RedditApi]:
    """One client of the API for all: it signs in once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REDDIT_CLIENT_ID", "an-app")
        patch.setenv("REDDIT_CLIENT_SECRET", "nobody's")
        client: Any = Served(lambda path, asked: b"")
        config = RedditConfig(name="r", subreddits=[WORD])
        return config, client, RedditApi(config, client, CLOCK)


def _reddit_answers(content: bytes) -> tuple[RedditApi, Intake]:
    token = json.dumps({"access_token": "t", "token_type": "bearer", "expires_in": 86400, "scope": "*"}).encode()
    nothing = b'{"kind": "Listing", "data": {"children": [], "after": null}}'

    def answers(path: str, asked: Asked) -> bytes:
        if path.endswith("access_token"):
            return token
        if "morechildren" in path:
            return b'{"json": {"data": {"things": []}}}'
        is_branch = path.count("/") > 4 or "after" in asked
        return (b"[%b, %b]" % (nothing, nothing) if "/comments/" in path else nothing) if is_branch else content

    config, client, api = _reddit()
    client.answers = answers
    return api, Intake(config, Memory({}), CLOCK)


def reddit_listing(content: bytes) -> Iterator[Page]:
    api, intake = _reddit_answers(content)
    for taken in poll(api, intake, Listing(f"r/{WORD}/new", f"r/{WORD}/new")):
        yield intake.page(taken, {})


def reddit_thread(content: bytes) -> Iterator[Page]:
    api, intake = _reddit_answers(content)
    for taken in Tree(api, intake, "t3_abc").parts():
        yield intake.page(taken, {})


def listing_children(found: Any) -> list[Any]:
    children = found["data"]["children"]
    assert isinstance(children, list)
    return children


def tree_things(children: list[Any]) -> int:
    """Things of a tree, folds left out; what holds answers and cannot be read is one."""
    count = 0
    for child in children:
        data = child.get("data") if isinstance(child, dict) else None
        if not isinstance(data, dict):
            count += 1
        elif child.get("kind") != "more":
            replies = data.get("replies")
            try:
                below = listing_children(replies)
            except (AssertionError, KeyError, TypeError, IndexError):
                below = [replies] if replies not in ("", None) else []
            count += 1 + tree_things(below)
    return count


def thread_things(found: Any) -> int:
    top, comments = found
    return len(listing_children(top)) + tree_things(listing_children(comments))
