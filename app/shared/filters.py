"""The period, channels and panels that pages share: the URL and the widgets always say the same."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app.shared import address, language
from app.shared import format as fmt
from app.shared.channels import channel_name, channel_names
from app.shared.language import _, plural
from app.shared.measures import Extent
from app.shared.period import DEFAULT_DAYS, EARLIEST, LATEST, PRESETS, View, day_of, listed, of_url, preset

VIEW = "view"
FIRST, LAST, DAYS = "view_first", "view_last", "view_days"
CHANNELS, PANELS = "view_channels", "view_panels"
PAGE_OF_LIST = "page"


def current(extent: Extent) -> View:
    """The view of this run: what the URL says, else what this session last looked at, else the last 30 days."""
    usual: View = st.session_state.get(VIEW) or View(*preset(DEFAULT_DAYS, extent.last))
    view = _there(of_url(st.query_params, replace(usual, channels=(), panels=())) or usual, extent)
    _tell_left_out(view)
    remember(view)
    return view


def _there(view: View, extent: Extent) -> View:
    """The view without the channels and panels that no message is of: nought of nothing would read as calm."""
    channels = tuple(channel for channel in view.channels if channel in extent.channels)
    panels = tuple(panel for panel in view.panels if panel in extent.panels)
    return replace(view, channels=channels, panels=panels)


def _tell_left_out(view: View) -> None:
    """Note what the URL asks for and the view does not have."""
    for name in ("from", "to"):
        wanted = address.given(name)
        if wanted and day_of(wanted) is None:
            address.leave_out(name, wanted)
    for name, known in (("channel", view.channels), ("panel", view.panels)):
        for wanted in listed(address.given(name)):
            if wanted not in known:
                address.leave_out(name, wanted)


def remember(view: View) -> None:
    """Keep a view for the pages to come, and put it into the URL, so that its copy opens the same."""
    st.session_state[VIEW] = view
    wanted = view.parameters
    for name in ("channel", "panel"):
        if name in st.query_params and name not in wanted:
            del st.query_params[name]
    for name, value in wanted.items():
        if st.query_params.get(name) != value:
            st.query_params[name] = value


def draw(view: View, extent: Extent, *, has_period: bool = True) -> None:
    """Draw the widgets, set to the view; using one changes the view and the URL."""
    # Setting the state before each draw lets the URL drive; the callbacks let the widgets drive the URL.
    st.session_state[CHANNELS], st.session_state[PANELS] = list(view.channels), list(view.panels)
    if has_period:
        _draw_period(view, extent)
    st.pills(
        _("Channels"),
        sorted(extent.channels),
        selection_mode="multi",
        format_func=channel_name,
        key=CHANNELS,
        on_change=_tags_chosen,
        help=_("None chosen: all channels."),
    )
    panels = sorted(extent.panels, key=str.lower)
    if panels:
        st.pills(
            _("Source groups"),
            panels,
            selection_mode="multi",
            key=PANELS,
            on_change=_tags_chosen,
            help=_("Sources that carry one of these tags. None chosen: all sources, those without a tag too."),
        )


def _draw_period(view: View, extent: Extent) -> None:
    st.session_state[FIRST], st.session_state[LAST] = view.first, view.last
    st.session_state[DAYS] = next(
        (days for days in PRESETS if preset(days, extent.last) == (view.first, view.last)), None
    )
    st.segmented_control(
        _("Period"),
        PRESETS,
        format_func=lambda days: plural("{n} day", "{n} days", days),
        key=DAYS,
        on_change=_preset_chosen,
        args=(extent,),
        help=_("Ends on the last day that has messages, {day}.", day=fmt.day(extent.last)),
        width="stretch",
    )
    st.date_input(
        _("From"),
        key=FIRST,
        on_change=_days_chosen,
        args=(FIRST,),
        format="DD/MM/YYYY",
        min_value=EARLIEST,
        max_value=LATEST,
    )
    st.date_input(
        _("To"),
        key=LAST,
        on_change=_days_chosen,
        args=(LAST,),
        format="DD/MM/YYYY",
        min_value=EARLIEST,
        max_value=LATEST,
    )


def _changed(view: View) -> None:
    st.query_params.pop(PAGE_OF_LIST, None)
    remember(view)


def _preset_chosen(extent: Extent) -> None:
    days = st.session_state[DAYS]
    view: View = st.session_state[VIEW]
    if days:
        first, last = preset(days, extent.last)
        _changed(replace(view, first=first, last=last))


def _days_chosen(changed: str) -> None:
    view: View = st.session_state[VIEW]
    first = st.session_state[FIRST] or view.first
    last = st.session_state[LAST] or view.last
    if first > last:
        first = last = st.session_state[changed]
    _changed(replace(view, first=first, last=last))


def _tags_chosen() -> None:
    channels, panels = (tuple(st.session_state.get(name) or ()) for name in (CHANNELS, PANELS))
    _changed(replace(st.session_state[VIEW], channels=channels, panels=panels))


def link(**parameters: str) -> dict[str, str]:
    """The URL's parameters of a link to another page: the view, the language, and what is to be opened there."""
    view: View | None = st.session_state.get(VIEW)
    return (view.parameters if view else {}) | language.parameters() | parameters


def about(view: View) -> str:
    """The view in words: its days, its channels and its panels."""
    named = channel_names(view.channels) or _("all channels")
    panels = _("source group {groups}", groups=", ".join(view.panels)) if view.panels else ""
    return " · ".join(filter(None, (fmt.days(view.first, view.last), named, panels)))
