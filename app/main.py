"""Where the app starts: its language, its pages, its look, the view they share, and what stands in the way."""

from __future__ import annotations

import streamlit as st

from app import address, data, filters, language, look
from app.language import _
from flows.errors import VigieError


def main() -> None:
    """Draw the frame and run the page that was asked for."""
    st.set_page_config(page_title="Vigie", page_icon=str(look.ICON), layout="wide")
    language.choose()
    look.apply()
    # Not in a folder named `pages`: Streamlit would run its files without this one when a copied link is the
    # first that a fresh server sees.
    of_a_period = [
        st.Page("screens/overview.py", title=_("Overview"), icon=":material/monitoring:", default=True),
        st.Page("screens/conversations.py", title=_("Conversations"), icon=":material/forum:"),
    ]
    of_all_times = [
        st.Page("screens/customers.py", title=_("Customers"), icon=":material/group:"),
        st.Page("screens/sources.py", title=_("Data"), icon=":material/lan:", url_path="data"),
    ]
    page = st.navigation([*of_a_period, *of_all_times])
    widgets = st.sidebar.container()
    language.switch()
    dropped, notice = st.empty(), st.empty()
    with data.noting_stale() as stale:
        try:
            if page in of_a_period:
                extent = data.extent()
                with widgets:
                    filters.draw(filters.current(extent), extent)
            page.run()
        except data.NotReadyError as trouble:
            look.not_ready(_(str(trouble)))
        except VigieError as trouble:
            look.trouble(_(str(trouble)))
        finally:
            if left_out := address.notice():
                dropped.html(left_out)
            if stale:
                look.stale(notice, min(stale))


main()
