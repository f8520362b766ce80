"""Work grows with what is new: an incremental build looks touched records up, it does not read what is stored."""

from __future__ import annotations

from flows.warehouse import refreshes
from tests.dbt.conftest import dbt
from tests.helpers.house import NOW, House

STORED, NEW = 20_000, 10


def rows(first: int, count: int) -> list[dict[str, str]]:
    return [
        {
            "id": f"m{i}",
            "account": f"customer{i % 500}",
            "posted_at": f"2026-10-{1 + i % 30:02d}T10:{i % 60:02d}:00+00:00",
            "body": f"message {i} @desk",
        }
        for i in range(first, first + count)
    ]


def test_touched_records_are_found_by_the_raw_key(warehouse: House) -> None:
    warehouse.load_rows(rows(0, STORED))
    warehouse.refresh(full=True)
    warehouse.load_rows(rows(STORED, NEW))
    warehouse.connection.execute("analyze raw.files__messages")
    claim = refreshes.begin(warehouse.connection, NOW)
    assert claim and not claim.is_full
    try:
        dbt(warehouse).run("compile", "--select", "int_messages_latest")
        target = warehouse.settings.home_path / "dbt" / "target" / "compiled"
        query = next(target.rglob("int_messages_latest.sql")).read_text()
        plan = "\n".join(line for (line,) in warehouse.query(f"explain {query}"))
    finally:
        refreshes.finish(warehouse.connection, claim, {}, "only looked at")

    assert "Index Scan using files__messages_pkey" in plan, plan
    assert "Seq Scan on files__messages" not in plan, plan
