"""Rows as a CSV file that a spreadsheet opens safely: what a page shows, from the rows it shows."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from app.language import _, current

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


def button(name: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], zone: ZoneInfo) -> None:
    """Draw the button that saves what a table shows; `name` is the file's, and the button's key."""
    st.download_button(
        _("Save as CSV"),
        csv_of(heads, rows, zone),
        file_name=f"vigie-{name}.csv",
        mime="text/csv",
        key=f"csv-{name}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )
