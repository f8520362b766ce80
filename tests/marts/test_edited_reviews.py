"""Reviews that were edited after they were answered: the export dates the reply before the review (pitfall 12)."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.helpers.house import House
from tests.helpers.kpis import ALWAYS, of_period, values
from tests.marts.reference import minutes, percentile


def read(path: Path) -> list[tuple[str, datetime, datetime | None]]:
    """Review, its last edit, its reply; times without a zone, as the store gives them."""

    def moment(text: str) -> datetime:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)

    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["reviewId"]: row for row in csv.DictReader(file)}
    return [
        (f"store:{key}", moment(row["at"]), moment(row["repliedAt"]) if row["repliedAt"] else None)
        for key, row in rows.items()
    ]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_reply_dated_before_its_review_has_no_minutes_and_says_why(warehouse: House, data: Path) -> None:
    # Given a store's export of reviews
    path = data / "app_reviews/fampay_google_play.csv"
    assert warehouse.load(path, name="store", mapping="fampay-reviews").rejected == 0
    warehouse.refresh()

    # When its rows are gone through one by one
    reviews = read(path)
    reasons = {
        key: None if reply and reply >= at else "answer before message" if reply else "no answer"
        for key, at, reply in reviews
    }
    taken = {key: minutes(reply - at) for key, at, reply in reviews if reply and reply >= at}

    # Then every wait has the minutes found there, or none and the same reason
    found = warehouse.query(
        "select opening_message_id, response_minutes, nullif(minutes_missing, 'no calendar') from marts.fct_waits"
    )
    assert Counter(reasons.values()) == {"no answer": 10994, "answer before message": 422, None: 2219}
    assert {key: why for key, _, why in found} == reasons
    assert {key: took for key, took, _ in found if took is not None} == taken
    assert min(taken.values()) >= 0

    # And it counts as answered, but not in the median, nor under a promise
    minutes_named = ("n:response_minutes_median", "response_minutes_median")
    named = ("waits_opened", "waits_answered", *minutes_named, "promises_due")
    answered = sum(why != "no answer" for why in reasons.values())
    due = len(reasons) - sum(why == "answer before message" for why in reasons.values())
    median = percentile(taken.values(), 0.5)
    assert values(of_period(warehouse, *ALWAYS), *named) == (len(reviews), answered, len(taken), median, due)
