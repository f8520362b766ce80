"""Recorded answers, served at the place where the source asks for their kind, and read by the source itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.sources.reddit.conftest import Ran, Reader
from tests.sources.reddit.fake import FakeReddit, Thing, listing

KINDS = {"t1", "t3"}
LONG_AGO = datetime(2005, 1, 1, tzinfo=UTC)


def things(answer: Any) -> Iterator[Thing]:
    """Every submission and comment in an answer, however deep."""
    waiting = [answer]
    while waiting:
        at = waiting.pop()
        if isinstance(at, dict):
            if at.get("kind") in KINDS and isinstance(at.get("data"), dict):
                yield at
            waiting += at.values()
        elif isinstance(at, list):
            waiting += at


def form(answer: Any) -> str:
    """How the source would meet an answer: as a listing, a thread, a fold, or not in this shape at all."""
    if isinstance(answer, dict) and answer.get("kind") == "Listing":
        return "listing"
    if isinstance(answer, list) and len(answer) == 2 and all(form(part) == "listing" for part in answer):
        return "thread"
    try:
        return "fold" if isinstance(answer["json"]["data"]["things"], list) else "other"
    except (KeyError, TypeError):
        return "other"


def replay(reddit: FakeReddit, answer: Any) -> Ran:
    """Run the source over one recorded answer."""
    for place in (reddit.canned, reddit.faults_at, reddit.things):
        place.clear()
    match form(answer):
        case "listing":
            return _listed(reddit, answer)
        case "thread":
            return _thread(reddit, answer[0]["data"]["children"], answer)
        case "fold":
            found = list(things(answer))
            ids = [thing["data"]["id"] for thing in found][:100]
            link = next((t["data"]["link_id"] for t in found if "link_id" in t["data"]), "t3_abc")
            stub = {"kind": "more", "data": {"count": len(ids), "children": ids, "parent_id": link}}
            top = {"kind": "t3", "data": {"name": link, "created_utc": 1.2e9, "author": "a"}}
            reddit.canned["/api/morechildren"].append(json.dumps(answer).encode())
            return _thread(reddit, [top], [listing([top]), listing([stub])])
        case _:
            return _listed(reddit, listing(list(things(answer))))


def _listed(reddit: FakeReddit, answer: Thing) -> Ran:
    reddit.canned["/r/tilleul/new"].append(json.dumps(answer).encode())
    return Reader(reddit).run(comments=False, trees="none")


def _thread(reddit: FakeReddit, top: list[Thing], answer: list[Thing]) -> Ran:
    """Back-fill reads threads of whatever age."""
    reddit.canned["/r/tilleul/new"].append(json.dumps(listing(top)).encode())
    reddit.canned[f"/comments/{top[0]['data']['name'][3:]}/"].append(json.dumps(answer).encode())
    return Reader(reddit).fill(LONG_AGO, comments=False, trees="all")
