"""Where new things are listed, and how a listing is read: from its top down to what is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flows.records import Json
from flows.records.times import SLACK
from flows.sources.reddit.api import Api
from flows.sources.reddit.config import RedditConfig, bare
from flows.sources.reddit.intake import Intake, IntakeResult

# Reddit lists about so many things, however many there are.
MOST = 1000
REMEMBERED = 20


@dataclass(frozen=True)
class Place:
    """A listing, newest first. Threads found at a place that `is_named` matter by themselves."""

    key: str
    path: str
    params: Json = field(default_factory=dict, hash=False)
    is_named: bool = False


def places(config: RedditConfig) -> list[Place]:
    """Return the listings that a source reads."""
    found = []
    for name in config.subreddits:
        found.append(Place(f"r/{bare(name)}/new", f"r/{name}/new"))
        if config.comments:
            found.append(Place(f"r/{bare(name)}/comments", f"r/{name}/comments/"))
    for search in config.searches:
        params: Json = {"q": search.query, "sort": "new", "t": "all", "type": "link"}
        within = f"r/{bare(search.subreddit)}/" if search.subreddit else ""
        if within:
            params["restrict_sr"] = "true"
        found.append(Place(f"{within}search:{search.query}", f"{within}search/", params, is_named=True))
    for name in config.users:
        for what in ("submitted", "comments"):
            found.append(Place(f"u/{bare(name)}/{what}", f"user/{name}/{what}", {"sort": "new"}, is_named=True))
    return list({place.key: place for place in found}.values())


def poll(api: Api, intake: Intake, place: Place) -> Iterator[IntakeResult]:
    """Yield what is new at a place, an answer at a time; its watermark moves with the last.

    The watermark is the moment of the newest thing, so one that was deleted misleads nobody. Reading goes on until
    the overlap before it: moderators let things in late. Where the listing ends before it is reached, and none of
    the things remembered stands in it, there may be a hole: a gap.
    """
    before = intake.memory.get(f"place:{place.key}")
    at: float | None = before.get("at")
    remembered = set(before.get("names", []))
    dated: dict[str, float] = {}
    after: str | None = None
    read = 0
    while True:
        listing = api.listing(place.path, place.params, after)
        taken = intake.take(listing.children, place.key, is_named=place.is_named)
        read += len(listing.children)
        latest = intake.clock.now() + SLACK
        dated |= {name: written.timestamp() for written, name in taken.dated if written <= latest}
        tail = taken.dated[-1][0].timestamp() if taken.dated else None
        is_over = not listing.children or listing.after in (None, after) or read >= MOST
        is_reached = at is not None and tail is not None and tail <= at - intake.config.overlap_minutes * 60
        if is_over or is_reached:
            break
        yield taken
        after = listing.after
    oldest = min(dated.values(), default=None)
    if at is not None and not remembered & dated.keys() and (oldest is None or oldest >= at):
        taken.gap = _hole(place, at, oldest, read)
    newest = sorted(dated, key=lambda name: dated[name], reverse=True)[:REMEMBERED]
    if newest:
        moved = {"at": max(at or 0.0, dated[newest[0]]), "names": newest}
        intake.memory.note(f"place:{place.key}", moved)
    yield taken


def _hole(place: Place, at: float, oldest: float | None, read: int) -> str:
    if oldest is None:
        return f"{place.key}: nothing is listed where there was something until {iso(at)}"
    return (
        f"{place.key}: between {iso(at)} and {iso(oldest)} there may be more than Reddit lists"
        f" ({read:,} read, none of them known): poll more often"
    )


def iso(seconds: float) -> str:
    """Write Unix seconds for people."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
