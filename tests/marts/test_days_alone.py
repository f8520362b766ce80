"""What is known by its day alone: an export without times gives no minutes from midnight, and loses nothing."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.house import House

STATUSES = """
name: closed-days
version: 1
description: d
stream: statuses
id: [thread, status, at]
fields:
  thread: thread
  status: status
  at: {column: at, time: "%d/%m/%Y", zone: Europe/Paris}
"""


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_a_day_alone_is_no_midnight(warehouse: House) -> None:
    messages = """\
id,account,channel,thread,parent,role,posted_at
q1,ann,mail,t1,,,2026-03-02
a1,desk,mail,t1,q1,brand,2026-03-02T15:00:00+01:00
q2,bob,mail,t2,,,2026-03-02T09:00:00+01:00
"""
    ratings = """\
id,channel,kind,value,account,rated_at
1,mail,csat,5,ann,2026-03-31
2,mail,nps,9,ann,31 March 2026
"""
    warehouse.load(write(warehouse.folder, "messages.csv", messages), name="desk")
    warehouse.load(write(warehouse.folder, "ratings.csv", ratings), name="survey", mapping="ratings")
    mapping = write(warehouse.folder, "closed-days.yaml", STATUSES)
    for name, rows in (
        ("first", "t2,resolved,02/03/2026\n"),
        ("later", "t2,open,03/03/2026\nt2,resolved,04/03/2026\n"),
    ):
        file = write(warehouse.folder, f"{name}.csv", f"thread,status,at\n{rows}")
        warehouse.load(file, name=f"desk.{name}", site="desk", mapping=str(mapping))
    warehouse.refresh()

    columns = "opening_message_id, closing_kind, response_minutes, minutes_missing, promise_kept"
    assert warehouse.query(f"select {columns} from marts.fct_waits order by 1") == [
        ("desk:q1", "answer", None, "day precision", None),
        ("desk:q2", "desk", None, "resolved unanswered", False),
    ]
    # Resolved on a day is resolved when it ends: what was asked on it was asked before.
    columns = "day::text, resolution_minutes, reopened_at is not null"
    assert warehouse.query(f"select {columns} from marts.fct_resolutions where how = 'status' order by 1") == [
        ("2026-03-02", None, True), ("2026-03-04", None, False)
    ]  # fmt: skip
    assert warehouse.query("select distinct day::text from marts.fct_ratings") == [("2026-03-31",)]
    warehouse.assert_equals_rebuild()
