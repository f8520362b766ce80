"""Functions that mappings name under `rows`, for files whose documents are no flat rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from flows.sources.base import Json

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
