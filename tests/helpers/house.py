"""A warehouse under test: import files into it, refresh it, look at every row of its tables."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from psycopg import sql

from flows.records import Page, Record, Reject, Tombstone
from flows.settings import Settings
from flows.sources.files import FilesConfig
from flows.sources.registry import open_source
from flows.warehouse.collecting import run_source
from flows.warehouse.database import Connection, connect
from flows.warehouse.load import Counts, write_page
from flows.warehouse.refresh.run import RefreshReport, refresh

NOW = datetime(2026, 11, 21, tzinfo=UTC)
STREAM = "files__messages"
FROM_SEEDS = {"intermediate.int_openings_counted"}
# Ids of customers are drawn; tests name them by who belongs to them.
DRAWN = re.compile(r"\bc_[0-9a-f]{16}\b")
CUSTOMER_NAMES = """
    select customer_id, coalesce(min(node_id collate "C") filter (where not is_crm), min(node_id collate "C"))
    from identity.memberships group by customer_id
"""
Rows = Counter[str]


@dataclass
class House:
    """A warehouse and a folder for the files that a test makes."""

    settings: Settings
    folder: Path
    as_of: datetime = NOW
    _connection: Connection | None = field(default=None, repr=False)

    @property
    def connection(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self.settings)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def config(self, path: Path | str, **options: Any) -> FilesConfig:
        given = {"name": "archive", "mapping": "messages", "again": True} | options
        return FilesConfig(path=str(path), **given)

    def load(self, path: Path | str, **options: Any) -> Counts:
        """Import a file: `options` are those of FilesConfig."""
        config = self.config(path, **options)
        return run_source(self.connection, config, open_source(config)).counts

    def load_rows(self, rows: Iterable[Mapping[str, Any]], **options: Any) -> Counts:
        """Import rows of the `messages` mapping through a CSV file."""
        columns = {"id": 0, "account": 0, "channel": 0, "posted_at": 0}
        rows = [{"channel": "twitter", **row} for row in rows]
        for row in rows:
            columns |= dict.fromkeys(row, 0)
        file = self.folder / f"rows-{uuid4().hex}.csv"
        with file.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, list(columns), restval="")
            writer.writeheader()
            writer.writerows(rows)
        return self.load(file, **options)

    def write(
        self,
        records: Iterable[Record] = (),
        *,
        tombstones: Iterable[Tombstone] = (),
        rejects: Iterable[Reject] = (),
        source: str = "archive",
        **page: Any,
    ) -> Counts:
        """Commit one page by hand."""
        made = Page(list(records), page.pop("cursor", {"at": 1}), list(rejects), list(tombstones), **page)
        return write_page(self.connection, source, uuid4(), 1, made)

    def remove(self, *record_ids: str, site: str = "archive") -> None:
        """Find records gone."""
        moment = "2026-11-20T10:00:00+00:00"
        self.write(tombstones=[Tombstone(STREAM, site, i, "gone", moment) for i in record_ids])

    def correct(self, message_id: str, task: str, value: str | None) -> None:
        """Let a person say what a message says, or take that back."""
        self.connection.execute(
            "insert into decisions.labels (message_id, task, value, decided_by) values (%s, %s, %s, 'Nora Essai')",
            (message_id, task, value),
        )

    def reading(self, understand: str = "rules", **more: Any) -> House:
        """The same house, whose texts are understood by analysers of these names."""
        self.settings = self.settings.model_copy(update={"understand": understand, **more})
        return self

    def refresh(self, *, full: bool = False, as_of: datetime | None = None) -> list[RefreshReport]:
        return refresh(self.settings, as_of=as_of or self.as_of, full=full)

    def query(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(text.encode(), values or None).fetchall()

    def named(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows sorted, each id of a customer as its least account, else its least row of the CRM."""
        names = dict(self.query(CUSTOMER_NAMES))
        rows = (tuple(names.get(cell, cell) for cell in row) for row in self.query(text, *values))
        return sorted(rows, key=lambda row: [str(cell) for cell in row])

    def value(self, text: str, *values: Any) -> Any:
        return self.query(text, *values)[0][0]

    def tables(self, *schemas: str) -> list[str]:
        """Names of all tables of some schemas."""
        found = self.query(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_schema = any(%s) and table_type = 'BASE TABLE' order by 1",
            list(schemas),
        )
        return [name for (name,) in found]

    def rows(self, table: str, names: Mapping[str, str] | None = None) -> Rows:
        """Every row of a table as text, with how often it stands there; ids of runs are random and left out.

        Drawn ids that `names` has are written as these: two warehouses draw other ids for the same customers.
        """
        schema, name = table.split(".")
        columns = self.query(
            "select column_name from information_schema.columns where table_schema = %s and table_name = %s"
            " and column_name <> 'run_id' order by ordinal_position",
            schema,
            name,
        )
        shown = sql.SQL(", ").join(sql.Identifier(column) for (column,) in columns)
        asked = sql.SQL("select t::text from (select {} from {}) as t").format(shown, sql.Identifier(schema, name))
        found = self.connection.execute(asked).fetchall()
        return Counter(DRAWN.sub(lambda drawn: (names or {}).get(drawn[0], drawn[0]), text) for (text,) in found)

    def built(self, *, named: bool = False) -> dict[str, Rows]:
        """Every row of every table that dbt builds; `named`, customers are called by who belongs to them."""
        names = dict(self.query(CUSTOMER_NAMES)) if named else None
        return {
            table: self.rows(table, names)
            for table in self.tables("intermediate", "marts")
            if table not in FROM_SEEDS
        }

    def assert_equals_rebuild(self, what: str = "") -> dict[str, Rows]:
        """The marts as they stand equal those built from nothing, row by row."""
        incremental = self.built()
        self.refresh(full=True)
        rebuilt = self.built()
        assert_same_rows(incremental, rebuilt, what)
        return rebuilt


def differences(left: dict[str, Rows], right: dict[str, Rows], most: int = 4) -> list[str]:
    """Readable differences of two sets of tables, none when they are equal."""
    found = [f"tables differ: {sorted(left.keys() ^ right.keys())}"] if left.keys() != right.keys() else []
    for table in sorted(left.keys() & right.keys()):
        for sign, rows in (("-", left[table] - right[table]), ("+", right[table] - left[table])):
            shown = [f"{table} {sign} {text[:300]}" for text in sorted(rows)[:most]]
            more = len(rows) - len(shown)
            found += shown + ([f"{table} {sign} and {more} more"] if more > 0 else [])
    return found


def assert_same_rows(left: dict[str, Rows], right: dict[str, Rows], what: str = "") -> None:
    found = differences(left, right)
    assert not found, "\n".join([what, "- stands only in the first, + only in the second", *found])


def message(record_id: str, body: str = "", *, site: str = "archive", **mapped: Any) -> Record:
    """A record as the files source makes it, with the least a message needs."""
    counters = mapped.pop("counters", None)
    values = {"account": "ann", "channel": "twitter", "posted_at": "2026-11-01T10:00:00+00:00", "body": body}
    payload = {"mapping": "test@1", "row": {"id": record_id}, "mapped": values | mapped}
    return Record.of(STREAM, site, record_id, payload, counters=counters)
