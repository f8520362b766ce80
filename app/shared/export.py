"""Rows as a CSV file that a spreadsheet opens safely: all rows of what a page shows a part of."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from app.shared import access
from app.shared.language import _, current, use

FORMULA = tuple("=+-@\t\r＝＋－＠")
Cell = str | int | float | date | datetime | None


def safe(cell: Cell, zone: ZoneInfo) -> str:
    """Write a cell as text; one that a spreadsheet would run as a formula gets an apostrophe before it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, int | float):
        text = f"{cell:.4f}".rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)
        return text if current() == "en" else text.replace(".", ",")
    text = str(cell)
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA) or text.startswith(("\t", "\r")) else text


def csv_of(heads: Sequence[str], rows: Sequence[Sequence[Cell]], zone: ZoneInfo) -> bytes:
    """A file that Excel opens by double click in the reader's language: UTF-8, semicolons in French."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";" if current() == "fr" else ",", lineterminator="\r\n")
    writer.writerow(safe(head, zone) for head in heads)
    writer.writerows([safe(cell, zone) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


Rows = Sequence[Sequence[Cell]] | Callable[[], Sequence[Sequence[Cell]]]


def button(name: str, heads: Sequence[str], rows: Rows, zone: ZoneInfo) -> None:
    """Draw the button that saves every row; `name` is the file's, and the button's key.

    `rows` as a function are read when the button is pressed: a list's file has all its pages.
    """
    spoken, claims = current(), access.claims()

    def made() -> bytes:
        use(spoken)  # the file is written in a thread of its own
        with access.reading_as(claims):
            access.require()
            return csv_of(heads, rows() if callable(rows) else rows, zone)

    st.download_button(
        _("Save as CSV"),
        made,
        file_name=f"vigie-{name}.csv",
        mime="text/csv",
        key=f"csv-{name}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )
