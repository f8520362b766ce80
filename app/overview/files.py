"""What the overview shows as files: its figures, their course and the open waits, from the rows it shows."""

from __future__ import annotations

from collections.abc import Sequence

from app.overview import queries
from app.shared import export, memory, pool
from app.shared import format as fmt
from app.shared.kpi import Figures, Kpi
from app.shared.language import _
from app.shared.period import View


def figures(name: str, kpis: Sequence[Kpi], rows: Sequence[Figures], view: View) -> None:
    """Draw the button that saves figures of spans of days; one that stands on too few is left empty."""
    heads = [_("From"), _("To"), _("Channel")]
    for kpi in kpis:
        heads += [f"{kpi.title} ({kpi.name})", *([] if kpi.is_count else [f"n ({kpi.name})"])]
    cells: list[list[export.Cell]] = []
    for row in rows:
        cell: list[export.Cell] = [row.first, row.last, row.channel or _("All together")]
        for kpi in kpis:
            figure = row[kpi.name]
            cell += [None if kpi.is_hidden(row) else figure.value, *([] if kpi.is_count else [figure.n])]
        cells.append(cell)
    export.button(f"{name}-{view.first}-{view.last}", heads, cells, pool.company_zone())


def open_waits(view: View) -> None:
    """Draw the button that saves the open waits of the period, those that the list has no place for too."""
    heads = [_("Customer"), _("Channel"), _("Opened"), _("Promise due"), _("What waits"), "conversation_id"]

    def rows() -> list[list[export.Cell]]:
        return [
            [
                wait.who, wait.channel, wait.opened_at, wait.promise_due_at, fmt.subject(wait),
                wait.conversation_id,
            ]
            for wait in memory.every(queries.open_waits)(view, None)
        ]  # fmt: skip

    export.button(f"open-waits-{view.first}-{view.last}", heads, rows, pool.company_zone())
