"""What a company would publish, how far apart its channels are, and first responses, as counted by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from tests.helpers.house import House
from tests.helpers.kpis import ALWAYS, of_period
from tests.marts import reference
from tests.marts.reference import Wait, percentile, share
from tests.marts.test_archives import read_keytrade, read_opendcl
from tests.marts.test_customers import messages, said

KEYTRADE, OPENDCL = "trustpilot_keytrade/reviews.json", "forum_threads/opendcl_smf.jsonl"


@pytest.fixture(scope="module")
def waits(data: Path) -> dict[str, list[Wait]]:
    """Waits by channel, worked out from the files."""
    return {
        "reviews": reference.waits(read_keytrade(data / KEYTRADE)),
        "forum": reference.waits(read_opendcl(data / OPENDCL)),
    }


@pytest.fixture(scope="module")
def both(module_warehouse: House, data: Path) -> House:
    module_warehouse.load(data / KEYTRADE, name="keytrade", mapping="trustpilot-keytrade")
    module_warehouse.load(data / OPENDCL, name="opendcl", mapping="opendcl-forum")
    # One customer asks by mail, and an hour later in the forum; another has an answer before
    common = {"verified_email": "ann@home.example"}
    other = {"verified_email": "bob@home.example"}
    messages(module_warehouse, "post",
             said("a", id="a1", channel="mail", thread="a", **common),
             said("b", id="b1", channel="mail", thread="b", **other),
             said("desk", id="b2", channel="mail", thread="b", role="brand",
                  posted_at="2026-11-01T10:30:00Z"))  # fmt: skip
    messages(module_warehouse, "board",
             said("ann", id="a2", posted_at="2026-11-01T11:00:00Z", **common),
             said("bob", id="b3", posted_at="2026-11-01T11:00:00Z", **other))  # fmt: skip
    module_warehouse.refresh()
    return module_warehouse


def rate(found: Iterable[Wait]) -> tuple[object, int]:
    given = list(found)
    return share(sum(w.answer is not None for w in given), len(given)), len(given)


def firsts(found: Iterable[Wait]) -> list[Wait]:
    """The first wait of each conversation."""
    by_talk: dict[tuple[str, str], Wait] = {}
    for wait in found:
        talk = (wait.thread, wait.account)
        if talk not in by_talk or wait.opening.place < by_talk[talk].opening.place:
            by_talk[talk] = wait
    return list(by_talk.values())


def test_promise_page_is_what_the_files_say(both: House, waits: dict[str, list[Wait]]) -> None:
    expected = {}
    for channel, found in waits.items():
        by_month: dict[date, list[Wait]] = defaultdict(list)
        opened: dict[date, int] = defaultdict(int)
        for wait in found:
            by_month[wait.opening.day.replace(day=1)].append(wait)
        for wait in firsts(found):
            opened[wait.opening.day.replace(day=1)] += 1
        for month, of_month in by_month.items():
            expected[month, channel] = (opened[month], *rate(of_month))
    assert len(expected) > 60

    rows = both.query("select * from marts.promise_page('1990-01-01', '2026-10-31')")

    found = {(month, channel): tuple(rest) for month, channel, *rest in rows}
    assert {key: figures[:3] for key, figures in found.items()} == expected
    # The promise of reviews holds from their opening, day and night, and has fallen due for all of them
    for (_, channel), (_, _, answered, kept, due) in found.items():
        assert channel != "reviews" or (due == answered and (kept is None or 0 <= kept <= 1))


def test_continuity_names_the_best_and_the_worst_channel(both: House, waits: dict[str, list[Wait]]) -> None:
    rates = {channel: rate(found) for channel, found in waits.items()}
    medians = {
        channel: percentile([w.minutes for w in found if w.minutes is not None], 0.5)
        for channel, found in waits.items()
    }

    found = {row[0]: row[1:] for row in both.query("select * from marts.continuity('1990-01-01', '2026-10-31')")}

    best, worst = sorted(rates, key=lambda channel: -float(str(rates[channel][0])))
    assert found["answered_rate"] == (best, *rates[best], worst, *rates[worst], 2)
    quick, slow = sorted(medians, key=lambda channel: medians[channel] or 0)
    assert found["response_minutes_median"][:2] == (quick, medians[quick])
    assert found["response_minutes_median"][3:5] == (slow, medians[slow])


def test_waits_moved_to_another_channel_before_an_answer(both: House) -> None:
    moved = both.query("select channel, moved_to, customer_id from marts.waits_moved(%s, %s)", *ALWAYS)

    assert [(channel, to) for channel, to, _ in moved] == [("mail", "forum")]


def test_first_responses_and_both_clocks_of_real_waits(both: House, waits: dict[str, list[Wait]]) -> None:
    for channel, of_channel in waits.items():
        first = [w.minutes for w in firsts(of_channel) if w.minutes is not None]
        found = of_period(both, "1990-01-01", "2026-10-31", channel=channel)
        for kpi in ("first_response_minutes_median", "first_answer_minutes_median"):
            figure = found[kpi]
            timed = both.value(
                "select count(*) from marts.fct_waits where channel = %s and wait_number = 1"
                " and opened_at < '2026-10-31' and response_minutes is not null",
                channel,
            )
            assert figure.n == timed and (timed < len(first) or figure.value == percentile(first, 0.5)), kpi
        opened = both.query(
            "select response_open_minutes from marts.fct_waits where channel = %s and opened_at < '2026-10-31'"
            " and response_open_minutes is not null",
            channel,
        )
        assert found["response_open_minutes_median"].value == percentile([value for (value,) in opened], 0.5)
