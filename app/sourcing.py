"""How a source stands, in words and as a table: what failed, was interrupted, is silent or waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from app import format as fmt
from app.kpi import ENOUGH, Mood
from app.language import SPACE, _, later, number, plural
from app.rows import Source

SILENT_AFTER = timedelta(days=7)
STATUSES = {
    "running": later("running"),
    "done": later("done"),
    "failed": later("failed"),
    "interrupted": later("interrupted"),
    "abandoned": later("abandoned"),
    "never": later("never ran"),
    "silent": later("silent"),
}
BAD = ("failed", "interrupted")
HEADS = (
    later("Source"),
    later("State"),
    later("Last run"),
    later("Read"),
    later("Rejected"),
    later("Messages"),
    later("Freshness"),
)


@dataclass(frozen=True, slots=True)
class State:
    """A source's state: its key, and whether somebody should look."""

    key: str
    mood: Mood


def state(source: Source, now: datetime) -> State:
    """Failed and interrupted come first; silent is a run that went well, with no message newer than a week."""
    status = source.last_status or "never"
    if status in BAD or status == "never":
        return State(status, "bad")
    newest = source.newest_message_at
    if status != "running" and (newest is None or now - newest > SILENT_AFTER):
        return State("silent", "bad")
    return State(status, "even" if status == "running" else "good")


def said(status: str) -> str:
    """A status in the reader's language; one that the app doesn't know, as it is."""
    return _(STATUSES.get(status, status))


def table(sources: Sequence[Source], zone: ZoneInfo, now: datetime) -> str:
    """Markup of all sources, those that need somebody first."""
    heads = "".join(f'<th scope="col">{escape(_(head))}</th>' for head in HEADS)
    ordered = sorted(sources, key=lambda source: (state(source, now).mood != "bad", source.source.lower()))
    rows = "".join(_row(source, zone, now) for source in ordered)
    return (
        '<div class="v-scroll"><table class="v-table v-sources" data-testid="sources">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(source: Source, zone: ZoneInfo, now: datetime) -> str:
    stands = state(source, now)
    about = " · ".join(dict.fromkeys(filter(None, (source.type, source.site, source.owner))))
    waiting = source.pages_waiting or 0
    waits = plural("{n} page waits for the refresh", "{n} pages wait for the refresh", waiting) if waiting else ""
    ran = fmt.short(source.last_run_at, zone) if source.last_run_at else fmt.NONE
    took = ""
    if source.last_run_at and source.last_finished_at:
        took = _("took {time}", time=_duration((source.last_finished_at - source.last_run_at).total_seconds()))
    newest = source.newest_message_at
    cells = (
        _cell(said(stands.key), waits, f"v-{stands.mood}"),
        _cell(ran, took),
        _cell(fmt.count(source.records_read), _new(source)),
        _cell(fmt.count(source.records_rejected), "", "v-bad" if source.records_rejected else ""),
        _cell(fmt.count(source.messages), _("newest {when}", when=fmt.short(newest, zone)) if newest else ""),
        _cell(*freshness(source)),
    )
    row = (
        f'<tr data-testid="source-{escape(source.source)}"><th scope="row">{escape(source.source)}'
        f"<small>{escape(about)}</small></th>{''.join(cells)}</tr>"
    )
    if not source.last_error:
        return row
    return f'{row}<tr class="v-error"><td colspan="7">{escape(fmt.line(source.last_error, 400))}</td></tr>'


def _cell(text: str, under: str = "", kind: str = "") -> str:
    small = f"<small>{escape(under)}</small>" if under else ""
    return f'<td class="{kind}"><span>{escape(text)}</span>{small}</td>'


def _duration(seconds: float) -> str:
    return f"{number(seconds, 1)}{SPACE}s" if seconds < 60 else fmt.minutes(seconds / 60)


def _new(source: Source) -> str:
    counts = (
        (source.records_new, later("new {n}")),
        (source.records_changed, later("changed {n}")),
        (source.records_repaired, later("repaired {n}")),
    )
    return " · ".join(_(words, n=fmt.count(n)) for n, words in counts if n)


def freshness(source: Source) -> tuple[str, str]:
    """Median and p95 of the time from posted to visible, with n; hidden below five."""
    n = source.freshness_n or 0
    if n == 0:
        return fmt.NONE, ""
    if n < ENOUGH:
        return _("too few: n = {n}", n=n), ""
    slow = fmt.minutes(source.freshness_minutes_p95)
    return fmt.minutes(source.freshness_minutes_median), f"p95 {slow} · n = {fmt.count(n)}"
