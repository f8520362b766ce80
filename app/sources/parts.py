"""How a source stands, in words and as a table: its state and alarms, what it read, what may be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from zoneinfo import ZoneInfo

from app.shared import format as fmt
from app.shared.kpi import Mood
from app.shared.language import N_, SPACE, _, number, plural
from app.sources import alarms
from app.sources.queries import Source

ENOUGH = 5  # below it a delay is not shown
STATUSES = {
    "running": N_("running"),
    "done": N_("done"),
    "rejects": N_("done, with rejects"),
    "failed": N_("failed"),
    "interrupted": N_("interrupted"),
    "abandoned": N_("abandoned"),
    "never": N_("never ran"),
}
BAD = ("failed", "interrupted")
HEADS = (
    N_("Source"),
    N_("State"),
    N_("Last run"),
    N_("Read"),
    N_("Rejected"),
    N_("Messages"),
    N_("Freshness"),
)


def mood(source: Source) -> Mood:
    """Whether somebody should look: what failed, never ran, raises an alarm or knows nobody of ours is bad."""
    status = source.last_status or "never"
    if source.alarms or source.knows_nobody or status in BAD or status == "never":
        return "bad"
    return "even" if status == "running" else "good"


def said(status: str) -> str:
    """A status in the reader's language; one that the app doesn't know, as it is."""
    return _(STATUSES.get(status, status))


def policy(source: Source) -> str:
    """What may be done with what the source reads, where it is less than everything."""
    limits = (
        _("accounts are not joined") if source.can_join is False else "",
        _("texts are not shown") if source.show_text is False else "",
        plural("shown for {n} day", "shown for {n} days", source.keep_days) if source.keep_days else "",
    )
    return " · ".join(filter(None, limits))


def table(sources: Sequence[Source], zone: ZoneInfo) -> str:
    """Markup of all sources, those that need somebody first."""
    heads = "".join(f'<th scope="col">{escape(_(head))}</th>' for head in HEADS)
    ordered = sorted(sources, key=lambda source: (mood(source) != "bad", source.source.lower()))
    rows = "".join(_row(source, zone) for source in ordered)
    return (
        '<div class="v-scroll" tabindex="0"><table class="v-table v-sources" data-testid="sources">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(source: Source, zone: ZoneInfo) -> str:
    about = " · ".join(dict.fromkeys(filter(None, (source.type, source.site, source.owner))))
    waiting = source.pages_waiting or 0
    waits = plural("{n} page waits for the refresh", "{n} pages wait for the refresh", waiting) if waiting else ""
    ran = fmt.short(source.last_run_at, zone) if source.last_run_at else fmt.NONE
    took = ""
    if source.last_run_at and source.last_finished_at:
        took = _("took {time}", time=_duration((source.last_finished_at - source.last_run_at).total_seconds()))
    newest = source.newest_message_at
    came = _("newest {when}", when=fmt.short(newest, zone)) if newest else ""
    unreadable = source.messages_unreadable or 0
    unread = _("text unreadable {n}", n=fmt.count(unreadable)) if unreadable else ""
    dated_ahead = source.messages_dated_ahead or 0
    ahead = _("dated ahead {n}", n=fmt.count(dated_ahead)) if dated_ahead else ""
    nobody = ""
    if source.knows_nobody:
        nobody = _(
            "nobody of the company is known on {site}: every answer counts as a customer's",
            site=source.site or source.source,
        )
    # A failed run is an alarm and a status: it is said once.
    status = source.last_status or "never"
    stands = [said(status), *(alarms.said(each) for each in alarms.raised(source) if each != "failed")]
    tags = "".join(f'<span class="v-tag">{escape(tag)}</span>' for tag in source.panel or [])
    limits = policy(source)
    under = f"<small>{escape(about)}</small>{tags}" + (f"<small>{escape(limits)}</small>" if limits else "")
    cells = (
        _cell(" · ".join(stands), " · ".join(filter(None, (waits, nobody))), f"v-{mood(source)}"),
        _cell(ran, took),
        _cell(fmt.count(source.records_read), _new(source)),
        _cell(fmt.count(source.records_rejected), "", "v-bad" if source.records_rejected else ""),
        _cell(fmt.count(source.messages), " · ".join(filter(None, (came, unread, ahead)))),
        _cell(*freshness(source)),
    )
    return (
        f'<tr data-testid="source-{escape(source.source)}"><th scope="row">{escape(source.source)}'
        f"{under}</th>{''.join(cells)}</tr>"
    )


def _cell(text: str, under: str = "", kind: str = "") -> str:
    small = f"<small>{escape(under)}</small>" if under else ""
    return f'<td class="{kind}"><span>{escape(text)}</span>{small}</td>'


def _duration(seconds: float) -> str:
    return f"{number(seconds, 1)}{SPACE}s" if seconds < 60 else fmt.minutes(seconds / 60)


def _new(source: Source) -> str:
    counts = (
        (source.records_new, N_("new {n}")),
        (source.records_changed, N_("changed {n}")),
        (source.records_repaired, N_("repaired {n}")),
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
