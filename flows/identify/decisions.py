"""What people decided about pairs of accounts: the last word on a pair stands, an undo takes one row back."""

from __future__ import annotations

from collections.abc import Iterable

from flows.identify.contract import Decision


def standing(decisions: Iterable[Decision]) -> list[Decision]:
    """Decisions that stand, newest first. An undo that is itself undone takes nothing back."""
    rows = sorted(decisions, key=lambda d: (d.decided_at, d.decision_id), reverse=True)
    undone: set[str] = set()
    last: dict[tuple[str, str], Decision] = {}
    for row in rows:
        if row.decision_id in undone:
            continue
        if row.what == "undo":
            undone.add(row.undoes)
            continue
        pair = (min(row.left, row.right), max(row.left, row.right))
        if pair[0] != pair[1]:
            last.setdefault(pair, row)
    return sorted(last.values(), key=lambda d: (d.decided_at, d.decision_id), reverse=True)
