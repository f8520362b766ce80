"""What comes in: every source and how it stands, its last runs, what was rejected and why, how fresh it is."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from app.shared import address, components, export, measures, memory, pool
from app.shared import format as fmt
from app.shared.language import N_, _, plural
from app.shared.measures import Refresh
from app.sources import alarms, parts, queries
from app.sources.queries import Rejected, Run, Source

RUNS = 50
SOURCE = "source"
REASONS = (
    N_("missing column"), N_("damaged row"), N_("wrong number of cells"), N_("damaged JSON"),
    N_("not an object"), N_("no list"), N_("wrong shape"), N_("gone"), N_("date in the future"),
)  # fmt: skip
MEANINGS = (
    (N_("State"), N_("How the source's last run ended, and its alarms.")),
    (
        N_("Silent"),
        N_(
            "Nothing new for more than twice as long as usual. What is usual is the source's own: the longest "
            "pauses of the last four weeks in which it had news."
        ),
    ),
    (
        N_("Gap"),
        N_("Something lies between what was read and what was read before, and could not be reached."),
    ),
    (
        N_("Layout changed"),
        N_("A page came that no longer looks as it did: nothing could be read from it."),
    ),
    (
        N_("Interrupted"),
        N_("The run was stopped before its end; the next goes on where it stopped."),
    ),
    (
        N_("Pages waiting"),
        N_("Collected, and not yet in the figures: the next refresh takes them."),
    ),
    (
        N_("Read"),
        N_("Records of all runs so far: new, changed since they were last read, or repaired."),
    ),
    (
        N_("Rejected"),
        N_("Records that could not be read; they are kept with the reason, and nothing else stops."),
    ),
    (
        N_("Text unreadable"),
        N_(
            "Messages that somebody wrote and whose text cannot be read: encrypted mails, winmail.dat, "
            "invitations. They wait for an answer like others; open them in a mail program."
        ),
    ),
    (
        N_("Dated ahead"),
        N_(
            "Messages dated more than a day after they were read: a clock or a mapping is wrong. They are kept, "
            "and in no figure until their source corrects them."
        ),
    ),
    (
        N_("Freshness"),
        N_(
            "From a message being posted to being visible here: median and p95 in calendar minutes, over the "
            "messages (n) that were collected while they were new."
        ),
    ),
)


def draw() -> None:
    """Draw the page."""
    sources = queries.sources()
    components.head(_("Data"), _refreshed(measures.last_refresh()))
    if not sources:
        components.empty(_("No source yet"), _("Collect one, and it stands here with its runs."))
        return
    _summary(sources)
    board = alarms.board(sources, pool.company_zone())
    if board:
        components.section(_("Alarms"), _("what happened, and what to do"))
        st.html(board)
    components.section(
        _("Sources"), _("those that need somebody first; times in {zone}", zone=pool.company_zone().key)
    )
    st.html(parts.table(sources, pool.company_zone()))
    _sources_file(sources)
    with st.expander(_("What these figures mean"), icon=":material/help:"):
        said = "".join(f"<dt>{escape(_(word))}</dt><dd>{escape(_(meaning))}</dd>" for word, meaning in MEANINGS)
        st.html(f'<dl class="v-means" data-testid="meanings">{said}</dl>')
    _rejects(queries.rejects())
    _runs([source.source for source in sources])


def _refreshed(refresh: Refresh | None) -> str:
    if refresh is None:
        return _("never refreshed")
    zone = pool.company_zone()
    status = parts.said(refresh.status)
    when = refresh.finished_at or refresh.started_at
    told = _("last refresh: {status}", status=status) + (f", {fmt.moment(when, zone)}" if when else "")
    if refresh.as_of:
        told += " · " + _("figures as of {when}", when=fmt.moment(refresh.as_of, zone))
    return f"{told} · {fmt.line(refresh.error, 300)}" if refresh.error else told


def _summary(sources: list[Source]) -> None:
    raised = [alarm for source in sources for alarm in source.alarms or []]
    waiting = sum(source.pages_waiting or 0 for source in sources)
    rejected = sum(source.records_rejected or 0 for source in sources)
    counts = (
        ("failed", raised.count("failed"), _("Failed or cut off")),
        ("layout-changed", raised.count("layout-changed"), _("Layout changed")),
        ("gap", raised.count("gap"), _("Gaps")),
        ("silent", raised.count("silent"), _("Silent")),
        ("waiting", waiting, _("Pages waiting")),
        ("rejected", rejected, _("Rejected")),
    )
    of = plural("of {n} source", "of {n} sources", len(sources))
    under = {"waiting": _("over all sources"), "rejected": _("over all runs")}
    components.tiles(
        "data",
        [
            components.Tile(key, label, fmt.count(n), f'<div class="v-under">{escape(under.get(key, of))}</div>')
            for key, n, label in counts
        ],
    )


def _sources_file(sources: list[Source]) -> None:
    heads = [
        _("Source"), _("Type"), _("Site"), _("Panels"), _("Policy"), _("State"), _("Alarms"),
        _("Last run"), _("Finished"), _("Read"), _("New"),
        _("Changed"), _("Unchanged"), _("Repaired"), _("Rejected"), _("Pages waiting"), _("Messages"),
        _("Text unreadable"), _("Dated ahead"),
        _("Newest message"), "freshness_n", "freshness_minutes_median", "freshness_minutes_p95", _("Error"),
    ]  # fmt: skip
    rows: list[list[export.Cell]] = [
        [
            each.source, each.type, each.site, ", ".join(each.panel or []), parts.policy(each),
            parts.said(each.last_status or "never"), ", ".join(map(alarms.said, alarms.raised(each))),
            each.last_run_at, each.last_finished_at, each.records_read, each.records_new, each.records_changed,
            each.records_unchanged, each.records_repaired, each.records_rejected, each.pages_waiting, each.messages,
            each.messages_unreadable, each.messages_dated_ahead,
            each.newest_message_at, each.freshness_n, each.freshness_minutes_median, each.freshness_minutes_p95,
            each.last_error,
        ]
        for each in sources
    ]  # fmt: skip
    export.button("sources", heads, rows, pool.company_zone())


def _rejects(rejects: list[Rejected]) -> None:
    total = sum(each.records for each in rejects)
    components.section(
        _("Rejected"), plural("{n} record, by source and reason", "{n} records, by source and reason", total)
    )
    if not rejects:
        components.empty(_("Nothing was rejected"), _("Every record that was read could be used."))
        return
    zone = pool.company_zone()
    parts = []
    for each in rejects:
        last = _("last {when}", when=fmt.short(each.last_at, zone))
        examples = "".join(f"<li><code>{escape(example)}</code></li>" for example in each.examples)
        parts.append(
            f'<details data-testid="reject"><summary><b>{escape(each.source)}</b> '
            f"<span>{escape(_(each.reason))}</span> <b>{fmt.count(each.records)}</b> <small>{escape(last)}</small>"
            f"</summary><p>{escape(_('Examples:'))}</p><ul>{examples}</ul></details>"
        )
    st.html(f'<div class="v-rejects" data-testid="rejects">{"".join(parts)}</div>')
    heads = [_("Source"), _("Reason"), _("Records"), _("Last"), _("Examples")]
    rows: list[list[export.Cell]] = [
        [each.source, _(each.reason), each.records, each.last_at, " | ".join(each.examples)] for each in rejects
    ]
    export.button("rejects", heads, rows, zone)


def _runs(names: list[str]) -> None:
    components.section(_("Last runs"), _("the latest first, {n} at most", n=RUNS))
    chosen = address.choice(SOURCE, names, "") or None
    st.session_state[SOURCE] = chosen
    st.selectbox(
        _("Source"),
        names,
        index=None,
        key=SOURCE,
        placeholder=_("All sources"),
        on_change=_source_chosen,
        width=320,
    )
    runs = queries.runs(chosen, RUNS)
    if not runs:
        components.empty(_("No run yet"), _("A source that was never collected has none."))
        return
    heads = {
        "source": _("Source"), "status": _("State"), "started": _("Started"), "seconds": _("Seconds"),
        "pages": _("Pages"), "read": _("Read"), "new": _("New"), "changed": _("Changed"),
        "unchanged": _("Unchanged"), "repaired": _("Repaired"), "rejected": _("Rejected"), "error": _("Error"),
    }  # fmt: skip
    st.dataframe(
        components.styled(_frame(runs), "started"),
        hide_index=True,
        row_height=36,
        height=min(520, 36 * (len(runs) + 1) + 3),
        column_config={name: st.column_config.Column(head) for name, head in heads.items()},
    )

    def rows() -> list[list[export.Cell]]:
        return [list(_values(run).values()) for run in memory.every(queries.runs)(chosen, None)]

    export.button("runs", list(heads.values()), rows, pool.company_zone())


def _source_chosen() -> None:
    if st.session_state[SOURCE]:
        st.query_params[SOURCE] = st.session_state[SOURCE]
    else:
        st.query_params.pop(SOURCE, None)


def _ended(run: Run) -> str:
    """How a run ended; one that went well and brought nothing says so."""
    if run.status == "done" and not run.read:
        return _("done, nothing came")
    if run.status == "done" and not (run.new or run.changed):
        return _("done, nothing new")
    return parts.said(run.status)


def _values(run: Run) -> dict[str, export.Cell]:
    return {
        "source": run.source, "status": _ended(run), "started": run.started_at,
        "seconds": None if run.seconds is None else round(run.seconds, 1), "pages": run.pages, "read": run.read,
        "new": run.new, "changed": run.changed, "unchanged": run.unchanged, "repaired": run.repaired,
        "rejected": run.rejected, "error": fmt.line(run.error, 300),
    }  # fmt: skip


def _frame(runs: list[Run]) -> pd.DataFrame:
    frame = pd.DataFrame([_values(run) for run in runs])
    frame["started"] = pd.to_datetime([run.started_at for run in runs], utc=True)
    return frame


draw()
