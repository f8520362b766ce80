"""Who was turned around and whom peers helped, as counted by hand over real conversations."""

from __future__ import annotations

import csv
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import rules
from tests.helpers.house import House
from tests.helpers.kpis import ALWAYS, of_period, values

FEELINGS = ("negative", "negative", "neutral", "positive")
NUMBER = 2500


@pytest.fixture(scope="module")
def tweets(data: Path) -> list[dict[str, Any]]:
    """Real talks on Twitter; what customers feel is drawn from their words, whatever these say."""
    with (data / "twcs/twcs_two_sided.csv").open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))[:NUMBER]
    for place, row in enumerate(rows):
        row["at"] = datetime.strptime(row["created_at"], "%a %b %d %H:%M:%S %z %Y")
        row["feels"] = FEELINGS[zlib.crc32(row["text"].encode()) % 4] if row["inbound"] == "True" else None
        row["place"] = place
    return rows


@pytest.fixture(scope="module")
def talked(module_warehouse: House, tweets: list[dict[str, Any]]) -> Iterator[House]:
    with rules.installed(module_warehouse.folder):
        module_warehouse.reading("rules").load_rows(
            {
                "id": row["tweet_id"], "account": row["author_id"], "posted_at": row["at"].isoformat(),
                "role": "brand" if row["feels"] is None else "customer",
                "thread": row["conversation_id"], "parent": row["in_response_to_tweet_id"],
                "body": "{reply_kind=answer}" if row["feels"] is None else f"{{sentiment={row['feels']}}}",
            }
            for row in tweets
        )  # fmt: skip
        module_warehouse.refresh()
        yield module_warehouse


def test_turnaround_of_real_conversations(talked: House, tweets: list[dict[str, Any]]) -> None:
    # Given what each customer felt in a thread, in order, and the conversations with an answer
    feelings: dict[str, list[str]] = defaultdict(list)
    for row in sorted(tweets, key=lambda row: (row["at"], row["place"])):
        if row["feels"]:
            feelings[f"archive:{row['conversation_id']}/archive:{row['author_id']}"].append(row["feels"])
    with_answer = "select conversation_id from marts.fct_waits where answered_at is not null"
    answered = {name for (name,) in talked.query(with_answer)}
    negative = {name: felt for name, felt in feelings.items() if name in answered and felt[0] == "negative"}
    recovered = sum(felt[-1] != "negative" for felt in negative.values())
    assert len(negative) > 200 and recovered > 30

    # Then as many were turned around
    found = of_period(talked, *ALWAYS)
    assert values(found, "n:turnaround_rate", "conversations_recovered") == (len(negative), recovered)
    assert float(found["turnaround_rate"].value or 0) == round(recovered / len(negative), 6)
    rows = dict(talked.query("select conversation_id, has_recovered from marts.fct_turnarounds"))
    assert rows == {name: felt[-1] != "negative" for name, felt in negative.items()}


def test_peers_who_help_in_real_conversations(talked: House, tweets: list[dict[str, Any]]) -> None:
    authors = {row["tweet_id"]: row for row in tweets}
    helped: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for row in tweets:
        parent = authors.get(row["in_response_to_tweet_id"])
        if parent and row["feels"] and parent["feels"] and parent["author_id"] != row["author_id"]:
            talk = f"archive:{parent['conversation_id']}/archive:{parent['author_id']}"
            helped[talk].append((row["at"], row["tweet_id"]))
    waits = talked.query(
        "select wait_id, conversation_id, opened_at, coalesce(answered_at, closed_at) from marts.fct_waits"
    )
    expected = {}
    for wait, talk, opened, ended in waits:
        within = [reply for reply in helped.get(talk, ()) if opened <= reply[0] and (not ended or reply[0] < ended)]
        if within:
            expected[wait] = min(within)[0]
    assert len(expected) >= 3

    found = dict(talked.query("select wait_id, peer_answered_at from marts.fct_peer_answers"))

    assert found == expected
    assert values(of_period(talked, *ALWAYS), "waits_helped_by_peers") == (len(expected),)


def test_who_is_replied_to_and_talks_with_whom(talked: House, tweets: list[dict[str, Any]]) -> None:
    authors = {row["tweet_id"]: row for row in tweets}
    replies = {
        (row["author_id"], parent["author_id"])
        for row in tweets
        if (parent := authors.get(row["in_response_to_tweet_id"]))
        and row["feels"]
        and parent["feels"]
        and parent["author_id"] != row["author_id"]
    }
    assert len(replies) > 20
    posts = Counter(row["author_id"] for row in tweets if row["feels"])
    expected = {
        f"archive:{author}": (
            count,
            sum(to == author for _, to in replies),
            sum(to == author and (to, by) in replies for by, to in replies),
        )
        for author, count in posts.items()
    }

    found = talked.named("select person, posts, replied_by, talks_with from marts.influence(%s, %s)", *ALWAYS)

    assert {person: tuple(figures) for person, *figures in found} == expected
