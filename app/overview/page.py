"""How are we doing, and whom must we answer: the service figures of a period and the waits still open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Literal, get_args
from urllib.parse import urlencode

import streamlit as st

from app.messages import understood
from app.overview import files, queries
from app.overview.queries import FoundTopic, OpenWait, TopicCount
from app.shared import address, components, filters, measures, pool, tiles
from app.shared import format as fmt
from app.shared.kpi import Figures, Kpi, Kpis
from app.shared.language import N_, _, plural
from app.shared.measures import Extent
from app.shared.period import Grain, View, grains, usual_grain

FEW, MANY = 8, 50
DAILY = 100
GRAIN, CLOCK, ALL_WAITS = "grain", "clock", "all_waits"
GRAIN_NAMES: dict[Grain, str] = {
    "day": N_("By day"),
    "week": N_("By week"),
    "month": N_("By month"),
}
STACKED: dict[Grain, str] = {
    "day": N_("by day, stacked by channel"),
    "week": N_("by week, stacked by channel"),
    "month": N_("by month, stacked by channel"),
}
Clock = Literal["calendar", "open"]
CLOCKS: tuple[Clock, ...] = get_args(Clock)
CLOCK_NAMES: dict[Clock, str] = {
    "calendar": N_("Calendar"),
    "open": N_("Opening hours"),
}
# The median response by each clock, and nine in ten.
MEDIAN: dict[Clock, str] = {"calendar": "response_minutes_median", "open": "response_open_minutes_median"}
P90: dict[Clock, str] = {"calendar": "response_minutes_p90", "open": "response_open_minutes_p90"}
RATES = ("answered_rate", "promise_kept_rate", "waits_open")
LATER = ("first_response_minutes_median", "resolution_minutes_median", "one_touch_rate", "reopens")
SATISFACTION = ("csat_rate", "nps", "rating_mean")
SAID = ("net_sentiment", "neutral_rate")
TOPICS, FEW_SAID = 8, 5
SERVICE = ("waits_opened", *MEDIAN.values(), *P90.values(), *RATES)
BESIDE = ("handled_rate", "excluded_rate", "csat_response_rate", "nps_response_rate")
ALL_FIGURES = (*SERVICE, *LATER, *SATISFACTION, *SAID, *BESIDE)


def draw() -> None:
    """Draw the page."""
    extent = measures.extent()
    view = filters.current(extent)
    # Days before the data begin are a gap, not calm: there is nothing to compare with.
    former = view.before if view.before.first >= extent.first else None
    with st.container(horizontal=True, vertical_alignment="bottom", key="head"):
        components.head(_("Overview"), _about(view, former))
        clock = _clock()
    kpis = measures.kpis()
    rows = measures.figures(view, ALL_FIGURES)
    now, before = rows[0], measures.figures(former, ALL_FIGURES, age=measures.age(view))[0] if former else None
    why = _("data begin {day}", day=fmt.day(extent.first))
    tiles.tiles("service", kpis, ("waits_opened", MEDIAN[clock], *RATES), now, before=before, why=why)
    tiles.tiles("later", kpis, LATER, now, before=before, why=why)
    components.section(
        _("Satisfaction"), _("what customers answered to surveys and wrote in reviews in the period")
    )
    tiles.tiles("satisfaction", kpis, SATISFACTION, now, before=before, why=why)
    if now["net_sentiment"].n:
        _what_customers_say(view, kpis, now, before, why)
    _undeclared()
    components.section(_("Over time"), _("by the day on which the wait opened; weeks begin on Monday"))
    columns = [kpis[name] for name in ("waits_opened", MEDIAN[clock], P90[clock], *RATES)]
    _over_time(view, extent, kpis, columns, clock)
    _by_channel(view, rows, kpis, columns, extent)
    tiles.meanings([*columns, *(kpis[name] for name in (*LATER, *SATISFACTION, *SAID))])
    _open(view, extent, now["waits_open"].n)


def _what_customers_say(view: View, kpis: Kpis, now: Figures, before: Figures | None, why: str) -> None:
    components.section(_("What customers say"), _("as their messages were understood; noise is left out"))
    tiles.tiles("said", kpis, SAID, now, before=before, why=why)
    found = queries.top_topics(view, TOPICS)
    if not found:
        return
    most = found[0].messages
    rows = "".join(
        f'<tr><th scope="row"><a href="{escape(_search(each.topic))}" target="_self">'
        f"{escape(understood.topic(each))}</a></th>"
        f'<td class="v-bar"><i style="width:{100 * each.messages / most:.0f}%"></i></td>'
        f"<td>{fmt.count(each.messages)}</td><td>{fmt.count(each.accounts)}</td>"
        f"<td>{fmt.count(each.complaints)}</td><td>{_feeling(each)}</td></tr>"
        for each in found
    )
    heads = (_("Topic"), "", _("Messages"), _("Accounts"), _("Complaints"), _("Net sentiment"))
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    st.html(
        f'<div class="v-scroll" data-testid="topics"><table class="v-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _undeclared() -> None:
    """What many wrote about lately that the company's list has no topic for."""
    found = queries.found_topics(TOPICS)
    if not found:
        return
    components.section(
        _("What nobody declared"),
        _("themes of the 30 days before the newest message, on all channels"),
    )
    rows = "".join(
        f'<tr><th scope="row"><a href="{escape(_alike(each))}" target="_self">{escape(each.name)}</a></th>'
        f"<td>{fmt.count(each.messages)}</td><td>{fmt.count(each.accounts)}</td>"
        f"<td>{fmt.count(each.complaints)}</td><td>{fmt.count(each.last_week)}"
        f"<small>{escape(_('before: {n}', n=fmt.count(each.week_before)))}</small></td></tr>"
        for each in found
    )
    heads = (_("Theme"), _("Messages"), _("Accounts"), _("Complaints"), _("Last 7 days"))
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    st.html(
        f'<div class="v-scroll" data-testid="found-topics"><table class="v-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _alike(found: FoundTopic) -> str:
    return "conversations?" + urlencode(filters.link(q=found.name.replace(" · ", " "), by="meaning"))


def _search(topic: str) -> str:
    return "conversations?" + urlencode(filters.link(topic=topic))


def _feeling(topic: TopicCount) -> str:
    n = _("n = {n}", n=fmt.count(topic.n))
    if topic.n < FEW_SAID or topic.net_sentiment is None:
        return f'<span class="v-few">{escape(_("too few: n = {n}", n=fmt.count(topic.n)))}</span>'
    mood = "v-good" if topic.net_sentiment > 0 else "v-bad" if topic.net_sentiment < 0 else ""
    return f'<span class="{mood}">{fmt.score(topic.net_sentiment)}</span><small>{escape(n)}</small>'


def _about(view: View, former: View | None) -> str:
    about = filters.about(view)
    if not former:
        return f"{about} · {_('nothing to compare with: messages begin later than the period before does')}"
    days = fmt.days(former.first, former.last)
    compared = plural(
        "compared with the day before, {days}", "compared with the {n} days before, {days}", view.length, days=days
    )
    return f"{about} · {compared}, {_aged(view)}"


def _aged(view: View) -> str:
    """At which age the two periods are compared: the former one is older, and has had longer to be answered."""
    age = measures.age(view)
    if age is None or age.total_seconds() <= 0:
        return _("each as known by the same moment of it")
    return _("each as known {time} after its end", time=fmt.minutes(age.total_seconds() / 60))


def _clock() -> Clock:
    """The clock of the response times, as the URL says."""
    chosen = address.choice(CLOCK, CLOCKS, "calendar")
    st.session_state[CLOCK] = chosen
    st.segmented_control(
        _("Clock of response times"), list(CLOCK_NAMES), key=CLOCK, required=True, on_change=_clock_chosen,
        format_func=lambda clock: _(CLOCK_NAMES[clock]),
        help=_(
            "Opening hours: only the minutes in which the channel is staffed count. Promises keep their own clock."
        ),
    )  # fmt: skip
    return chosen


def _clock_chosen() -> None:
    if st.session_state[CLOCK] == "open":
        st.query_params[CLOCK] = "open"
    else:
        st.query_params.pop(CLOCK, None)


def _over_time(view: View, extent: Extent, kpis: Kpis, columns: list[Kpi], clock: Clock) -> None:
    from app.shared import charts

    colours = components.colours(extent.channels)
    grain = usual_grain(view.length)
    volume = kpis["waits_opened"]
    with st.container(key="card-volume"):
        daily: Grain = "day" if view.length <= DAILY else grain
        _titled(volume, _(STACKED[daily]))
        st.altair_chart(
            charts.bars(measures.figures(view, (volume.name,), daily), volume, colours), width="stretch"
        )
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        grain = _grain(grain, view.length)
        shown = {**{name: colours[name] for name in view.channels or colours}, _(charts.ALL): charts.ALL_COLOUR}
        components.legend(shown)
    # At one age: the last one has had least time to be answered.
    points = measures.figures(view, SERVICE, grain, measures.age(view))
    st.caption(_("Points are compared at one age: {aged}.", aged=_aged(view)))
    for place, name in zip(st.columns(2, gap="small"), (MEDIAN[clock], "answered_rate"), strict=True):
        kpi = kpis[name]
        with place, st.container(key=f"card-{name}"):
            few, every = charts.hidden(points, kpi)
            note = plural(
                "{n} of {all} points hidden: n < {least}",
                "{n} of {all} points hidden: n < {least}",
                few,
                all=fmt.count(every),
                least=kpi.min_n,
            )
            _titled(kpi, note if few else "")
            st.altair_chart(charts.lines(points, kpi, colours), width="stretch")
    files.figures("trend", columns, tiles.with_any(columns, points), view)


def _titled(kpi: Kpi, note: str) -> None:
    st.markdown(f"**{kpi.title}** :small[:gray[{note}]]" if note else f"**{kpi.title}**", help=kpi.help)


def _grain(usual: Grain, length: int) -> Grain:
    known = grains(length)
    chosen = address.choice(GRAIN, known, usual)
    st.session_state[GRAIN] = chosen
    st.segmented_control(
        _("Charts below"),
        known,
        key=GRAIN,
        on_change=_grain_chosen,
        required=True,
        format_func=lambda grain: _(GRAIN_NAMES[grain]),
    )
    return chosen


def _grain_chosen() -> None:
    st.query_params[GRAIN] = st.session_state[GRAIN]


def _by_channel(view: View, rows: list[Figures], kpis: Kpis, columns: list[Kpi], extent: Extent) -> None:
    components.section(_("By channel"), _("response times in {clock}", clock=columns[1].clock_words))
    for name, shown, testid in (
        ("service", [*columns, *(kpis[name] for name in LATER)], "by-channel"),
        ("satisfaction", [kpis[name] for name in SATISFACTION], "satisfaction-by-channel"),
    ):
        there = tiles.with_any(shown, rows)
        tiles.table(shown, there, extent.channels, testid)
        files.figures(name, shown, there, view)


def _open(view: View, extent: Extent, total: int) -> None:
    opened = plural("{n} opened in the period", "{n} opened in the period", total)
    others = _others(view, extent)
    components.section(_("Open waits"), _("{waits}; the most overdue first", waits=opened + others))
    if not total and others:
        components.empty(_("No wait of this period is open"), escape(_("Open: {waits}.", waits=opened + others)))
    elif not total:
        components.empty(_("Nobody waits"), _("No wait is open, of this period or any other."))
    if not total:
        return
    limit = MANY if st.session_state.get(ALL_WAITS) else FEW
    now = datetime.now(UTC)
    waits = queries.open_waits(view, limit)
    with st.container(key="open-waits", gap=None):
        for position, wait in enumerate(waits):
            with st.container(horizontal=True, vertical_alignment="center", key=f"wait-{position}"):
                st.html(_line(wait, now, extent))
                st.page_link(
                    "conversations/page.py",
                    label=_("Open"),
                    icon=":material/arrow_forward:",
                    icon_position="right",
                    query_params=filters.link(conversation=wait.conversation_id),
                )
    if total > FEW:
        more = _("Show all {n}", n=fmt.count(total))
        st.toggle(more if total <= MANY else _("Show {n} of {all}", n=MANY, all=fmt.count(total)), key=ALL_WAITS)
    files.open_waits(view)


def _others(view: View, extent: Extent) -> str:
    """Say how many still wait since before or after the period: they are in no figure of it."""
    said = ""
    if view.first > extent.first:
        n = _waiting(replace(view, first=extent.first, last=view.before.last))
        said += plural(", {n} more before it", ", {n} more before it", n) if n else ""
    if view.last < extent.last:
        n = _waiting(replace(view, first=view.last + timedelta(1), last=extent.last))
        said += plural(", {n} more after it", ", {n} more after it", n) if n else ""
    return said


def _waiting(view: View) -> int:
    return measures.figures(view, ("waits_open",))[0]["waits_open"].n


def _line(wait: OpenWait, now: datetime, extent: Extent) -> str:
    zone = pool.company_zone()
    due = wait.promise_due_at
    if due is None and wait.promise_minutes is not None:
        promise = f"<div>{escape(_('promise due with the next refresh'))}</div>"
    elif due is None:
        promise = f"<div>{escape(_('no promise'))}<small>{escape(_('on this channel'))}</small></div>"
    else:
        is_late = due <= now
        told = _("overdue by {time}", time=fmt.since(due, now))
        if not is_late:
            told = _("due in {time}", time=fmt.since(now, due))
        promise = f"<div{' class=v-bad' if is_late else ''}>{escape(told)}"
        promise += f"<small>{escape(_('promise due {when}', when=fmt.moment(due, zone)))}</small></div>"
    waits = _("waiting {time}", time=fmt.since(wait.opened_at, now))
    since = _("since {when}", when=fmt.moment(wait.opened_at, zone))
    return (
        f'<div class="v-wait" data-testid="open-wait"><div class="v-who">{escape(wait.who)}'
        f"<small>{components.pill(wait.channel, extent.channels)}</small></div>"
        f'<div class="v-text">{escape(fmt.subject(wait))}</div>'
        f"<div>{escape(waits)}<small>{escape(since)}</small></div>{promise}</div>"
    )


draw()
