"""Today first: one sentence that says what to do, three counts that obey no period, and what burns."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
import pytest
from streamlit.testing.v1 import AppTest

from app.messages import decisions, waiting
from app.messages.waiting import Counts, Due, Narrowed
from app.shared import format as fmt
from app.shared import language, measures
from app.shared.kpi import Figure, Figures
from app.shared.period import View as Asked
from app.today import channels, now
from tests.app.conftest import Place, View, tiles
from tests.app.counted import PARIS

NOBODY = Counts(0, 0, 0, 0, 0, None)
EVER = Asked(date(2026, 1, 1), date(2026, 12, 31))
DAYS = {"from_": "2026-10-22", "to": "2026-11-20"}
MOMENT = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)


def words(markup: str) -> str:
    return re.sub(r"<[^>]+>", "", markup)


def tabs(markup: str) -> list[str]:
    """Where its links lead, by tab."""
    found = re.findall(r'href="([^"]+)"', markup)
    return [parse_qs(urlsplit(each.replace("&amp;", "&")).query)["tab"][0] for each in found]


@pytest.mark.parametrize(
    ("counts", "due", "told", "leads_to"),
    [
        (
            Counts(9, 2, 30, 0, 0, MOMENT), [Due(30, "mail", 3), Due(60, "mail", 9), Due(1440, "mail", 9)],
            "Answer 3 now: mail, due within 30 min.", ["can_be_kept"],
        ),
        (
            Counts(9, 2, 30, 0, 0, MOMENT), [Due(120, "mail", 6), Due(120, "forum", 3), Due(240, "mail", 9)],
            "Answer 9 now: mail, forum, due within 2 h.", ["can_be_kept"],
        ),
        (
            Counts(4, 0, 0, 0, 0, MOMENT), [Due(60, name, 1) for name in ("a", "b", "c", "d")],
            "Answer 4 now: 4 channels, due within 1 h.", ["can_be_kept"],
        ),
        (
            Counts(2, 0, 0, 0, 0, MOMENT), [],
            "Answer 2 next: the first is due Fri 20 Nov 2026, 23:00.", ["can_be_kept"],
        ),
        (
            Counts(0, 2, 30, 0, 0, None), [],
            "No promise can be saved now. Answer 2 missed today, take up the backlog, 30 requests.",
            ["missed_today", "backlog"],
        ),
        (Counts(0, 1, 0, 0, 0, None), [], "No promise can be saved now. Answer 1 missed today.", ["missed_today"]),
        (
            Counts(0, 0, 1, 0, 0, None), [],
            "No promise can be saved now: take up the backlog, 1 request.", ["backlog"],
        ),
        (NOBODY, [], "Nobody waits for an answer.", []),
    ],
)  # fmt: skip
def test_the_sentence_says_what_to_do_and_leads_there(
    counts: Counts, due: list[Due], told: str, leads_to: list[str]
) -> None:
    assert words(now.sentence(counts, due)) == told
    assert tabs(now.sentence(counts, due)) == leads_to


def test_the_sentence_speaks_french() -> None:
    language.use("fr")
    try:
        told = words(now.sentence(Counts(1, 0, 0, 0, 0, MOMENT), [Due(30, "mail", 1)]))
    finally:
        language.use("en")
    assert told == "Répondez à 1 demande maintenant\u00a0: e-mail, à rendre sous 30\u00a0min."


def counts(app: AppTest) -> dict[str, int]:
    page = "".join(part.value for part in app.html)
    return {
        tab: int(n.replace(",", "")) for tab, n in re.findall(r'data-testid="count-(\w+)"><b>([\d,]+)</b>', page)
    }


def test_the_counts_obey_no_period_and_are_the_open_requests(view: View) -> None:
    every = int(tiles(view(from_="2026-01-01", to="2026-12-31"))["Open requests"])
    for days in (DAYS, {"from_": "2026-09-21", "to": "2026-09-30"}):
        assert sum(counts(view(**days)).values()) == every > 50


def test_the_counts_follow_the_channels_that_were_chosen(view: View, served: Place) -> None:
    with psycopg.connect(served.url) as connection:
        row = connection.execute(
            "select count(*) from marts.fct_waits where closed_at is null and channel = 'mail'"
        ).fetchone()
    assert row
    assert sum(counts(view(channel="mail", **DAYS)).values()) == row[0] > 0


def test_a_decision_counts_at_once(view: View, served: Place) -> None:
    before = sum(counts(view(anew=True, **DAYS)).values())
    one = waiting.waiting(EVER, Narrowed(), 1, 0)[0]
    chosen = [decisions.chosen(one.conversation_id, one.message_id)]
    try:
        decided = decisions.decide_all(chosen, "noise", "advertising", "Nora Essai")
        assert sum(counts(view(anew=True, **DAYS)).values()) == before - 1
        decisions.decide_all(decided, "undo", "not so", "Nora Essai")
        assert sum(counts(view(anew=True, **DAYS)).values()) == before
    finally:
        with psycopg.connect(served.url) as connection:
            connection.execute("truncate decisions.handled")


def test_what_burns_is_told_with_its_driver_and_leads_to_its_messages(contract: View) -> None:
    (alert,) = [part.value for part in contract().html if 'data-testid="alert"' in part.value]
    told = words(alert)
    assert told.startswith("Burning now: the topic Delivery")
    assert "42 messages since" in told
    assert "6 were to be expected, from 17 people" in told
    # The burst's own topic drives nothing: what else its messages have does.
    assert "71% of them: the place Angers" in told
    assert "topic=delivery" in alert
    # It is of all channels, and so are the messages that it leads to, whatever the page is narrowed to.
    (alert,) = [part.value for part in contract(channel="mail").html if 'data-testid="alert"' in part.value]
    assert words(alert) == told
    assert "channel=" not in alert


def test_it_says_how_fresh_everything_is(view: View) -> None:
    head = next(part.value for part in view(**DAYS).html if "v-head" in part.value)
    assert "newest message Fri 20 Nov 2026" in head
    refreshed = measures.last_refresh()
    assert refreshed
    assert refreshed.as_of
    assert f"figures as of {fmt.moment(refreshed.as_of, PARIS)}" in head


def test_at_most_five_tiles_stand_before_the_folds(view: View) -> None:
    first = next(part.value for part in view(**DAYS).html if "tiles-service" in part.value)
    assert re.findall(r'data-testid="tile-(\w+)"', first) == [
        "promise_kept_rate", "answered_rate", "response_minutes_median", "waits_opened", "csat_rate",
    ]  # fmt: skip


def test_channels_are_listed_the_worst_first_and_each_figure_leads_to_what_it_counts(view: View) -> None:
    table = next(part.value for part in view(**DAYS).html if 'data-testid="channels"' in part.value)
    kept = [float(rate) for rate in re.findall(r'state=due[^"]*"[^>]*>([\d.]+)%', table)]
    assert len(kept) > 2
    assert kept == sorted(kept)
    row = re.search(r'data-testid="channel-mail".*?</tr>', table, re.DOTALL)
    assert row
    assert set(re.findall(r"state=(\w+)", row[0])) == {"due", "asked", "answered"}
    assert row[0].count("channel=mail") == 5
    assert re.search(r'<img class="v-spark"[^>]* alt="Promise kept: from [\d.]+% to [\d.]+%"', row[0])


def test_a_small_line_has_a_gap_where_there_is_no_figure() -> None:
    drawn = unquote(channels.spark([0.5, 1.0, None, 0.25, 0.75], "Promise kept"))
    assert drawn.count("<polyline") == 2
    assert drawn.count("<circle") == 1
    assert channels.spark([0.5, None], "Promise kept") == ""


def test_a_channel_without_a_verdict_comes_last() -> None:
    def row(channel: str, value: float | None) -> Figures:
        return Figures(EVER.first, EVER.last, channel, {"promise_kept_rate": Figure(value, 9)})

    rows = [row("chat", None), row("mail", 0.9), row("forum", 0.2)]
    assert [each.channel for each in sorted(rows, key=channels._worst)] == ["forum", "mail", "chat"]


def test_the_week_is_compared_at_equal_age_and_moved_only_where_chance_does_not_explain_it(view: View) -> None:
    told = next(part.value for part in view(**DAYS).html if 'data-testid="sentence"' in part.value)
    assert re.search(
        r"Promise kept \d+\.\d% \(n \d+\), (about as in|(up|down) \d+\.\d pts since) the week before", told
    )
