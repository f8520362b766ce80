"""`vigie status` on a narrow terminal and on a wide one."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from flows.commands.marts import _sources

COUNTS = {"read": 1_234_567, "new": 123_456, "changed": 12_345, "repaired": 1, "rejected": 12}


@pytest.mark.parametrize("width", [60, 80, 200])
def test_nothing_is_cut_whatever_the_terminal_has_room_for(width: int) -> None:
    now = datetime(2026, 11, 30, 9, 3, tzinfo=UTC)
    names = ["petit-journal", "twitter-support-archive-2026-01"]
    rows = [COUNTS | {"source": name, "last_status": "interrupted", "last_run_at": now} for name in names]
    rows = [row | {"newest_message_at": now} for row in rows]
    out = Console(file=io.StringIO(), width=width, highlight=False)

    out.print(_sources(rows, out.width))

    assert isinstance(out.file, io.StringIO)
    said = out.file.getvalue()
    date = f"{now.astimezone():%Y-%m-%d}"
    for name in names:
        assert name in said
    assert (said.count("interrupted"), said.count(date), said.count("1,234,567")) == (2, 4, 2)
    assert "…" not in said
