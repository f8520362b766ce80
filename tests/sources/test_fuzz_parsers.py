"""Whatever comes, nothing crashes and nothing vanishes: mutated payloads through every parser of the product."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from importlib.util import find_spec
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flows.errors import SourceError
from flows.records import Page, Record, Reject
from tests.sources.fuzzing.parsers import PARSERS
from tests.sources.fuzzing.payloads import payloads

NAMES = [name for name in PARSERS if name != "telegram" or find_spec("snscrape")]
ODD: list[Any] = [
    None, True, False, 0, -1, 7, 1.5, 2**31, 10**18, 10**30, float("nan"), "", " ", "x", "7", "\0", "a\0b",
    "\ud83d", "x" * 2000, "9" * 5000, "<" * 3000, "<p>", "@", "at://x", "https://[", "1970-01-01T00:00:00+99:99",
    "2026-13-45T99:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", [], [[]], [None], {},
    {"id": None}, {"a": {"b": []}},
]  # fmt: skip
SPLICES = [
    b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\r\n", b"\n\n", b'"', b",", b"<", b">", b"]]>", b"&#0;", b"&#xd800;",
    b"\\u0000", b"{", b"}", b"\\ud800", b"<!--", b"<item>", b"</item>", b"</html>", b"data-post='x'",
    b"\nFrom: @\n", b"\nContent-Type: multipart/mixed; boundary=x\n", b"\n--x\n",
    b"\nContent-Transfer-Encoding: base64\n",
    b"\nDate: Thu, 99 Foo 99999 99:99:99 +9999\n", b"\nMessage-ID: <>\n", b"=?utf-8?B?w?=", b"9" * 5000,
]  # fmt: skip
UNCOUNTABLE = (ValueError, TypeError, LookupError, AssertionError, AttributeError, SyntaxError, RecursionError)
PLACE = st.integers(0, 2**20)
ON_BYTES = st.tuples(
    st.sampled_from(["cut", "insert", "flip", "repeat", "end"]), PLACE, st.integers(1, 300),
    st.sampled_from(SPLICES) | st.binary(min_size=1, max_size=6),
)  # fmt: skip
IN_JSON = st.tuples(st.sampled_from(["replace", "drop", "double", "nest"]), PLACE, st.sampled_from(ODD))
MUTATIONS = st.lists(ON_BYTES | IN_JSON | IN_JSON, min_size=1, max_size=4)
outcomes: Counter[tuple[str, str]] = Counter()


def changed(content: bytes, mutation: tuple[Any, ...]) -> bytes:
    """One mutation; what is meant for JSON leaves other bytes alone."""
    kind, place, *more = mutation
    if len(more) == 2:
        return _changed_bytes(content, kind, place % (len(content) + 1), *more)
    try:
        whole = [json.loads(content)]
    except ValueError:
        return content
    places = list(_places(whole))
    holder, key = places[place % len(places)]
    _change_value(holder, key, kind, more[0])
    return json.dumps(whole[0] if whole else None).encode()


def _changed_bytes(content: bytes, kind: str, at: int, length: int, splice: bytes) -> bytes:
    match kind:
        case "cut":
            return content[:at] + content[at + length :]
        case "insert":
            return content[:at] + splice + content[at:]
        case "flip":
            return content[:at] + bytes([splice[0]]) + content[at + 1 :]
        case "repeat":
            return content[:at] + content[at : at + length] * 2 + content[at + length :]
    return content[:at]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a JSON value that holds another."""
    pairs: list[tuple[Any, Any]] = list(value.items()) if isinstance(value, dict) else []
    pairs += enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key
        yield from _places(inner)


def _change_value(holder: Any, key: Any, kind: str, odd: Any) -> None:
    match kind:
        case "drop":
            del holder[key]
        case "double" if isinstance(holder, list):
            holder.insert(key, copy.deepcopy(holder[key]))
        case "nest":
            holder[key] = [holder[key]]
        case _:
            holder[key] = odd


def check(name: str, content: bytes) -> str:
    """Read bytes; return what became of them."""
    pages: list[Page] = []
    error = ""
    try:
        pages.extend(PARSERS[name].read(content))
    except SourceError as found:
        error = str(found)
        assert error
    records = [record for page in pages for record in page.records]
    rejects = [reject for page in pages for reject in page.rejects]
    tombstones = [one for page in pages for one in page.tombstones]
    for record in records:
        _check_record(record)
    for reject in rejects:
        _check_reject(reject)
        assert reject.content or not content
    for page in pages:
        kept = orjson.dumps([page.next_cursor, dict(page.state), page.gap])
        assert b"\\u0000" not in kept, "the warehouse takes no NUL"
    try:
        wanted = PARSERS[name].items(content)
    except UNCOUNTABLE:
        assert records or rejects or error or tombstones or not content.strip(), "it vanished"
        wanted = 0
    came = len(records) + len(rejects) + len(tombstones)
    assert came >= wanted or error, f"{wanted} inputs, {came} came out: {[reject.detail for reject in rejects]}"
    return "error" if error else "rejects" if rejects else "records" if records else "nothing"


def _check_record(record: Record) -> None:
    payload = orjson.loads(record.content)
    mapped = payload["mapped"]
    assert record.record_id and mapped["account"] and mapped["channel"]
    assert datetime.fromisoformat(mapped["posted_at"]).tzinfo
    assert "\0" not in record.record_id and not any("\0" in text for text in _all_texts(payload))
    assert -(2**63) <= record.native_order < 2**63
    assert all(-(2**31) <= value < 2**31 for value in (record.counters or {}).values())
    assert len(record.record_id.encode()) <= 2000, "an index takes no longer key"


def _check_reject(reject: Reject) -> None:
    assert reject.reason and reject.detail
    for text in (reject.reason, reject.detail, reject.locator):
        assert "\0" not in text
        text.encode()


def _all_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from _all_texts(inner)


def fuzz(examples: int) -> None:
    @settings(
        max_examples=examples, derandomize=True, deadline=None, database=None,
        phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.sampled_from(NAMES), PLACE, MUTATIONS)
    def run(name: str, which: int, mutations: list[tuple[Any, ...]]) -> None:
        given_ones = payloads(name)
        content = given_ones[which % len(given_ones)]
        for mutation in mutations:
            content = changed(content, mutation)
        outcomes[name, check(name, content)] += 1

    outcomes.clear()
    run()


@pytest.mark.parametrize("name", NAMES)
def test_what_nobody_touched_is_read(name: str) -> None:
    found = Counter(check(name, content) for content in payloads(name))

    assert found["records"], found
    assert found["records"] + found["rejects"] + found["nothing"] == found.total()


def test_whatever_comes_is_a_record_or_a_reject_with_a_reason() -> None:
    fuzz(300)

    assert len({name for name, _ in outcomes}) > len(NAMES) / 2


def test_what_a_source_remembers_has_no_sign_that_the_warehouse_cannot_hold() -> None:
    name = "stackexchange questions"
    check(name, changed(payloads(name)[0], ("replace", 1255, "\0")))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_mutated_payloads_are_records_or_rejects() -> None:
    fuzz(10_000)

    for name in NAMES:
        print(f"{name}: { ({outcome: n for (whose, outcome), n in outcomes.items() if whose == name}) }")
    assert outcomes.total() >= 10_000
    assert {name for name, _ in outcomes} == set(NAMES)
    assert {outcome for _, outcome in outcomes} >= {"records", "rejects", "error"}
