"""What a company says of itself in seeds is tested when it, or a rule, changes, before any figure is made of it."""

from __future__ import annotations

from flows.errors import RefreshError
from flows.warehouse.database import Connection
from flows.warehouse.refresh.dbt import Dbt

# Tests of seeds alone: what models make of them is not there yet.
TESTS = ("test", "--select", "resource_type:seed", "--indirect-selection", "cautious")
SHOWN = 3


def check(connection: Connection, session: Dbt, target: str | None) -> None:
    """Run dbt's tests of the seeds; RefreshError says which rows break which rule, and the old figures stay."""
    found = session.run(*TESTS, target=target).found
    if found:
        told = [f"{name.replace('_', ' ')}: {_rows(connection, query)}" for name, query in sorted(found.items())]
        raise RefreshError(
            f"the seeds in dbt_project/seeds do not hold, figures stay as they were. {'. '.join(told)}"
        )


def _rows(connection: Connection, query: str) -> str:
    """Rows that a test found, as `column value`; what is empty is left out."""
    cursor = connection.execute(query.encode())
    names = [column.name for column in cursor.description or ()]
    rows = [
        ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True) if value is not None)
        for row in cursor.fetchmany(SHOWN + 1)
    ]
    return "; ".join(rows[:SHOWN]) + ("; and more" if len(rows) > SHOWN else "")
