"""Input of the benchmarks: an archive multiplied to a size, every copy with ids of its own."""

from __future__ import annotations

import csv
from pathlib import Path

from flows.settings import PROJECT

SHIPPED = PROJECT / "flows" / "sources" / "examples" / "tilleul.csv"
OWN_IDS = ("id", "account", "thread", "parent")


def multiply(target: Path, rows: int, first_copy: int = 0, source: Path = SHIPPED) -> int:
    """Write `rows` rows to `target`, copy after copy of the shipped archive; returns the next free copy."""
    with source.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        header = list(reader.fieldnames or [])
        originals = list(reader)
    copy, written = first_copy, 0
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        while written < rows:
            for row in originals[: rows - written]:
                own = {name: f"{row[name]}-{copy}" for name in OWN_IDS if row[name]}
                writer.writerow(row | own | {"handle": f"{row['handle']}{copy}", "body": f"{row['body']} ({copy})"})
            written += min(len(originals), rows - written)
            copy += 1
    return copy
