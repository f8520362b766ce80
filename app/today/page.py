"""What to do today, then how we are doing: what matters first, everything else one click behind it."""

from __future__ import annotations

import streamlit as st

from app.shared import address, components, filters, measures, tiles
from app.shared import format as fmt
from app.shared.language import N_, _, plural
from app.shared.period import View
from app.today import channels, more, now, trends
from app.today.shown import CLOCKS, MEDIAN, P90, RATES, Clock, Shown

CLOCK = "clock"
CLOCK_NAMES: dict[Clock, str] = {
    "calendar": N_("Calendar"),
    "open": N_("Opening hours"),
}
SERVICE = ("waits_opened", *MEDIAN.values(), *P90.values(), *RATES)
BESIDE = ("handled_rate", "excluded_rate", "csat_response_rate", "nps_response_rate")
ALL_FIGURES = (*SERVICE, *more.LATER, *more.SATISFACTION, *more.SAID, *BESIDE)


def draw() -> None:
    """Draw the page."""
    extent = measures.extent()
    view = filters.current(extent)
    # Days before the data begin are a gap, not calm: there is nothing to compare with.
    former = view.before if view.before.first >= extent.first else None
    # The first figure is asked for before anything is drawn: where the marts lack one, none is shown.
    kpis = measures.kpis()
    rows = measures.figures(view, ALL_FIGURES)
    before = measures.figures(former, ALL_FIGURES, age=measures.age(view)) if former else []
    components.head(_("Today"), now.fresh())
    now.draw(view, extent)
    with st.container(horizontal=True, vertical_alignment="bottom", key="head-figures"):
        components.section(_("How we are doing"), _about(view, former))
        clock = _clock()
    points = measures.figures(view, SERVICE, trends.grain(view.length), measures.age(view))
    why = _("data begin {day}", day=fmt.day(extent.first))
    shown = Shown(view, extent, kpis, clock, rows, before, points, why, _aged(view))
    main = ("promise_kept_rate", "answered_rate", shown.median.name, "waits_opened", "csat_rate")
    tiles.tiles("service", kpis, main, shown.now, before=shown.former, why=why)
    channels.draw(shown)
    trends.draw(shown)
    more.draw(shown)


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


draw()
