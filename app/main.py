"""Where the app starts: its pages, its look, the view they share, and what it says when there is none."""

from __future__ import annotations

import streamlit as st

from app import data, filters, look
from flows.errors import VigieError

# Not in a folder named `pages`: Streamlit would run its files without this one when a copied link is the first
# that a fresh server sees.
PAGES = {
    "": [
        st.Page("screens/overview.py", title="Overview", icon=":material/monitoring:", default=True),
        st.Page("screens/conversations.py", title="Conversations", icon=":material/forum:"),
    ],
}


def main() -> None:
    """Draw the frame and run the page that was asked for."""
    st.set_page_config(page_title="Vigie", page_icon=str(look.ICON), layout="wide")
    look.apply()
    page = st.navigation(PAGES)
    try:
        extent = data.extent()
        view = filters.current(extent)
        filters.sidebar(view, extent)
        page.run()
    except data.NotReadyError as trouble:
        look.empty(
            "Nothing to show yet",
            f"{str(trouble).capitalize()}. Collect a source, then run <code>vigie refresh</code>.",
        )
    except VigieError as trouble:
        look.trouble(str(trouble))


main()
