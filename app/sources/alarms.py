"""What needs somebody, source by source: each alarm with what happened and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from zoneinfo import ZoneInfo

from app.shared import format as fmt
from app.shared.language import N_, _
from app.sources.queries import Source

# As `marts.source_health` names them, the gravest first.
NAMES = {
    "failed": N_("failed"),
    "layout-changed": N_("layout changed"),
    "gap": N_("gap"),
    "silent": N_("silent"),
}
TO_DO = {
    "failed": N_(
        "Look at the run in Prefect. Once the cause is gone, run the source again: it goes on where it stopped."
    ),
    "layout-changed": N_(
        "The pages are kept among what was rejected. Adapt the source or its mapping, then collect again: nothing "
        "comes in until then."
    ),
    "gap": N_(
        "Collect the period again while the site still gives it ({command}), and let the source run more often."
    ),
    "silent": N_(
        "Open the source's address by hand: has it moved, does it refuse us, are the credentials still good? If it "
        "is only quiet, nothing is lost."
    ),
}


def raised(source: Source) -> list[str]:
    """A source's alarms, the gravest first; one that the app doesn't know comes last."""
    known = list(NAMES)
    return sorted(source.alarms or [], key=lambda alarm: known.index(alarm) if alarm in known else len(known))


def said(alarm: str) -> str:
    """An alarm in the reader's language."""
    return _(NAMES.get(alarm, alarm))


def board(sources: Sequence[Source], zone: ZoneInfo) -> str:
    """Markup of all alarms of all sources; empty where there is none."""
    cards = [_card(source, alarm, zone) for source in sources for alarm in raised(source)]
    return f'<div class="v-alarms" data-testid="alarms">{"".join(cards)}</div>' if cards else ""


def _card(source: Source, alarm: str, zone: ZoneInfo) -> str:
    to_do = escape(_(TO_DO.get(alarm, "")))
    if alarm == "gap":
        command = f"vigie collect {source.source} --since … --until …"
        to_do = to_do.format(command=f"<code>{escape(command)}</code>")
    owner = f"<small>{escape(_('looked after by {owner}', owner=source.owner))}</small>" if source.owner else ""
    return (
        f'<article class="v-alarm" data-testid="alarm-{escape(source.source)}-{escape(alarm)}">'
        f"<header><b>{escape(source.source)}</b><span>{escape(said(alarm))}</span>{owner}</header>"
        f"<p>{escape(_what(source, alarm, zone))}</p><p>{to_do}</p></article>"
    )


def _what(source: Source, alarm: str, zone: ZoneInfo) -> str:
    """What happened, and when."""
    when = {
        "failed": source.last_run_at,
        "gap": source.last_gap_at,
        "layout-changed": source.last_layout_change_at,
        "silent": source.silent_since,
    }.get(alarm)
    at = fmt.short(when, zone) if when else fmt.NONE
    if alarm == "failed":
        if source.last_status == "interrupted":
            return _("The run of {when} was cut off.", when=at)
        return _("The run of {when} failed: {why}", when=at, why=fmt.line(source.last_error, 300) or fmt.NONE)
    if alarm == "gap":
        return _("Could not be reached, said on {when}: {gap}", when=at, gap=fmt.line(source.last_gap, 300))
    if alarm == "layout-changed":
        return _("On {when} a page came that no longer looks as it did; nothing could be read from it.", when=at)
    if alarm == "silent":
        usual = fmt.minutes(source.usual_gap_minutes)
        return _("Nothing new since {when}; usually something comes within {usual}.", when=at, usual=usual)
    return ""
