"""How the service moves over time, with what was promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from app.shared import address, components, measures
from app.shared import format as fmt
from app.shared.kpi import Figures, Kpi
from app.shared.language import N_, _, plural
from app.shared.period import Grain, grains, usual_grain
from app.today import queries
from app.today.shown import Shown

DAILY = 100
GRAIN = "grain"
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
# The clock of a promise by that of the response times shown: a line of another clock would mislead.
PROMISED_BY = {"calendar": "calendar", "open": "opening"}


def grain(length: int) -> Grain:
    """The grain of points over time, as the URL says."""
    return address.choice(GRAIN, grains(length), usual_grain(length))


def draw(shown: Shown) -> None:
    """Draw requests, the promise kept and the response time over time."""
    from app.shared import charts

    view, kpis = shown.view, shown.kpis
    components.section(_("Over time"), _("by the day on which the request was made; weeks begin on Monday"))
    colours = components.colours(shown.extent.channels)
    volume = kpis["waits_opened"]
    with st.container(key="card-volume"):
        daily: Grain = "day" if view.length <= DAILY else usual_grain(view.length)
        _titled(volume, _(STACKED[daily]))
        stacked = charts.bars(measures.figures(view, (volume.name,), daily), volume, colours)
        st.altair_chart(stacked, width="stretch")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        _choose_grain(view.length)
        drawn = {name: colours[name] for name in view.channels or colours}
        components.legend({**drawn, _(charts.ALL): charts.ALL_COLOUR})
    # At one age: the last one has had least time to be answered.
    st.caption(_("Points are compared at one age: {aged}.", aged=shown.aged))
    clock = PROMISED_BY[shown.clock]
    promised = {each.channel: float(each.minutes) for each in queries.promises(view) if each.clock == clock}
    left, right = st.columns(2, gap="small")
    with left:
        chart(kpis["promise_kept_rate"], shown.points, colours, {})
    with right:
        chart(shown.median, shown.points, colours, promised)


def chart(kpi: Kpi, points: Sequence[Figures], colours: dict[str, str], promised: Mapping[str, float]) -> None:
    """Draw a figure's lines in a card, with what each channel promises as a dashed one."""
    from app.shared import charts

    with st.container(key=f"card-{kpi.name}"):
        few, every = charts.hidden(points, kpi)
        note = plural(
            "{n} of {all} points hidden: n < {least}",
            "{n} of {all} points hidden: n < {least}",
            few,
            all=fmt.count(every),
            least=kpi.min_n,
        )
        notes = [note] if few else []
        if promised:
            notes.append(_("dashed: what the channel promises"))
        _titled(kpi, "; ".join(notes))
        st.altair_chart(charts.lines(points, kpi, colours, promised), width="stretch")


def _titled(kpi: Kpi, note: str) -> None:
    st.markdown(f"**{kpi.title}** :small[:gray[{note}]]" if note else f"**{kpi.title}**", help=kpi.help)


def _choose_grain(length: int) -> None:
    known = grains(length)
    st.session_state[GRAIN] = grain(length)
    st.segmented_control(
        _("Charts below"),
        known,
        key=GRAIN,
        on_change=_grain_chosen,
        required=True,
        format_func=lambda each: _(GRAIN_NAMES[each]),
    )


def _grain_chosen() -> None:
    st.query_params[GRAIN] = st.session_state[GRAIN]
