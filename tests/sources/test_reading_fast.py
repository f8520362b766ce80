"""What rows of a file spare each other changes none of them: keys and values met before, lines read at once."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.records import Page, Record, Unusable, make
from flows.sources import readers, repeats
from flows.sources.ahead import read_ahead
from flows.sources.mapper import Mapper
from flows.sources.mapping import Mapping
from flows.sources.readers import Columns, read_rows
from flows.sources.repeats import Repeats

MANY = settings(deadline=None, max_examples=150)
MESSAGES = Mapping.model_validate({
    "name": "odd", "version": 1, "description": "d", "id": ["id", "user.id"], "nulls": ["?", " - "],
    "fields": {
        "account": {"column": ["user.name", "user", "account"]},
        "handle": "user.handle",
        "posted_at": {"column": ["at", "posted_at"], "time": ["iso", "epoch", "written"], "zone": "Europe/Paris"},
        "edited_at": {"column": "edited", "time": ["epoch_ms", "%d/%m/%Y"], "zone": "UTC"},
        "author_role_declared": {"column": "role", "values": {"Client": "customer", "1": "bot", "null": "other"}},
        "title": {"column": ["title", "more.title"]},
        "body": {"column": "body", "html": True},
        "is_public": "open",
        "rating": "rating",
        "reactions": {"column": ["likes", "more.likes"]},
        "native_order": {"position": True},
    },
    "constants": {"channel": "forum"},
    "identifiers": [
        {"type": "email", "column": "user.email", "how_known": "verified"},
        {"type": "handle", "column": "on:*"},
        {"type": "phone", "column": "phone", "separator": ";"},
    ],
})  # fmt: skip
CUSTOMERS = Mapping.model_validate({
    "name": "known", "version": 1, "description": "d", "stream": "customers", "id": "id",
    "fields": {
        "customer_number": "id", "name": "title", "segment": "role", "value_eur": "rating", "products": "likes",
        "since": {"column": "at", "time": ["iso", "written"]}, "town": {"column": ["more.title", "body"]},
    },
    "identifiers": [
        {"type": "email", "column": "account"},
        {"type": "handle", "column": "on:*"},
        {"type": "phone", "column": "phone", "separator": ";"},
    ],
})  # fmt: skip
GOOD = {"id": "7", "account": "ann", "at": "2026-11-01T10:00:00Z", "title": "hello", "rating": "4"}
KEYS = [*GOOD, "user", "user.name", "posted_at", "edited", "role", "body", "open", "likes", "more", "on:x", "on:",
        "phone", "unread", ""]  # fmt: skip
ODD = [
    *(
        "",
        " ",
        "?",
        " - ",
        "null",
        "NULL",
        "\\N",
        "nan",
        "0",
        "1",
        "1.0",
        " 1 ",
        "01",
        "1,5",
        "1.234",
        "9e9",
        "1.5E+12",
    ),
    *('="007"', "true", "Oui", "customer", "Client", " CLIENT ", "2026-11-01", "2026-11-01T10:00:00", "02/03/2026"),
    *("2026-11-01T00:00:00Z", "Mon, 02 Nov 2026 10:00:00 +0100", "1970-01-01", "1793527200", "réglÃ©", "é", "\0"),
    *("a\0b", "\ud800", "<p>hi</p>", "a;b|c", "ann@example.org", "x" * 150, "\u200bid\ufeff", "👍"),
]
TOLD_APART = [0, 1, -1, 1.0, 2.5, True, False, None, 1e20, 2**53 + 1.0, 1793527200]
SIGNS = [b'"', b",", b"\n", b"\r\n", b"\r", b'""', b"\\", b"\xe9", "é".encode(), b"\xff", b"\0", b" "]
LINES = [b"1,ann,mail\n", b'2,"bob, jr",mail\n', b'3,"two\nlines",mail\n', b",,\n", b"4,ann\n"]
values = st.recursive(
    st.one_of(st.sampled_from(ODD), st.sampled_from(TOLD_APART), st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(["name", "id", "handle", "email", "title", "likes", "text"]), inner, max_size=3
        ),
    ),
    max_leaves=4,
)
cells = st.dictionaries(st.sampled_from(KEYS), values, max_size=6)
rows = st.tuples(cells, st.booleans()).map(lambda drawn: (GOOD if drawn[1] else {}) | drawn[0])


def outcome(mapper: Mapper, row: dict[str, Any]) -> Record | tuple[str, str]:
    try:
        return mapper.record(dict(row), 3)
    except Unusable as error:
        return error.reason, str(error)


@pytest.mark.parametrize("mapping", [MESSAGES, CUSTOMERS], ids=["messages", "customers"])
@MANY
@given(met=st.lists(rows, min_size=1, max_size=12))
def test_a_row_says_the_same_whatever_was_read_before_it(mapping: Mapping, met: list[dict[str, Any]]) -> None:
    seasoned = Mapper(mapping, "site")

    assert [outcome(seasoned, row) for row in met] == [outcome(Mapper(mapping, "site"), row) for row in met]


@pytest.mark.parametrize("mapping", [MESSAGES, CUSTOMERS], ids=["messages", "customers"])
@MANY
@given(row=rows)
def test_a_column_that_is_not_there_is_one_that_says_nothing(mapping: Mapping, row: dict[str, Any]) -> None:
    """The plan of all keys reads every column of a mapping, one after the other."""
    short, whole = (outcome(Mapper(mapping, "site"), one) for one in (row, dict.fromkeys(KEYS) | row))

    if isinstance(short, Record) and isinstance(whole, Record):
        assert orjson.loads(short.content)["mapped"] == orjson.loads(whole.content)["mapped"]
        assert (short.record_id, short.counters, short.repaired) == (
            whole.record_id,
            whole.counters,
            whole.repaired,
        )
    else:
        assert short == whole


@pytest.mark.parametrize("field", ["rating", "title", "edited_at", "is_public", "author_role_declared"])
@pytest.mark.parametrize("written", ["", " ", "?", " ? ", " - ", "NULL", " NULL", "\\N "])
def test_what_stands_for_nothing_does_with_spaces_around_it_too(field: str, written: str) -> None:
    column = {"edited_at": "edited", "is_public": "open", "author_role_declared": "role"}.get(field, field)

    found = Mapper(MESSAGES, "site").record(GOOD | {column: written}, 3)

    assert field not in orjson.loads(found.content)["mapped"]


def test_more_kinds_of_rows_and_more_values_than_are_remembered_are_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("flows.sources.plans.MOST_PLANS", 2)
    monkeypatch.setattr("flows.sources.plans.REMEMBERED", 2)
    mapper = Mapper(MESSAGES, "site")
    for turn in range(3):
        for n in range(5):
            row = GOOD | {"account": f"a{n}", f"extra{n}": "x"}
            found = mapper.record(row, turn)
            assert orjson.loads(found.content)["mapped"]["account"] == f"a{n}"


@MANY
@given(parts=st.lists(st.one_of(st.sampled_from(SIGNS), st.sampled_from(LINES)), max_size=25))
def test_lines_that_are_read_at_once_are_those_read_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("lines") / "a.csv"
    path.write_bytes(b"id,account,channel\n" + b"".join(parts))
    columns = Columns({"id"}, lambda column: True)

    at_once = list(read_rows(path, "csv", columns))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readers, "BATCH_LINES", 1)
        one_by_one = list(read_rows(path, "csv", columns))

    assert at_once == one_by_one


def test_ids_beyond_those_in_memory_are_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def told(size: int) -> list[str]:
        monkeypatch.setattr(repeats, "IN_MEMORY", size)
        seen, said = Repeats(), []
        for place, (name, text) in enumerate([(n % 7, n // 20) for n in range(40)]):
            try:
                seen.check(make("messages", "site", f"id{name}", {"body": text}, {}), f"a:{place}")
                said.append("")
            except Unusable as error:
                said.append(str(error))
        return said

    assert told(2) == told(3) == told(1000)
    assert sum(map(bool, told(2))) == 20


def numbered(*numbers: int, fault: Exception | None = None, log: list[object] | None = None) -> Generator[Page]:
    try:
        for number in numbers:
            if log is not None:
                log.append(number)
            yield Page([], {"page": number})
        if fault:
            raise fault
    finally:
        if log is not None:
            log.append("closed")


def test_pages_read_ahead_come_in_their_order_and_a_fault_where_it_stands() -> None:
    assert [page.next_cursor["page"] for page in read_ahead(numbered(1, 2, 3))] == [1, 2, 3]

    pages = read_ahead(numbered(1, 2, fault=OSError("gone")))
    assert [next(pages).next_cursor["page"] for _ in range(2)] == [1, 2]
    with pytest.raises(OSError, match="gone"):
        next(pages)


def test_one_page_is_read_ahead_and_none_after_whoever_takes_them_stops() -> None:
    log: list[object] = []
    pages = read_ahead(numbered(*range(100), log=log))
    next(pages)
    pages.close()

    assert log in ([0, 1, "closed"], [0, "closed"])
