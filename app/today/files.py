"""What Today shows as files: its figures and their course, from the rows it shows."""

from __future__ import annotations

from collections.abc import Sequence

from app.shared import export, pool
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
        cell: list[export.Cell] = [row.first, row.last, row.channel or _("All channels")]
        for kpi in kpis:
            figure = row[kpi.name]
            cell += [None if kpi.is_hidden(row) else figure.value, *([] if kpi.is_count else [figure.n])]
        cells.append(cell)
    export.button(f"{name}-{view.first}-{view.last}", heads, cells, pool.company_zone())
