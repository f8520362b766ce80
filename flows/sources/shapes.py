"""Functions that mappings name under `rows`, for files whose documents are no flat rows.

A mapping may be anybody's; so it names functions that are registered, those below and those that installed packages
declare as entry points of the group `vigie.row_shapers`, and nothing else is imported or called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import entry_points
from typing import TypeAlias

from flows.errors import MappingError
from flows.records import Json
from flows.records.texts import to_text

Shaper: TypeAlias = Callable[[Json], Iterable[Json]]
GROUP = "vigie.row_shapers"
TWITTER_EPOCH_MS = 1288834974657
SPEAKERS = {"client": "customer", "client1": "customer", "agent": "brand"}


def snowflake_time(tweet_id: str) -> str:
    """When a tweet was posted, read off its id (ISO 8601, UTC, milliseconds).

    Twitter's ids hold milliseconds since 2010-11-04T01:42:54.657Z above their lowest 22 bits.
    """
    milliseconds = (int(tweet_id) >> 22) + TWITTER_EPOCH_MS
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


def customer_care_turns(session: Json) -> Iterator[Json]:
    """Turns of one session of the IBM customer care corpus, the closing agent turn included.

    The thread is the first turn's tweet, each turn answers the one before; the closing turn stands apart with
    its address and has no time of its own, so it is read off its id.
    """
    company = session["dialogHeader"]["company"]
    thread = previous = None
    closing = session["agentURL"]
    for turn in [*session["dialogContent"], closing]:
        speaker = next((key for key in SPEAKERS if key in turn), "agent")
        tweet_id = turn["tweet_ID"]
        thread = thread or tweet_id
        yield {
            "tweet_id": tweet_id,
            "author": turn.get(speaker, company),
            "role": SPEAKERS[speaker],
            "posted_at": turn.get("datetime") or snowflake_time(tweet_id),
            "text": turn["url_utterance"] if turn is closing else turn["message"],
            "thread": thread,
            "parent": previous,
            "company": company,
        }
        previous = tweet_id


def trustpilot_review(review: Json) -> Iterator[Json]:
    """A review and the company's reply to it, out of one review object of Trustpilot's pages.

    A review that was changed keeps the time when it was first published.
    """
    yield {
        "id": review["id"],
        "account": review["consumer"]["id"],
        "name": review["consumer"]["displayName"],
        "role": "customer",
        "thread": review["id"],
        "posted_at": review["dates"]["publishedDate"],
        "edited_at": review["dates"]["updatedDate"],
        "title": review["title"],
        "text": review["text"],
        "rating": review["rating"],
        "language": review["language"],
    }
    if reply := review["reply"]:
        yield {
            "id": f"{review['id']}/reply",
            "account": "company",
            "role": "brand",
            "thread": review["id"],
            "parent": review["id"],
            "posted_at": reply["publishedDate"],
            "edited_at": reply["updatedDate"],
            "text": reply["message"],
        }


def play_review(review: Json) -> Iterator[Json]:
    """A review of an app in Google Play and the developer's reply to it, out of one row.

    The store shows no account: each review stands for one. Its time is that of the last edit, so that a reply
    may lie before it.
    """
    yield {
        "id": review["reviewId"],
        "account": review["reviewId"],
        "name": review["userName"],
        "role": "customer",
        "thread": review["reviewId"],
        "posted_at": review["at"],
        "text": review["content"],
        "rating": review["score"],
        "likes": review["thumbsUpCount"],
    }
    if review.get("repliedAt"):
        yield {
            "id": f"{review['reviewId']}/reply",
            "account": "developer",
            "role": "brand",
            "thread": review["reviewId"],
            "parent": review["reviewId"],
            "posted_at": review["repliedAt"],
            "text": review["replyContent"],
        }


def forum_posts(thread: Json) -> Iterator[Json]:
    """The posts of one thread of an exported forum, in the order in which they stand."""
    for place, post in enumerate(thread["posts"]):
        yield {
            "id": post["id"],
            "author": post["author"],
            "thread": thread["path"],
            "title": thread["title"] if place == 0 else None,
            "posted_at": post["date"],
            "text": to_text(post["html"]),
            "url": thread["path"],
            "place": place,
        }


SHIPPED: dict[str, Shaper] = {
    one.__name__: one for one in (customer_care_turns, forum_posts, play_review, trustpilot_review)
}


def find_shaper(name: str) -> Shaper:
    """Return a registered function by its name. Raises MappingError with those there are."""
    if name in SHIPPED:
        return SHIPPED[name]
    installed = entry_points(group=GROUP)
    known = ", ".join(sorted({*SHIPPED, *installed.names}))
    if ":" in name:
        raise MappingError(
            f"rows: {name}: functions are named, no longer imported: write one of {known}, or have your package "
            f"declare yours as an entry point of the group {GROUP}"
        )
    if name not in installed.names:
        raise MappingError(f"rows: {name}: no function of that name is registered, but {known}")
    try:
        found: Shaper = installed[name].load()
    except (ImportError, AttributeError) as error:
        raise MappingError(f"rows: {name}: its package cannot be imported ({error})") from error
    return found
