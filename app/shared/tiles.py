"""Figures as tiles and as a table: each with its n, its change, and what it means."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from app.shared import components
from app.shared import format as fmt
from app.shared.kpi import Change, Figures, Kpi, Kpis, change
from app.shared.language import _

# What stands in a tile beside its figure.
BESIDE = {
    "response_minutes_median": "response_minutes_p90",
    "response_open_minutes_median": "response_open_minutes_p90",
    "csat_rate": "csat_response_rate",
    "nps": "nps_response_rate",
}


def tiles(key: str, kpis: Kpis, names: Sequence[str], now: Figures, *, before: Figures | None, why: str) -> None:
    """Draw a tile for each figure of all channels asked for; `why` there is no period before."""
    components.tiles(
        key,
        [
            components.Tile(
                kpi.name,
                kpi.title,
                kpi.text(now),
                _under(kpi, kpis, now) + _interval(kpi, now) + _change(kpi, now, before, why),
                kpi.help_of(now),
                is_weak=kpi.is_hidden(now),
            )
            for kpi in (kpis[name] for name in names)
        ],
    )


def _under(kpi: Kpi, kpis: Kpis, now: Figures) -> str:
    words = _("in the period") if kpi.is_count else kpi.n_text(now)
    beside = "" if kpi.is_hidden(now) else _beside(kpi, kpis, now)
    return f'<div class="v-under" data-testid="n-{kpi.name}">{beside}{escape(words)}</div>'


def _interval(kpi: Kpi, now: Figures) -> str:
    """Between what the figure lies, 95 times of 100; nothing for a count, or where that is not known."""
    figure = now[kpi.name]
    if figure.low is None or figure.high is None or kpi.is_hidden(now):
        return ""
    said = _("95%: {low} to {high}", low=kpi.write(figure.low), high=kpi.write(figure.high))
    return f'<div class="v-under" data-testid="interval-{kpi.name}">{escape(said)}</div>'


def _beside(kpi: Kpi, kpis: Kpis, now: Figures) -> str:
    if kpi.name == "answered_rate":
        return _aside(now)
    if kpi.name not in BESIDE:
        return ""
    other = kpis[BESIDE[kpi.name]]
    if other.unit == "minutes":
        shown = f'<span data-testid="value-{other.name}">{escape(other.text(now))}</span>'
        return f"{escape(_('9 in 10 within'))} {shown} · "
    share = now[other.name].value
    if share is None:
        return ""
    answered = _("{rate} answered", rate=other.write(share))
    return f'<span data-testid="value-{other.name}">{escape(answered)}</span> · '


def _aside(now: Figures) -> str:
    """What people decided of waits, where they did: the share with answers given elsewhere, the share left out."""
    handled, excluded = now["handled_rate"].value, now["excluded_rate"].value
    said = []
    if handled is not None and handled != now["answered_rate"].value:
        said.append(("handled_rate", _("{rate} with those elsewhere", rate=fmt.rate(handled))))
    if excluded:
        said.append(("excluded_rate", _("{rate} set aside", rate=fmt.rate(excluded))))
    return "".join(f'<span data-testid="value-{name}">{escape(text)}</span> · ' for name, text in said)


def _change(kpi: Kpi, now: Figures, before: Figures | None, why: str) -> str:
    moved = change(kpi, now, before) if before else Change("", "even", why)
    text = f"<b>{escape(moved.text)}</b>" if moved.text else "<b></b>"
    return (
        f'<div class="v-change v-{moved.mood}" data-testid="change-{kpi.name}">'
        f"{text}<span>{escape(moved.before)}</span></div>"
    )


def with_any(kpis: Sequence[Kpi], rows: Sequence[Figures]) -> list[Figures]:
    """The figures of all channels, and those of each channel that has something behind one of these KPIs."""
    return [row for row in rows if row.channel is None or any(row[kpi.name].n for kpi in kpis)]


def table(kpis: Sequence[Kpi], rows: Sequence[Figures], every: tuple[str, ...], testid: str) -> None:
    """Draw figures by channel, the first row being all of them; each with its n under it."""
    heads = "".join(f'<th scope="col" title="{escape(kpi.help)}">{escape(kpi.title)}</th>' for kpi in kpis)
    body = "".join(_row(kpis, row, every) for row in rows)
    st.html(
        f'<div class="v-scroll" tabindex="0"><table class="v-table" data-testid="{testid}"'
        f' style="min-width:{9 + 5.6 * len(kpis):.0f}rem">'
        f'<thead><tr><th scope="col">{escape(_("Channel"))}</th>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(kpis: Sequence[Kpi], row: Figures, every: tuple[str, ...]) -> str:
    name = components.pill(row.channel, every) if row.channel else escape(_("All channels"))
    cells = "".join(_cell(kpi, row) for kpi in kpis)
    kind = "" if row.channel else ' class="v-all"'
    testid = f"row-{row.channel or 'all'}"
    return f'<tr{kind} data-testid="{escape(testid)}"><th scope="row">{name}</th>{cells}</tr>'


def _cell(kpi: Kpi, row: Figures) -> str:
    few = ' class="v-few"' if kpi.is_hidden(row) else ""
    n = "" if kpi.is_count or kpi.is_hidden(row) else f"<small>n = {fmt.count(row[kpi.name].n)}</small>"
    value = f'<span data-testid="value-{kpi.name}">{escape(kpi.text(row))}</span>'
    return f"<td{few}>{value}{n}</td>"


def meanings(kpis: Sequence[Kpi]) -> None:
    """Say what each figure means, where a finger can reach it too."""
    with st.expander(_("What these figures mean"), icon=":material/help:"):
        said = "".join(f"<dt>{escape(kpi.title)}</dt><dd>{escape(kpi.help)}</dd>" for kpi in kpis)
        least = max(kpi.min_n for kpi in kpis)
        few = _(
            "A figure that stands on fewer than {least} is hidden. A dash means that there is none; it is not 0.",
            least=least,
        )
        st.html(f'<dl class="v-means" data-testid="meanings">{said}</dl><p class="v-note">{escape(few)}</p>')
