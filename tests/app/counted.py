"""Waits counted from the archive's rows in plain Python, knowing nothing of SQL: what the tiles must agree with."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
AGENTS = {"nora_tilleul", "hugo_tilleul"}
MENTION = re.compile(r"(?:^|[^\w@])@((\w+)(?:[.-]\w+)*)")


@dataclass(slots=True)
class Waited:
    day: date
    channel: str
    opened: datetime
    answered: datetime | None = None


def _mentioned(row: dict[str, str]) -> set[str]:
    return {name.lower() for pair in MENTION.findall(row["body"]) for name in pair}


def _thread(row: dict[str, str], rows: dict[str, dict[str, str]]) -> str:
    while not row.get("thread") and row.get("parent") in rows:
        row = rows[row["parent"]]
    return row.get("thread") or row.get("parent") or row["id"]


def _is_for(
    answer: dict[str, str], account: str, thread: list[dict[str, str]], rows: dict[str, dict[str, str]]
) -> bool:
    """To the nearest customer above and to whom it names; with neither to all; to the only one always."""
    if len({row["account"] for row in thread if _role(row) == "customer"}) == 1:
        return True
    above = rows.get(answer.get("parent") or "")
    while above and _role(above) != "customer":
        above = rows.get(above.get("parent") or "")
    mentioned = _mentioned(answer)
    named = {
        row["account"]
        for row in thread
        if _role(row) == "customer" and mentioned & {row["account"].lower(), row["handle"].lower()}
    }
    if above:
        named.add(above["account"])
    return account in named or not named


def _role(row: dict[str, str]) -> str:
    return row["role"] or ("brand" if row["handle"].lower() in AGENTS else "customer")


def waits(files: Iterable[Path]) -> list[Waited]:
    """Every wait of the archive: opened by a customer's message, closed by the next human answer to them."""
    rows: dict[str, dict[str, str]] = {}
    for file in files:
        with file.open(encoding="utf-8", newline="") as opened:
            rows |= {row["id"]: row for row in csv.DictReader(opened)}
    threads = defaultdict(list)
    for row in rows.values():
        threads[_thread(row, rows)].append(row)
    found = []
    for thread in threads.values():
        thread.sort(key=lambda row: datetime.fromisoformat(row["posted_at"]))
        for account in {row["account"] for row in thread if _role(row) == "customer"}:
            found += _of(account, thread, rows)
    return found


def _of(account: str, thread: list[dict[str, str]], rows: dict[str, dict[str, str]]) -> list[Waited]:
    found: list[Waited] = []
    for row in thread:
        now = datetime.fromisoformat(row["posted_at"])
        if row["account"] == account and _role(row) == "customer":
            if not found or found[-1].answered:
                found.append(Waited(now.astimezone(PARIS).date(), row["channel"], now))
        elif found and not found[-1].answered and _role(row) == "brand" and _is_for(row, account, thread, rows):
            found[-1].answered = now
    return found
