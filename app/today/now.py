"""The first ten seconds: what to do now, how many wait, what burns, and how fresh that is. No period holds here."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from urllib.parse import quote, urlencode

import streamlit as st

from app.messages import labels, understood, waiting
from app.messages.waiting import Counts, Due
from app.shared import filters, measures, pool
from app.shared import format as fmt
from app.shared.channels import channel_names
from app.shared.kpi import change
from app.shared.language import N_, _, plural
from app.shared.measures import Extent
from app.shared.period import View, preset
from app.today import queries
from app.today.queries import Alert

HORIZONS = (30, 60, 120, 240, 480, 1440)
KPI = "promise_kept_rate"
WEEK = 7
ALERTS = 3
KINDS = {
    "all": N_("all messages"),
    "brand": N_("the brand {value}"),
    "topic": N_("the topic {value}"),
    "product": N_("the product {value}"),
    "place": N_("the place {value}"),
    "competitor": N_("the competitor {value}"),
    "language": N_("messages in the language {value}"),
    "channel": N_("the channel {value}"),
}


def draw(view: View, extent: Extent) -> None:
    """Draw the sentence, the three counts and what burns."""
    counts = waiting.counts(view)
    due = waiting.falling_due(view, HORIZONS) if counts.can_be_kept else []
    st.html(
        f'<section class="v-now" aria-live="polite" data-testid="sentence">'
        f"<p>{sentence(counts, due)}</p><p>{escape(_kept(view, extent))}</p></section>"
        f'<nav class="v-counts" data-testid="counts">'
        + _count("can_be_kept", counts.can_be_kept, _("can still be kept"), _when(counts))
        + _count("missed_today", counts.missed_today, _("missed today"), _("the promise fell due today"))
        + _count("backlog", counts.backlog, _("backlog"), _("due before today, or without a promise"))
        + "</nav>"
    )
    for alert in queries.alerts(ALERTS):
        st.html(_alert(alert))


def sentence(counts: Counts, due: list[Due]) -> str:
    """Markup of what to do now, with a verb and a link to where it is done."""
    if counts.can_be_kept:
        return _answer(counts, due)
    backlog = plural("take up the backlog, {n} request", "take up the backlog, {n} requests", counts.backlog)
    if counts.missed_today:
        missed = plural("Answer {n} missed today", "Answer {n} missed today", counts.missed_today)
        rest = f", {_to(backlog, 'backlog')}" if counts.backlog else ""
        return f"{escape(_('No promise can be saved now.'))} {_to(missed, 'missed_today')}{rest}."
    if counts.backlog:
        return f"{escape(_('No promise can be saved now:'))} {_to(backlog, 'backlog')}."
    return escape(_("Nobody waits for an answer."))


def _answer(counts: Counts, due: list[Due]) -> str:
    soonest = min((each.minutes for each in due), default=None)
    if soonest is None and counts.first_due_at:
        when = fmt.moment(counts.first_due_at, pool.company_zone())
        verb = plural("Answer {n} next", "Answer {n} next", counts.can_be_kept)
        return f"{_to(verb, 'can_be_kept')}{escape(_(': the first is due {when}.', when=when))}"
    urgent = [each for each in due if each.minutes == soonest]
    verb = plural("Answer {n} now", "Answer {n} now", sum(each.n for each in urgent))
    names = [each.channel for each in urgent]
    where = channel_names(names) if len(names) < 4 else _("{n} channels", n=fmt.count(len(names)))
    within = _(": {where}, due within {time}.", where=where, time=fmt.minutes(soonest))
    return f"{_to(verb, 'can_be_kept')}{escape(within)}"


def _to(words: str, tab: str) -> str:
    return f'<a href="{escape("answer?" + urlencode(filters.link(tab=tab)))}" target="_self">{escape(words)}</a>'


def _when(counts: Counts) -> str:
    if counts.first_due_at is None:
        return _("no promise is open")
    return _("the first in {time}", time=fmt.since(datetime.now(UTC), counts.first_due_at))


def _count(tab: str, n: int, words: str, note: str) -> str:
    where = escape("answer?" + urlencode(filters.link(tab=tab)))
    return (
        f'<a href="{where}" target="_self" data-testid="count-{tab}"><b>{fmt.count(n)}</b> '
        f"<span>{escape(words)}<small>{escape(note)}</small></span></a>"
    )


def _kept(view: View, extent: Extent) -> str:
    """How the promise was kept in the last week that has messages, beside the week before at equal age."""
    week = View(*preset(WEEK, extent.last), view.channels, view.panels)
    kpi, now = measures.kpis()[KPI], measures.figures(week, (KPI,))[0]
    if not now[KPI].n:
        return _("No promise fell due in the last 7 days.")
    told = _("Promise kept {rate} (n {n})", rate=kpi.text(now), n=fmt.count(now[KPI].n))
    if week.before.first < extent.first:
        return f"{told}."
    former = measures.figures(week.before, (KPI,), age=measures.age(week))[0]
    moved = change(kpi, now, former)
    value, before = now[KPI].value, former[KPI].value
    if not moved.text or value is None or before is None or kpi.is_hidden(now) or kpi.is_hidden(former):
        return f"{told}."
    if moved.mood == "even":
        return _("{kept}, about as in the week before.", kept=told)
    points = fmt.rate_points(value - before)
    if value > before:
        return _("{kept}, up {points} since the week before.", kept=told, points=points)
    return _("{kept}, down {points} since the week before.", kept=told, points=points)


def fresh() -> str:
    """How old all of this is: the newest message, and when the figures were made."""
    zone, at, refreshed = pool.company_zone(), queries.newest().at, measures.last_refresh()
    parts = [_("newest message {when}", when=fmt.moment(at, zone))] if at else []
    if refreshed and refreshed.as_of:
        parts.append(_("figures as of {when}", when=fmt.moment(refreshed.as_of, zone)))
    return " · ".join([*parts, _("who waits: now")])


def named(kind: str, value: str) -> str:
    """A series or a driver in words."""
    if kind == "topic":
        value = next((understood.topic(each) for each in labels.topics() if each.topic == value), value)
    return _(KINDS.get(kind, "{value}"), value=value)


def _alert(alert: Alert) -> str:
    zone = pool.company_zone()
    own = (alert.kind, alert.value)
    main = next((each for each in queries.drivers(alert.burst_id) if (each.kind, each.value) != own), None)
    what = _(
        "{messages} messages since {when} where {expected} were to be expected, from {authors} people at once",
        messages=fmt.count(alert.messages), when=fmt.moment(alert.onset_at, zone),
        expected=fmt.count(alert.expected), authors=fmt.count(alert.authors),
    )  # fmt: skip
    driver = ""
    if main:
        driver = _("{share} of them: {driver}", share=fmt.rate(main.share, 0), driver=named(main.kind, main.value))
    elif alert.negative_share is not None:
        driver = _("{share} negative", share=fmt.rate(alert.negative_share, 0))
    asked = {"tab": "all", "from": alert.first_day.isoformat(), "to": alert.last_day.isoformat()}
    if alert.kind == "topic":
        asked["topic"] = alert.value
    elif alert.kind == "channel":
        asked["channel"] = quote(alert.value, safe="")
    elif alert.kind not in {"all", "language"}:
        asked["q"] = alert.value
    # A burst is one of all channels and sources: what the page is narrowed to does not narrow it.
    view = {name: value for name, value in filters.link().items() if name not in {"channel", "panel"}}
    where = escape("answer?" + urlencode(view | asked))
    return (
        f'<div class="v-burns" role="alert" data-testid="alert"><b>{escape(_("Burning now"))}: '
        f"{escape(named(alert.kind, alert.value))}</b><span>{escape(' · '.join(filter(None, (what, driver))))}"
        f'</span><a href="{where}" target="_self">{escape(_("read them"))}</a></div>'
    )
