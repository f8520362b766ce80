"""Channels, the worst first: each figure with its n, its course as a small line, and a way to what it counts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote, urlencode

import streamlit as st

from app.messages import waiting
from app.messages.waiting import OfChannel
from app.shared import components, filters, tiles
from app.shared import format as fmt
from app.shared.kpi import Figures, Kpi, change
from app.shared.language import _
from app.today.shown import Shown

KEPT = "promise_kept_rate"
WIDTH, HEIGHT, EDGE = 120, 28, 3
COLOUR = "#2a9d8f"  # stands on light and dark
# Which conversations each column counts: a state of the tab All.
STATES = {
    KEPT: "due",
    "answered_rate": "asked",
    "response_minutes_median": "answered",
    "response_open_minutes_median": "answered",
    "waits_opened": "asked",
}


def draw(shown: Shown) -> None:
    """Draw the table."""
    columns = [shown.kpis[KEPT], shown.kpis["answered_rate"], shown.median, shown.kpis["waits_opened"]]
    there = [row for row in tiles.with_any(columns, shown.rows) if row.channel]
    if not there:
        return
    components.section(
        _("Channels"), _("the one that keeps its promise least first; a figure opens what it counts")
    )
    heads = [_("Channel"), columns[0].title, _("Over time"), *(kpi.title for kpi in columns[1:]), _("Wait now")]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    waits = {each.channel: each for each in waiting.by_channel(shown.view)}
    body = "".join(_row(row, columns, shown, waits.get(row.channel or "")) for row in sorted(there, key=_worst))
    st.html(
        '<div class="v-scroll" tabindex="0"><table class="v-table v-linked" data-testid="channels">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _worst(row: Figures) -> tuple[bool, float, str]:
    value = row[KEPT].value
    return value is None, value or 0.0, row.channel or ""


def _row(row: Figures, columns: Sequence[Kpi], shown: Shown, waits: OfChannel | None) -> str:
    channel = row.channel or ""
    before = next((each for each in shown.before if each.channel == channel), None)
    cells = [_cell(kpi, row, before if kpi.name == KEPT else None) for kpi in columns]
    course = [_value(columns[0], point) for point in shown.points if point.channel == channel]
    cells.insert(1, f"<td>{spark(course, columns[0].title)}</td>")
    saved = waits.can_be_kept if waits else 0
    where = _link("answer", tab="can_be_kept" if saved else "backlog", channel=quote(channel, safe=""))
    total = f'<a href="{where}" target="_self">{fmt.count(waits.waits if waits else 0)}</a>'
    cells.append(f"<td>{total}<small>{escape(_('{n} can be kept', n=fmt.count(saved)))}</small></td>")
    name = components.pill(channel, shown.extent.channels)
    return f'<tr data-testid="channel-{escape(channel)}"><th scope="row">{name}</th>{"".join(cells)}</tr>'


def _value(kpi: Kpi, point: Figures) -> float | None:
    return None if kpi.is_hidden(point) else point[kpi.name].value


def _cell(kpi: Kpi, row: Figures, before: Figures | None) -> str:
    if kpi.is_hidden(row) or row[kpi.name].value is None:
        return f'<td class="v-few">{escape(kpi.text(row))}</td>'
    n = "" if kpi.is_count else f"<small>n = {fmt.count(row[kpi.name].n)}</small>"
    moved = change(kpi, row, before) if before else None
    # Coloured only where chance does not explain it.
    told = f'<small class="v-{moved.mood}">{escape(moved.text)}</small>' if moved and moved.text else ""
    where = _link("answer", tab="all", state=STATES[kpi.name], channel=quote(row.channel or "", safe=""))
    return f'<td><a href="{where}" target="_self">{escape(kpi.text(row))}</a>{n}{told}</td>'


def _link(page: str, **parameters: str) -> str:
    return escape(f"{page}?" + urlencode(filters.link() | parameters))


def spark(values: Sequence[float | None], title: str) -> str:
    """Markup of a share's course from 0 to 100 %: a gap stays a gap, the last point is marked."""
    if sum(value is not None for value in values) < 2:
        return ""
    step = (WIDTH - 2 * EDGE) / max(1, len(values) - 1)
    pieces: list[list[str]] = [[]]
    last = ""
    for place, value in enumerate(values):
        if value is None:
            pieces.append([])
            continue
        x, y = EDGE + place * step, EDGE + (1 - value) * (HEIGHT - 2 * EDGE)
        pieces[-1].append(f"{x:.1f},{y:.1f}")
        last = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"></circle>'
    lines = "".join(f'<polyline points="{" ".join(piece)}"></polyline>' for piece in pieces if len(piece) > 1)
    known = [value for value in values if value is not None]
    first, final = fmt.rate(known[0]), fmt.rate(known[-1])
    said = _("{title}: from {first} to {last}", title=title, first=first, last=final)
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<g fill="none" stroke="{COLOUR}" stroke-width="1.6" stroke-linejoin="round">{lines}</g>'
        f'<g fill="{COLOUR}">{last}</g></svg>'
    )
    # As a picture: Streamlit takes drawings out of markup, and their numbers alone stand in it.
    return (
        f'<img class="v-spark" width="{WIDTH}" height="{HEIGHT}" alt="{escape(said)}"'
        f' src="data:image/svg+xml,{quote(drawn)}">'
    )
