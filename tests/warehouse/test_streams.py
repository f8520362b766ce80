"""What refresh sees to before it reads the streams by their block range indexes."""

from __future__ import annotations

import os

from tests.helpers.house import House

UNSUMMARIZED = "select brin_summarize_new_values('raw.files__messages_batch_id_idx')"


def test_a_refresh_summarizes_what_a_load_appended(warehouse: House) -> None:
    """The load itself asks the server for nothing: it would ask for more than the server keeps in mind."""
    asking = "select relname::text from pg_class where 'autosummarize=on' = any(reloptions)"
    assert warehouse.query(asking) == []
    row = {"account": "ann", "posted_at": "2026-11-01T10:00:00Z"}
    warehouse.load_rows([row | {"id": str(n), "body": os.urandom(400).hex()} for n in range(400)])
    assert warehouse.value("select pg_relation_size('raw.files__messages') / 8192") > 32

    warehouse.refresh()

    assert warehouse.query(UNSUMMARIZED) == [(0,)]
