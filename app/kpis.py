"""Each figure that a tile, a table or a chart shows, with its definition. Values come from the marts."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from app import format as fmt
from app.kpi import Kpi
from app.language import later

Clock = Literal["calendar", "open"]
CALENDAR = later("calendar minutes")
OPENING_HOURS = later("minutes within the channel's opening hours; a reply outside them counts 0")
NO_CLOCK = later("none")
OPENED = later("waits opened in the period")
RESPONDED = later("waits opened in the period that got a response")
CONVERSATIONS = later("conversations opened in the period that got a response")
RESOLVED = later("conversations opened in the period that were resolved")

WAITS_OPENED = Kpi(
    "waits_opened",
    later("Waits opened"),
    later(
        "How often customers began to wait for us: a wait opens at the first message that asks for an answer when "
        "none is open in the conversation; what the customer adds meanwhile opens no other."
    ),
    OPENED,
    NO_CLOCK,
    fmt.count,
)
RESPONSE_MEDIAN = Kpi(
    "response_minutes_median",
    later("Median response"),
    later(
        "From a wait's opening to the first human message of ours to that customer; half of the waits that got one "
        "had it sooner, and nine in ten sooner than p90. Bots don't count; waits without a response have no time "
        "and are not in it: see the answered rate."
    ),
    RESPONDED,
    CALENDAR,
    fmt.minutes,
    "response_minutes_n",
    later("responses"),
    "lower",
    beside="p90",
)
RESPONSE_P90 = Kpi(
    "response_minutes_p90",
    later("p90 response"),
    later("Nine in ten of the waits that got a response had it sooner."),
    RESPONDED,
    CALENDAR,
    fmt.minutes,
    "response_minutes_n",
    later("responses"),
    "lower",
)
RESPONSE_MEDIAN_OPEN = replace(
    RESPONSE_MEDIAN,
    column="response_open_minutes_median",
    n_column="response_open_minutes_n",
    clock=OPENING_HOURS,
)
RESPONSE_P90_OPEN = replace(
    RESPONSE_P90, column="response_open_minutes_p90", n_column="response_open_minutes_n", clock=OPENING_HOURS
)
ANSWERED_RATE = Kpi(
    "answered_rate",
    later("Answered rate"),
    later(
        "Answered waits out of all waits opened in the period; the unanswered ones are in the denominator, also "
        "those that are still young. Until holding answers can be told apart, every human answer counts. Beside it "
        "stand the share with what was answered elsewhere, and the share that somebody set aside."
    ),
    later("waits opened in the period, without those that somebody called noise or not for us"),
    later("none, an answer counts whenever it came"),
    fmt.rate,
    "waits_counted",
    later("waits"),
    "higher",
    beside="handled_rate",
)
PROMISE_KEPT = Kpi(
    "promise_kept_rate",
    later("Promise kept"),
    later(
        "Waits that we met within the promise of their channel, out of those whose promise has fallen due. The "
        "promise in force when the wait opened counts."
    ),
    later("waits opened in the period whose promise has fallen due"),
    later("the promise's own, calendar minutes or opening hours"),
    fmt.rate,
    "promises_due",
    later("promises due"),
    "higher",
)
WAITS_OPEN = Kpi(
    "waits_open",
    later("Open waits"),
    later(
        "Waits opened in the period that nobody has answered yet. Those of the period before had longer to be "
        "answered: a rise says less than it seems."
    ),
    OPENED,
    NO_CLOCK,
    fmt.count,
    better="lower",
)
FIRST_RESPONSE = Kpi(
    "first_response_minutes_median",
    later("Median first response"),
    later(
        "From a conversation's first wait to the first human message of ours to that customer; half of the "
        "conversations that got one had it sooner. What the customer asks later has its own wait, in the response "
        "time."
    ),
    CONVERSATIONS,
    CALENDAR,
    fmt.minutes,
    "first_response_n",
    later("first responses"),
    "lower",
)
RESOLUTION_MEDIAN = Kpi(
    "resolution_minutes_median",
    later("Median resolution"),
    later("From a conversation's opening to its last sign of being resolved; half of the resolved had it sooner."),
    RESOLVED,
    CALENDAR,
    fmt.minutes,
    "resolution_n",
    later("resolved"),
    "lower",
)
ONE_TOUCH = Kpi(
    "one_touch_rate",
    later("One-touch resolution"),
    later(
        "Resolved with exactly one human message of ours, out of the resolved conversations that were not "
        "reopened; n counts all resolved ones."
    ),
    RESOLVED,
    NO_CLOCK,
    fmt.rate,
    "conversations_resolved",
    later("resolved"),
    "higher",
)
REOPENS = Kpi(
    "reopens",
    later("Reopens"),
    later("How often a customer began to wait again after the conversation had been resolved."),
    later("conversations opened in the period"),
    NO_CLOCK,
    fmt.count,
    better="lower",
)
CSAT = Kpi(
    "csat_rate",
    later("Satisfied (CSAT)"),
    later("Answers of 4 or 5 out of 5, out of all answers to the satisfaction survey."),
    later("survey answers of the period"),
    NO_CLOCK,
    fmt.rate,
    "csat_responses",
    later("answers"),
    "higher",
    beside="csat_response_rate",
)
NPS = Kpi(
    "nps",
    later("Net promoter score (NPS)"),
    later(
        "Share of 9 and 10 minus share of 0 to 6 among those who answered, from −100 to +100; 7 and 8 are passive."
    ),
    later("survey answers of the period"),
    NO_CLOCK,
    fmt.score,
    "nps_responses",
    later("answers"),
    "higher",
    beside="nps_response_rate",
)
RATING = Kpi(
    "rating_mean",
    later("Mean rating"),
    later("Mean of the public reviews' stars, each on its own scale and shown out of five."),
    later("reviews of the period"),
    NO_CLOCK,
    fmt.stars,
    "rating_n",
    later("reviews"),
    "higher",
)
LATER = (FIRST_RESPONSE, RESOLUTION_MEDIAN, ONE_TOUCH, REOPENS)
SATISFACTION = (CSAT, NPS, RATING)


def median(clock: Clock) -> Kpi:
    """The median response on one clock."""
    return RESPONSE_MEDIAN_OPEN if clock == "open" else RESPONSE_MEDIAN


def p90(clock: Clock) -> Kpi:
    """The slow end of the responses on one clock."""
    return RESPONSE_P90_OPEN if clock == "open" else RESPONSE_P90


def tiles(clock: Clock) -> tuple[Kpi, ...]:
    """The headline figures."""
    return (WAITS_OPENED, median(clock), ANSWERED_RATE, PROMISE_KEPT, WAITS_OPEN)


def columns(clock: Clock) -> tuple[Kpi, ...]:
    """The figures of the table by channel."""
    return (WAITS_OPENED, median(clock), p90(clock), ANSWERED_RATE, PROMISE_KEPT, WAITS_OPEN)
