"""A list beside what is read in it: words to search for, pages, and one row open. The URL holds all three."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.shared import address, components
from app.shared.language import _

if TYPE_CHECKING:
    import pandas as pd


class Counted(Protocol):
    """A row that knows how many rows the list has in all."""

    @property
    def total(self) -> int:
        """Rows of all pages."""


Row = TypeVar("Row", bound=Counted)
PAGE = 50
WORDS, POSITION = "q", "page"


def words() -> str:
    """The words of the URL; the search box is set to them."""
    given = address.given(WORDS)[:200]
    st.session_state[WORDS] = given
    return given


def search(place: DeltaGenerator, label: str, placeholder: str, help: str | None = None) -> None:
    """Draw the search box."""
    place.text_input(
        label,
        key=WORDS,
        on_change=update_url,
        args=(WORDS, ""),
        max_chars=200,
        icon=":material/search:",
        placeholder=placeholder,
        help=help,
    )


def update_url(name: str, usual: str) -> None:
    """Put what a widget says into the URL, unless it is the usual; the list begins at its first page again."""
    st.query_params.pop(POSITION, None)
    value = (st.session_state[name] or "").strip()
    if value and value != usual:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def found(read: Callable[[int, int], list[Row]]) -> tuple[int, list[Row]]:
    """The page that the URL asks for, with its rows; one that is not there is the first. `read(limit, offset)`."""
    given = address.given(POSITION) or "1"
    position = max(1, int(given)) if given.isdecimal() and len(given) < 7 else 1
    rows = read(PAGE, (position - 1) * PAGE)
    if not rows and position > 1:
        position, rows = 1, read(PAGE, 0)
    if given != str(position):
        address.leave_out(POSITION, given)
        st.query_params.pop(POSITION, None)
    return position, rows


@contextmanager
def head(said: str) -> Iterator[None]:
    """Draw what the list holds; what is drawn inside stands at the line's end."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.html(f'<div class="v-note" data-testid="found">{escape(said)}</div>', width="content")
        yield


def table(
    frame: pd.DataFrame,
    ids: Sequence[str],
    *,
    parameter: str,
    key: str,
    moment: str,
    columns: dict[str, Any],
    only_wide: Sequence[str] = (),
    forgotten: Sequence[str] = (),
) -> None:
    """Draw the rows; choosing one puts its id into the URL as `parameter`, and takes the `forgotten` out.

    Columns named in `only_wide` are shown only while nothing is read beside the list.
    """
    opened = address.given(parameter)
    rows = [ids.index(opened)] if opened in ids else []
    # The row follows the URL: a link that opens one selects its row, closing it lets go.
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.dataframe(
        components.styled(frame, moment),
        hide_index=True,
        key=key,
        on_select=lambda: _chosen(key, ids, parameter, forgotten),
        # A click on any cell opens its row; the box before the row does too, and closes it.
        selection_mode=["single-row", "single-cell"],
        height=min(640, 38 * (len(ids) + 1) + 2),
        row_height=38,
        column_order=[name for name in columns if not (opened and name in only_wide)],
        column_config=columns,
    )


def _chosen(key: str, ids: Sequence[str], parameter: str, forgotten: Sequence[str]) -> None:
    selection = st.session_state[key]["selection"]
    rows = [row for row, _column in selection["cells"]] or selection["rows"]
    close(*forgotten, *(() if rows else (parameter,)))
    if rows:
        st.query_params[parameter] = ids[rows[0]]


def close(*parameters: str) -> None:
    """Take what was open out of the URL."""
    for parameter in parameters:
        st.query_params.pop(parameter, None)


def pages(total: int, position: int) -> None:
    """Draw the way to the other pages, where there are any."""
    count = -(-total // PAGE)
    if count > 1:
        key = f"{POSITION}-{position}"
        st.pagination(count, default=position, key=key, on_change=_turned, args=(key,))


def _turned(key: str) -> None:
    st.query_params[POSITION] = str(st.session_state[key])


def halves(*, is_reading: bool) -> list[DeltaGenerator]:
    """The list's place, the whole width while nothing is read, and the reader's, which comes first on a phone."""
    if not is_reading:
        return [st.container(), st.empty()]
    with st.container(key="split-reading"):
        return list(st.columns([5, 6], gap="medium"))


@contextmanager
def reading(key: str, markup: str, *parameters: str) -> Iterator[None]:
    """Draw the card of what is read, with its head and a way to close it; its body is drawn inside."""
    with st.container(key=f"card-{key}"):
        with st.container(horizontal=True, vertical_alignment="top", wrap=False):
            st.html(markup)
            st.button(
                _("Close"), icon=":material/close:", key="close", on_click=close, args=parameters, type="tertiary"
            )
        yield
