"""A message that was taken for deleted and is read again, unchanged, is alive again: in raw, staging and marts."""

from __future__ import annotations

from flows.records import Tombstone
from tests.helpers.house import STREAM, House, message
from tests.marts.test_customers import messages, said

SEEN = (
    "select message_id, thread_id, direction, body from marts.fct_messages where thread_id = 'board:t' order by 1"
)
WAITS = (
    "select wait_id, opened_at, answered_at, closing_message_id from marts.fct_waits where thread_id = 'board:t'"
)


def test_a_message_that_comes_back_after_its_tombstone_is_where_it_was(warehouse: House) -> None:
    # Given a question and its answer
    messages(warehouse, "board", said("zoe", id="m0", thread="other"))
    asked = message("m1", "Where is my parcel?", site="board", thread="t", posted_at="2026-11-02T09:00:00+00:00")
    answer = message(
        "m2", "On its way", site="board", account="desk", thread="t", posted_at="2026-11-02T10:00:00+00:00",
        parent="m1", author_role_declared="brand",
    )  # fmt: skip
    warehouse.write([asked, answer], source="board")
    warehouse.refresh()
    before = (warehouse.query(SEEN), warehouse.query(WAITS))
    assert [row[0] for row in before[0]] == ["board:m1", "board:m2"]
    assert len(before[1]) == 1

    # When the question is taken for deleted, it and its wait are gone
    warehouse.write(tombstones=[Tombstone(STREAM, "board", "m1", "not found")], source="board")
    warehouse.refresh()
    assert [row[0] for row in warehouse.query(SEEN)] == ["board:m2"]
    assert warehouse.query(WAITS) == []

    # When it is read again, unchanged, all is as it was
    warehouse.write([asked], source="board")
    warehouse.refresh()
    versions = f"select version from raw.{STREAM} where record_id = 'm1' order by version"
    assert warehouse.query(versions) == [(1,), (2,)]
    staged = "select count(*) from staging.stg_messages where message_id = 'board:m1'"
    assert warehouse.query(staged) == [(2,)]
    deleted = "select deleted_at from intermediate.int_messages_latest where message_id = 'board:m1'"
    assert warehouse.query(deleted) == [(None,)]
    assert (warehouse.query(SEEN), warehouse.query(WAITS)) == before
    warehouse.assert_equals_rebuild("back again")
