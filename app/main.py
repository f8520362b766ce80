"""Where the app starts: its language, its pages, its look, the view they share, and what stands in the way."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app.shared import access, address, components, filters, language, measures, memory, pool, signing
from app.shared.access import FORMER, ROOMS, Reader, Room
from app.shared.language import N_, _
from flows.errors import VigieError

TITLES: dict[Room, tuple[str, str]] = {
    "today": (N_("Today"), ":material/today:"),
    "answer": (N_("To answer"), ":material/forum:"),
    "customers": (N_("Customers"), ":material/group:"),
    "review": (N_("Review"), ":material/balance:"),
    "sources": (N_("Data"), ":material/lan:"),
}


def main() -> None:
    """Draw the frame and run the page that was asked for, where it is the reader's."""
    st.set_page_config(page_title="Vigie", page_icon=str(components.ICON), layout="wide")
    language.choose()
    components.apply()
    reader = access.reader()
    if reader is None:
        _instead(signing.ask)
    elif not reader.rooms:
        _instead(partial(signing.refused, reader))
        signing.stand(reader)
    else:
        _pages(reader)


def _instead(draw: Callable[[], None]) -> None:
    """Draw one thing whatever page is asked for."""
    st.navigation([_aside("start", draw, default=True), *(_aside(room, draw) for room in ROOMS)]).run()
    language.switch()


def _pages(reader: Reader) -> None:
    # Not in a folder named `pages`: Streamlit would run its files without this one when a copied link is the
    # first that a fresh server sees.
    pages = {room: _page(room) for room in reader.rooms}
    others = [_aside(room, partial(signing.refused, reader)) for room in ROOMS if room not in pages]
    if "today" not in pages:
        others.append(_aside("start", partial(st.switch_page, next(iter(pages.values()))), default=True))
    if "answer" in pages:
        others.append(st.Page("answer/moved.py", title=_("To answer"), url_path=FORMER, visibility="hidden"))
    page = st.navigation([*pages.values(), *others])
    widgets = st.sidebar.container()
    language.switch()
    signing.stand(reader)
    dropped, notice = st.empty(), st.empty()
    with memory.noting_stale() as stale:
        try:
            if page in {pages.get("today"), pages.get("answer")}:
                extent = measures.extent()
                # Who waits now waits now, whatever the period.
                has_period = page == pages.get("today") or address.given("tab") == "all"
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


def _page(room: Room) -> StreamlitPage:
    title, icon = TITLES[room]
    path = access.ADDRESSES.get(room, room)
    return st.Page(f"{room}/page.py", title=_(title), icon=icon, url_path=path, default=room == "today")


def _aside(room: str, draw: Callable[[], None], *, default: bool = False) -> StreamlitPage:
    """A page at a room's address that draws something else, and stands in no list."""
    path = access.ADDRESSES.get(room, room)
    return st.Page(draw, title="Vigie", url_path=path, default=default, visibility="hidden")


main()
