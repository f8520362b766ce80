"""The app's own look, and the only door for markup: everything put into it is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.shared import format as fmt
from app.shared.channels import channel_name
from app.shared.language import THIN, _, current
from app.shared.pool import company_zone

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

FOLDER = Path(__file__).parent
LOGO, ICON = FOLDER / "logo.svg", FOLDER / "icon.svg"

# One colour a channel, the same on every page and whatever is filtered; mid tones that stand on light and dark.
CHANNEL_COLOURS = {
    "twitter": "#3f88c5",
    "mastodon": "#8a6fd1",
    "forum": "#d18a2c",
    "mail": "#2a9d8f",
    "reviews": "#d0587e",
}
OTHER_COLOURS = ("#7d9440", "#9c6b4f", "#6c7a92", "#b0629f", "#4b9b5f")


def colours(channels: tuple[str, ...]) -> dict[str, str]:
    """Colour of each of the warehouse's channels, by name where it has one of its own."""
    others = [channel for channel in channels if channel not in CHANNEL_COLOURS]
    return {
        channel: CHANNEL_COLOURS.get(channel)
        or OTHER_COLOURS[(others.index(channel) if channel in others else 0) % len(OTHER_COLOURS)]
        for channel in channels
    }


def apply() -> None:
    """Add the app's style sheet to the page and its logo to the sidebar."""
    st.html(f"<style>{(FOLDER / 'style.css').read_text(encoding='utf-8')}</style>")
    # A screen reader pronounces the page, and a browser offers no translation, by the page's language.
    st.html(
        f'<script>document.documentElement.lang = "{current()}"</script>',
        width="content",
        unsafe_allow_javascript=True,
    )
    st.logo(LOGO.read_text(encoding="utf-8"), size="large")


def pill(channel: str, every: tuple[str, ...]) -> str:
    """Markup of a channel's name with its colour's dot."""
    colour = colours(every).get(channel, OTHER_COLOURS[0])
    return f'<span class="v-pill"><i style="background:{colour}"></i>{escape(channel_name(channel))}</span>'


def legend(colours: dict[str, str]) -> None:
    """Write the names of series with their colours, once for the charts that share them."""
    names = "".join(
        f'<span class="v-pill"><i style="background:{colour}"></i>{escape(channel_name(name))}</span>'
        for name, colour in colours.items()
    )
    st.html(f'<div class="v-legend">{names}</div>', width="content")


def link(url: str | None, words: str) -> str:
    """Markup of a link that opens elsewhere; nothing for an address that is not of the web."""
    if not url or urlsplit(url).scheme not in {"http", "https"}:
        return ""
    return f'<a href="{escape(url)}" target="_blank">{escape(words)}</a>'


def head(title: str, under: str) -> None:
    """Write a page's title and the line that says what the page is about."""
    st.html(f'<header class="v-head"><h1>{escape(title)}</h1><p>{escape(under)}</p></header>')


def section(title: str, under: str = "") -> None:
    """Write a section's title and, beside it, a note."""
    note = f"<span>{escape(under)}</span>" if under else ""
    st.html(f'<div class="v-section"><h2>{escape(title)}</h2>{note}</div>')


def tip(words: str) -> str:
    """Markup of a question mark that tells `words` to a pointer, a finger, a keyboard and a screen reader."""
    said = escape(words)
    return f'<span class="v-tip" tabindex="0" role="note" aria-label="{said}"><b>?</b><span>{said}</span></span>'


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure as a tile; `under` is markup, everything else text. A weak one says why there is no figure."""

    key: str
    label: str
    value: str
    under: str
    help: str = ""
    is_weak: bool = False


def tiles(key: str, row: Sequence[Tile]) -> None:
    """Draw a row of tiles as one piece: a metric of Streamlit's is shown only after its charts have loaded."""
    parts = []
    for tile in row:
        label = escape(tile.label) + (tip(tile.help) if tile.help else "")
        weak = " v-weak" if tile.is_weak else ""
        parts.append(
            f'<div class="v-tile" data-testid="tile-{tile.key}"><div class="v-label">{label}</div>'
            f'<div class="v-value{weak}" data-testid="figure-{tile.key}">{escape(tile.value)}</div>'
            f"{tile.under}</div>"
        )
    st.html(f'<div class="v-tiles" data-testid="tiles-{key}">{"".join(parts)}</div>')


def styled(frame: pd.DataFrame, *moments: str) -> Styler:
    """A frame whose figures and moments read in the reader's language; sorting goes by the values."""
    import pandas as pd  # whoever has a frame has paid for it

    zone = company_zone()

    def written(at: Any) -> str:
        return fmt.NONE if pd.isna(at) else fmt.short(at, zone)

    thousands, decimal = (",", ".") if current() == "en" else (THIN, ",")
    figures = frame.style.format(precision=1, thousands=thousands, decimal=decimal, na_rep=fmt.NONE)
    return figures.format(written, subset=list(moments))


def empty(title: str, markup: str) -> None:
    """Say that there is nothing to show, and what to do; `markup` is the app's own words, never a user's."""
    st.html(f'<div class="v-empty"><b>{escape(title)}</b>{markup}</div>')


def trouble(what: str) -> None:
    """Say what stands in the way, as a person can act on it."""
    said = _(
        "**Vigie cannot read its warehouse:** {what}. Run `vigie up` (or check `VIGIE_DATABASE_URL`), then "
        "`vigie refresh`, and load this page again.",
        what=what,
    )
    st.error(said, icon=":material/database_off:")


def stale(place: DeltaGenerator, at: datetime) -> None:
    """Say of when the rows are that are shown while the warehouse is away."""
    when = fmt.moment(at, company_zone())
    place.warning(_("The warehouse is away for a moment: figures of {when}.", when=when), icon=":material/history:")


def not_ready(what: str) -> None:
    """Say that nothing has been built yet, and how to."""
    asked = _("{what}. Collect a source, then run {command}.")
    markup = escape(asked).format(what=escape(what[:1].upper() + what[1:]), command="<code>vigie refresh</code>")
    empty(_("Nothing to show yet"), markup)
