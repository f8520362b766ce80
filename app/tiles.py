"""Figures as tiles and as a table: each with its n, its change, and what it means."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from app import look
from app.kpis import COLUMNS, RESPONSE_MEDIAN, RESPONSE_P90, TILES, Change, Kpi, change
from app.rows import Service


def tiles(now: Service, before: Service | None, why: str) -> None:
    """Draw a tile for each headline figure of all channels asked for; `why` there is no period before."""
    with st.container(key="tiles"):
        for kpi in TILES:
            with st.container(key=f"tile-{kpi.column}"):
                st.metric(kpi.label, kpi.text(now), help=kpi.help)
                st.html(_under(kpi, now) + _change(kpi, now, before, why))


def _under(kpi: Kpi, now: Service) -> str:
    words = f"n = {kpi.n(now):,} {kpi.n_words}".strip()
    if kpi.n_column is None:
        words = "in the period"
    if kpi.is_hidden(now):
        return f'<div class="v-under v-hidden" data-testid="n-{kpi.column}">{escape(words)}</div>'
    if kpi is RESPONSE_MEDIAN:
        p90 = f'<span data-testid="value-{RESPONSE_P90.column}">{escape(RESPONSE_P90.text(now))}</span>'
        return f'<div class="v-under" data-testid="n-{kpi.column}">p90 {p90} · {escape(words)}</div>'
    return f'<div class="v-under" data-testid="n-{kpi.column}">{escape(words)}</div>'


def _change(kpi: Kpi, now: Service, before: Service | None, why: str) -> str:
    moved = change(kpi, now, before) if before else Change("", "even", why)
    text = f"<b>{escape(moved.text)}</b>" if moved.text else "<b></b>"
    return (
        f'<div class="v-change v-{moved.mood}" data-testid="change-{kpi.column}">'
        f"{text}<span>{escape(moved.before)}</span></div>"
    )


def table(rows: Sequence[Service], every: tuple[str, ...]) -> None:
    """Draw all figures by channel, the first row being all of them; each with its n under it."""
    heads = "".join(f'<th scope="col" title="{escape(kpi.help)}">{escape(kpi.label)}</th>' for kpi in COLUMNS)
    body = "".join(_row(row, every) for row in rows)
    st.html(
        '<div class="v-scroll"><table class="v-table" data-testid="by-channel">'
        f'<thead><tr><th scope="col">Channel</th>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _row(service: Service, every: tuple[str, ...]) -> str:
    name = look.pill(service.channel, every) if service.channel else "All together"
    cells = "".join(_cell(kpi, service) for kpi in COLUMNS)
    kind = "" if service.channel else ' class="v-all"'
    testid = f"row-{service.channel or 'all'}"
    return f'<tr{kind} data-testid="{escape(testid)}"><th scope="row">{name}</th>{cells}</tr>'


def _cell(kpi: Kpi, service: Service) -> str:
    few = ' class="v-few"' if kpi.is_hidden(service) else ""
    n = "" if kpi.n_column is None or kpi.is_hidden(service) else f"<small>n = {kpi.n(service):,}</small>"
    value = f'<span data-testid="value-{kpi.column}">{escape(kpi.text(service))}</span>'
    return f"<td{few}>{value}{n}</td>"
