"""A message that was taken for deleted and is read again, unchanged, is alive again: in raw, staging and marts."""

from __future__ import annotations

from tests.helpers.house import STREAM, House, message

SEEN = "select message_id, thread_id, direction, body, conversation_id from marts.fct_messages order by message_id"
WAITS = "select wait_id, opened_at, answered_at, closing_message_id from marts.fct_waits order by wait_id"


def test_a_message_that_comes_back_after_its_tombstone_is_where_it_was(warehouse: House) -> None:
    asked = message("m1", "Where is my parcel?", account="ann", thread="t", posted_at="2026-03-02T09:00:00Z")
    said = message(
        "m2", "On its way", account="desk", thread="t", posted_at="2026-03-02T10:00:00Z", parent="m1",
        author_role_declared="brand",
    )  # fmt: skip
    warehouse.write([asked, said])
    warehouse.refresh()
    before = (warehouse.query(SEEN), warehouse.query(WAITS))
    assert [row[0] for row in before[0]] == ["archive:m1", "archive:m2"]
    assert len(before[1]) == 1

    warehouse.remove("m1")
    warehouse.refresh()
    assert [row[0] for row in warehouse.query(SEEN)] == ["archive:m2"]
    assert warehouse.query(WAITS) == []

    warehouse.write([asked])
    warehouse.refresh()
    versions = f"select version from raw.{STREAM} where record_id = 'm1' order by version"
    assert warehouse.query(versions) == [(1,), (2,)]
    assert warehouse.query("select count(*) from staging.stg_files__messages where message_id = 'archive:m1'") == [
        (2,)
    ]
    deleted = "select deleted_at from intermediate.int_messages_latest where message_id = 'archive:m1'"
    assert warehouse.query(deleted) == [(None,)]
    assert (warehouse.query(SEEN), warehouse.query(WAITS)) == before
    warehouse.assert_equals_rebuild("back again")
