"""How are we doing, and whom must we answer: the service figures of a period and the waits still open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html import escape

import streamlit as st

from app import charts, data, filters, look, tiles
from app import format as fmt
from app.kpis import ANSWERED_RATE, RESPONSE_MEDIAN, WAITS_OPENED, Kpi
from app.period import GRAINS, Grain, View, usual_grain
from app.rows import Extent, OpenWait

FEW, MANY = 8, 50
DAILY = 100
GRAIN, ALL_WAITS = "grain", "all_waits"


def page() -> None:
    """Draw the page."""
    extent = data.extent()
    view = filters.current(extent)
    # Days before the data begin are a gap, not calm: there is nothing to compare with.
    is_comparable = view.before.first >= extent.first
    look.head("Overview", _about(view, is_comparable))
    now = data.service(view)
    before = data.service(view.before)[0] if is_comparable else None
    tiles.tiles(now[0], before, f"data begin {fmt.day(extent.first)}")
    look.section("Over time", "by the day on which the wait opened; weeks begin on Monday")
    _over_time(view, extent)
    look.section("By channel", "calendar minutes; hover over a column's name for its definition")
    tiles.table(now, extent.channels)
    _open(view, extent, now[0].waits_open)


def _about(view: View, is_comparable: bool) -> str:
    about = f"{fmt.days(view.first, view.last)} · {', '.join(view.channels) or 'all channels'}"
    if not is_comparable:
        return f"{about} · nothing to compare with: messages begin later than the period before does"
    former = fmt.days(view.before.first, view.before.last)
    return f"{about} · compared with the {view.length} days before, {former}"


def _over_time(view: View, extent: Extent) -> None:
    colours = look.colours(extent.channels)
    grain = usual_grain(view.length)
    with st.container(key="card-volume"):
        daily: Grain = "day" if view.length <= DAILY else grain
        _titled(WAITS_OPENED, f"by {daily}, stacked by channel")
        st.altair_chart(charts.bars(data.trend(view, daily), WAITS_OPENED, colours), width="stretch")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        grain = _grain(grain)
        look.legend({**{name: colours[name] for name in view.channels or colours}, charts.ALL: charts.ALL_COLOUR})
    points = data.trend(view, grain)
    for place, kpi in zip(st.columns(2, gap="small"), (RESPONSE_MEDIAN, ANSWERED_RATE), strict=True):
        with place, st.container(key=f"card-{kpi.column}"):
            few = charts.hidden(points, kpi)
            _titled(kpi, f"{few} of {len(points)} points hidden: n < 5" if few else "")
            st.altair_chart(charts.lines(points, kpi, colours), width="stretch")


def _titled(kpi: Kpi, note: str) -> None:
    st.markdown(f"**{kpi.label}** :small[:gray[{note}]]", help=kpi.help)


def _grain(usual: Grain) -> Grain:
    wanted = st.query_params.get(GRAIN)
    chosen = next((grain for grain in GRAINS if grain == wanted), usual)
    st.session_state[GRAIN] = chosen
    st.segmented_control(
        "Grain",
        GRAINS,
        key=GRAIN,
        on_change=_grain_chosen,
        required=True,
        format_func=lambda grain: f"By {grain}",
        label_visibility="collapsed",
    )
    return chosen


def _grain_chosen() -> None:
    st.query_params[GRAIN] = st.session_state[GRAIN]


def _open(view: View, extent: Extent, total: int) -> None:
    look.section("Open waits", f"{total:,} opened in the period{_older(view, extent)}; the most overdue first")
    if not total:
        look.empty("Nobody waits", "Every wait opened in this period has been answered.")
        return
    limit = MANY if st.session_state.get(ALL_WAITS) else FEW
    now = datetime.now(UTC)
    with st.container(key="open-waits", gap=None):
        for position, wait in enumerate(data.open_waits(view, limit)):
            with st.container(horizontal=True, vertical_alignment="center", key=f"wait-{position}"):
                st.html(_line(wait, now, extent))
                st.page_link(
                    "screens/conversations.py",
                    label="Open",
                    icon=":material/arrow_forward:",
                    icon_position="right",
                    query_params=view.parameters | {"conversation": wait.conversation_id},
                )
    if total > FEW:
        st.toggle(f"Show all {total:,}" if total <= MANY else f"Show {MANY} of {total:,}", key=ALL_WAITS)


def _older(view: View, extent: Extent) -> str:
    """Say how many still wait since before the period: they are in no figure of it."""
    if view.first <= extent.first:
        return ""
    earlier = data.service(replace(view, first=extent.first, last=view.before.last))[0].waits_open
    return f", {earlier:,} more before it" if earlier else ""


def _line(wait: OpenWait, now: datetime, extent: Extent) -> str:
    zone = data.company_zone()
    due = wait.promise_due_at
    if due is None:
        promise = "<div>no promise<small>on this channel</small></div>"
    elif due <= now:
        promise = f'<div class="v-bad">overdue by {fmt.since(due, now)}'
    else:
        promise = f"<div>due in {fmt.since(now, due)}"
    if due is not None:
        promise += f"<small>promise due {fmt.moment(due, zone)}</small></div>"
    return (
        f'<div class="v-wait" data-testid="open-wait"><div class="v-who">{escape(wait.who)}'
        f"<small>{look.pill(wait.channel, extent.channels)}</small></div>"
        f'<div class="v-text">{escape(fmt.line(wait.title or wait.body))}</div>'
        f"<div>waiting {fmt.since(wait.opened_at, now)}"
        f"<small>since {fmt.moment(wait.opened_at, zone)}</small></div>"
        f"{promise}</div>"
    )


page()
