"""Where the app starts: its language, its pages, its look, the view they share, and what stands in the way."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app.shared import address, components, filters, language, measures, memory, pool
from app.shared.language import _
from flows.errors import VigieError


def main() -> None:
    """Draw the frame and run the page that was asked for."""
    st.set_page_config(page_title="Vigie", page_icon=str(components.ICON), layout="wide")
    language.choose()
    components.apply()
    # Not in a folder named `pages`: Streamlit would run its files without this one when a copied link is the
    # first that a fresh server sees.
    today = _page("today", _("Today"), ":material/today:", default=True)
    answer = _page("answer", _("To answer"), ":material/forum:")
    of_all_times = [
        _page("customers", _("Customers"), ":material/group:"),
        _page("review", _("Review"), ":material/balance:"),
        _page("sources", _("Data"), ":material/lan:", address="data"),
    ]
    # Links that people kept from before lead on.
    moved = st.Page("answer/moved.py", title=_("To answer"), url_path="conversations", visibility="hidden")
    page = st.navigation([today, answer, *of_all_times, moved])
    widgets = st.sidebar.container()
    language.switch()
    dropped, notice = st.empty(), st.empty()
    with memory.noting_stale() as stale:
        try:
            if page in (today, answer):
                extent = measures.extent()
                # Who waits now waits now, whatever the period.
                has_period = page == today or address.given("tab") == "all"
                with widgets:
                    filters.draw(filters.current(extent), extent, has_period=has_period)
            page.run()
        except pool.NotReadyError as trouble:
            components.not_ready(_(str(trouble)))
        except VigieError as trouble:
            components.trouble(_(str(trouble)))
        finally:
            if left_out := address.notice():
                dropped.html(left_out)
            if stale:
                components.stale(notice, min(stale))


def _page(room: str, title: str, icon: str, *, address: str | None = None, default: bool = False) -> StreamlitPage:
    return st.Page(f"{room}/page.py", title=title, icon=icon, url_path=address or room, default=default)


main()
