"""Share of voice, both net sentiments, and how few people make how much, as counted by hand over real tweets."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import rules
from tests.helpers.house import House
from tests.helpers.kpis import ALWAYS, of_period

SCORE = {"positive": 1, "neutral": 0, "negative": -1}
NUMBER = 2000


@pytest.fixture(scope="module")
def tweets(data: Path) -> list[dict[str, str]]:
    with (data / "airline_sentiment/tweets.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[::4]
    assert len(rows) >= NUMBER
    return rows


@pytest.fixture(scope="module")
def voiced(module_warehouse: House, tweets: list[dict[str, str]]) -> Any:
    """Tweets to airlines, their texts being what people labelled them; what went wrong stands in for a product."""
    rows = [
        {
            "id": f"t{n}", "account": tweet["name"], "brand": tweet["airline"], "audience": tweet["retweet_count"],
            "posted_at": datetime.strptime(tweet["tweet_created"], "%Y-%m-%d %H:%M %z").isoformat(),
            "body": f"{{sentiment={tweet['airline_sentiment']}}}"
            + (f"{{product:{tweet['negativereason']}}}" if tweet["negativereason"] else ""),
        }
        for n, tweet in enumerate(tweets)
    ]  # fmt: skip
    with rules.installed(module_warehouse.folder):
        module_warehouse.reading("rules").load_rows(rows)
        module_warehouse.refresh()
        yield module_warehouse


def test_share_of_voice_and_feeling_by_brand(voiced: House, tweets: list[dict[str, str]]) -> None:
    said = Counter(tweet["airline"] for tweet in tweets)
    net = {
        brand: 100 * sum(SCORE[t["airline_sentiment"]] for t in tweets if t["airline"] == brand) / count
        for brand, count in said.items()
    }

    found = voiced.query("select * from marts.share_of_voice(%s, %s)", *ALWAYS)

    assert {row[0]: (row[1], row[3]) for row in found} == {b: (count, len(tweets)) for b, count in said.items()}
    for brand, messages, share, n, low, high, feeling, felt in found:
        assert abs(share - Decimal(messages) / n) < Decimal("0.000001") and low < share < high
        assert felt == messages and abs(float(feeling) - net[brand]) < 0.001
    # Of one panel's sources it is of these alone
    assert voiced.query("select * from marts.share_of_voice(%s, %s, sources => '{nobody}')", *ALWAYS) == []


def test_net_sentiment_by_both_formulas(voiced: House, tweets: list[dict[str, str]]) -> None:
    count = Counter(tweet["airline_sentiment"] for tweet in tweets)
    lead = count["positive"] - count["negative"]

    found = of_period(voiced, *ALWAYS)

    assert found["net_sentiment"].n == found["messages_understood"].value == len(tweets)
    assert float(found["net_sentiment"].value or 0) == round(100 * lead / len(tweets), 3)
    assert float(found["net_sentiment_polar"].value or 0) == round(
        100 * lead / (count["positive"] + count["negative"]), 3
    )
    assert float(found["neutral_rate"].value or 0) == round(count["neutral"] / len(tweets), 6)


def fewest(volumes: Counter[str], part: Decimal) -> int:
    """How many people it takes to make so much of a volume."""
    reached = accumulate(sorted(volumes.values(), reverse=True))
    return next(n for n, volume in enumerate(reached, 1) if volume >= part * volumes.total())


def test_how_few_people_make_how_much(voiced: House, tweets: list[dict[str, str]]) -> None:
    posts, reach = Counter[str](), Counter[str]()
    for tweet in tweets:
        posts[tweet["name"]] += bool(tweet["negativereason"])
        reach[tweet["name"]] += int(tweet["retweet_count"])
    expected = {"mavens": +posts, "connectors": +reach}

    found = voiced.query(
        "select kind, part, people, of_people, share_of_people, volume from marts.voice_concentration(%s, %s)",
        *ALWAYS,
    )

    assert len(found) == 20
    for kind, part, people, of_people, share, volume in found:
        volumes = expected[kind]
        assert (people, of_people, volume) == (fewest(volumes, part), len(volumes), volumes.total())
        assert abs(share - Decimal(people) / of_people) < Decimal("0.000001")
