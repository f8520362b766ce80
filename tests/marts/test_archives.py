"""Answered rates and response times of review pages and of a support forum equal those found in plain Python."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.helpers.house import House
from tests.helpers.kpis import ALWAYS, of_period, values
from tests.marts import reference
from tests.marts.reference import Message

STAFF = {"owenwengerd", "fred_tomke", "bazzacad", "kerry brown", "roy_043"}  # one also writes as BazzaCAD


def read_keytrade(path: Path) -> list[Message]:
    reviews = {review["id"]: review for review in json.loads(path.read_text(encoding="utf-8"))}
    found = []
    for key, review in reviews.items():
        posted_at = datetime.fromisoformat(review["dates"]["publishedDate"])
        found.append(
            Message(key, review["consumer"]["id"], "customer", posted_at, 0, review["text"], None, key, True)
        )
        if reply := review["reply"]:
            moment = datetime.fromisoformat(reply["publishedDate"])
            found.append(Message(f"{key}/reply", "company", "brand", moment, 0, reply["message"], key, key))
    return found


def read_opendcl(path: Path) -> list[Message]:
    threads = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Message(
            post["id"],
            post["author"],
            "brand" if post["author"].lower() in STAFF else "customer",
            datetime.strptime(post["date"], "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC),
            place,
            unescape(re.sub(r"<br/?>", "\n", re.sub(r"<(?!br)[^<>]*>", "", post["html"]))),
            None,
            thread["path"],
        )
        for thread in threads
        for place, post in enumerate(thread["posts"])
    ]


Archive: TypeAlias = tuple[str, str, Callable[[Path], list[Message]], tuple[int, int]]
ARCHIVES: list[Archive] = [
    ("trustpilot_keytrade/reviews.json", "trustpilot-keytrade", read_keytrade, (493, 172)),
    ("forum_threads/opendcl_smf.jsonl", "opendcl-forum", read_opendcl, (3915, 2980)),
]


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda archive: archive[1])
def test_rates_and_response_times_equal_plain_python(warehouse: House, data: Path, archive: Archive) -> None:
    file, mapping, read, counts = archive
    warehouse.load(data / file, name="archive", mapping=mapping)
    warehouse.refresh()
    waits = reference.waits(read(data / file))
    expected = reference.service(waits, None, warehouse.as_of)

    found = warehouse.query(
        "select thread_id, opening_message_id, closing_message_id, response_minutes from marts.fct_waits"
    )
    kpis = values(of_period(warehouse, *ALWAYS), *reference.SERVICE[:8])

    assert set(found) == {
        (f"archive:{w.thread}", f"archive:{w.opening.id}", w.answer and f"archive:{w.answer.id}", w.minutes)
        for w in waits
    }
    assert kpis == expected[:8]
    assert (kpis[0], kpis[2]) == counts
