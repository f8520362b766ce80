"""What a run did, as a page a person can read: Prefect artifacts of collect and refresh."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING

from prefect.artifacts import create_markdown_artifact

from flows.warehouse.collecting import RunReport
from flows.warehouse.refresh.run import RefreshReport

if TYPE_CHECKING:
    from flows.identify.selfcheck import Checked

SLOWEST = 5


def _table(rows: dict[str, object], head: tuple[str, str]) -> str:
    lines = [f"| {head[0]} | {head[1]} |", "|---|--:|"]
    lines += [
        f"| {name} | {value:,} |" if isinstance(value, int) else f"| {name} | {value} |"
        for name, value in rows.items()
    ]
    return "\n".join(lines)


def collect_markdown(report: RunReport) -> str:
    """Describe a run of a source: pages, and what became of the records."""
    table = _table({"pages": report.pages, **asdict(report.counts)}, ("records", "number"))
    note = ""
    if report.counts.rejected:
        note = "\n\nRejected records are kept with their reason in `raw.rejects`: `vigie status` counts them."
    notes = "".join(f"\n- {said}" for said in report.notes)
    return f"# {report.source}\n\n{table}{note}\n{notes}\n"


def refresh_markdown(reports: list[RefreshReport]) -> str:
    """Describe a refresh: pages claimed, rows, keys touched, seconds by stage, the slowest models."""
    if not reports:
        return "# Nothing to do\n\nNo page was unclaimed and no promise had fallen due.\n"
    parts = []
    for report in reports:
        what = "everything" if report.is_full else "touched keys"
        slowest = sorted(report.nodes.items(), key=lambda item: -item[1])[:SLOWEST]
        parts += [
            f"# Refresh {report.refresh_id}: {what}",
            _table({"pages claimed": report.batches, **report.rows}, ("collected", "number")),
            _table(dict(report.touched), ("touched", "keys")) if report.touched else "",
            _table(dict(report.stages), ("stage", "seconds")),
            "\n".join(f"- {one.told}" for one in report.understood),
            _table(asdict(report.identified), ("customers made out", "number")) if report.identified else "",
            _table({name: round(seconds, 3) for name, seconds in slowest}, ("slowest models", "seconds")),
        ]
    return "\n\n".join(part for part in parts if part) + "\n"


def check_markdown(checked: Checked) -> str:
    """Describe a check of identity: pairs that hidden values joined, and what the rest made of them."""
    if not checked.hidden:
        return "# Nothing to hide\n\nNo two accounts are one customer by a certain value alone.\n"
    share = checked.found / checked.hidden
    figures = {
        "joined by hidden values alone": checked.hidden,
        "found without them": checked.found,
        "a person would be asked": checked.asked,
        "denied by a rule": checked.denied,
        "not seen": checked.hidden - checked.found - checked.asked - checked.denied,
    }
    parts = [
        f"# {share:.0%} of the certain pairs are found without what makes them certain",
        _table(dict(figures), ("pairs", "number")),
    ]
    if checked.examples:
        rows = "\n".join(f"| `{one}` | `{other}` | {rule} |" for one, other, rule in checked.examples)
        denied = "A rule denied these, and a certain value joins them: one of the two is wrong."
        parts += [
            denied + " `vigie customer explain` tells why.",
            f"| account | and | rule |\n|---|---|---|\n{rows}",
        ]
    return "\n\n".join(parts) + "\n"


def check_artifact(checked: Checked) -> None:
    """Show a check of identity on its page in Prefect."""
    create_markdown_artifact(key="check-identity", markdown=check_markdown(checked), description="Customers")


def collect_artifact(report: RunReport) -> None:
    """Show a run of a source on its page in Prefect."""
    key = "collect-" + re.sub(r"[^a-z0-9]+", "-", report.source)
    create_markdown_artifact(key=key.strip("-"), markdown=collect_markdown(report), description=report.source)


def refresh_artifact(reports: list[RefreshReport]) -> None:
    """Show a refresh on its page in Prefect."""
    create_markdown_artifact(key="refresh", markdown=refresh_markdown(reports), description="Marts")
