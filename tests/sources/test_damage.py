"""Whatever a file holds, each of its lines becomes a record or a reject with a reason; damage stays where it is."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.errors import VigieError
from tests.sources.conftest import ReadBytes, read

HEADER = b"id,account,channel,posted_at,body\n"
TIME = "2026-11-01T10:00:00Z"
FIXTURE_ONCE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100
)


def line(record_id: str, body: str = "hello") -> bytes:
    return f"{record_id},ann,mail,{TIME},{body}\n".encode()


def item(record_id: str, **more: object) -> dict[str, object]:
    return {"id": record_id, "account": "ann", "channel": "mail", "posted_at": TIME, "body": "hello"} | more


@pytest.mark.parametrize(("damage", "reason"), [
    (b"9,ann,mail\n", "wrong number of cells"),
    (b"9,ann,mail,2026-11-01T10:00:00Z,hello,more\n", "wrong number of cells"),
    (b"9,ann,mail,yesterday,hello\n", "bad posted_at"),
    (b"9,ann,mail,2026-11-01T10:00:00,no zone\n", "bad posted_at"),
    (b"9,ann,mail,2026-02-30T10:00:00Z,hello\n", "bad posted_at"),
    (b"9,ann,mail,,hello\n", "no posted_at"),
    (b",ann,mail,2026-11-01T10:00:00Z,hello\n", "no id"),
    (b"  ,ann,mail,2026-11-01T10:00:00Z,hello\n", "no id"),
    (b"9,,mail,2026-11-01T10:00:00Z,hello\n", "no account"),
    (b"9,ann,,2026-11-01T10:00:00Z,hello\n", "no channel"),
    (b"9,ann\x00,mail,2026-11-01T10:00:00Z,hello\n", "NUL character"),
    (b"9\x00,ann,mail,2026-11-01T10:00:00Z,hello\n", "NUL character"),
    (b'9,"an"n,mail,2026-11-01T10:00:00Z,"hello"\n', "damaged row"),
    (b'9,"never closed\n', "wrong number of cells"),
    (b"\x00\xff\xfe\x80\n", "wrong number of cells"),
])  # fmt: skip
def test_a_damaged_line_costs_itself_and_is_kept_with_the_reason(
    read_bytes: ReadBytes, damage: bytes, reason: str
) -> None:
    found = read_bytes(HEADER + line("1") + damage + line("2"))

    assert found.ids == ["1", "2"]
    assert [(r.reason, r.locator, r.content) for r in found.rejects] == [(reason, "file.csv:3", damage)]
    assert found.rejects[0].detail


@pytest.mark.parametrize(("content", "bodies"), [
    (codecs.BOM_UTF8 + HEADER + line("1"), ["hello"]),
    ((HEADER + line("1", "é")).decode().encode("utf-16"), ["é"]),
    ((HEADER + line("1", "a\u2028b\x0bc")).decode().encode("utf-16"), ["a\u2028b\x0bc"]),
    (HEADER + b"1,ann,mail,2026-11-01T10:00:00Z,caf\xe9 \x80\n", ["café €"]),
    ((HEADER + line("1")).replace(b",", b";"), ["hello"]),
    ((HEADER + line("1")).replace(b",", b"\t"), ["hello"]),
    ((HEADER + line("1")).replace(b"\n", b"\r\n"), ["hello"]),
    (HEADER + b'1,ann,mail,2026-11-01T10:00:00Z,"two\nlines, ""so"""\n', ['two\nlines, "so"']),
    (HEADER + b'1,ann,mail,2026-11-01T10:00:00Z,"two\r\nlines"\r\n' + line("2"), ["two\r\nlines", "hello"]),
    (HEADER + b"\n  \n" + line("1") + b"\n", ["hello"]),
    (HEADER + line("1").rstrip(), ["hello"]),
    (HEADER + line("1", r"a path \u0000 in text"), [r"a path \u0000 in text"]),
    (HEADER + line("1", "a\0b"), ["ab"]),
    (b"", []),
    (HEADER, []),
    (HEADER.rstrip(), []),
])  # fmt: skip
def test_encodings_delimiters_and_line_ends_are_read_as_meant(
    read_bytes: ReadBytes, content: bytes, bodies: list[str]
) -> None:
    found = read_bytes(content)

    assert found.reasons == []
    assert [m["body"] for m in found.mapped] == bodies
    assert found.pages[-1].next_cursor["done"]


def test_a_file_without_a_needed_column_is_rejected_line_by_line(read_bytes: ReadBytes) -> None:
    found = read_bytes(b"id,account,channel\n1,ann,mail\n")

    assert found.reasons == ["missing column"] * 2
    assert found.rejects[0].detail == "the header has no column posted_at"


def test_damaged_json_lines_are_told_apart(read_bytes: ReadBytes) -> None:
    damaged = ["{", "[1]", "7", "null", '{"id": "\\u0000"}', "", json.dumps(item("2\0"))]
    lines = [json.dumps(item("1")), *damaged, json.dumps(item("3")), "\ufeff"]

    found = read_bytes("\n".join(lines).encode(), "file.jsonl")

    assert found.ids == ["1", "3"]
    assert found.reasons == [
        "damaged JSON", "not an object", "not an object", "not an object", "no account", "NUL character",
        "damaged JSON",
    ]  # fmt: skip


@pytest.mark.parametrize("cut", [1, 40, 100, 150, 250])
def test_json_damaged_in_the_middle_gives_what_stands_before_and_says_what_is_lost(
    read_bytes: ReadBytes, cut: int
) -> None:
    whole = json.dumps([item(str(n)) for n in range(5)]).encode()

    found = read_bytes(whole[:cut], "file.json")

    before = whole[:cut].count(b"}")
    assert found.ids == [str(n) for n in range(before)]
    assert found.reasons == ["damaged JSON"]
    assert f"nothing after item {before}" in found.rejects[0].detail


def nested(depth: int) -> list[object]:
    """A list in a list in a list …"""
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(("value", "reason"), [
    ("7", "not an object"),
    ('"text"', "not an object"),
    ('{"id": 1}', "no account"),
    ('{"id": 123456789012345678901234567890, "account": "a", "channel": "c", "posted_at": "%s"}', None),
    (json.dumps(item("1", deep=nested(300))), "not storable"),
    ('{"id": "1", "account": "a", "channel": "c", "posted_at": "%s", "body": "\\ud800"}', None),
])  # fmt: skip
def test_an_item_that_cannot_be_stored_costs_itself(read_bytes: ReadBytes, value: str, reason: str | None) -> None:
    items = f"[{json.dumps(item('a'))}, {value.replace('%s', TIME)}, {json.dumps(item('b'))}]"

    found = read_bytes(items.encode(), "file.json")

    assert (found.ids[0], found.ids[-1]) == ("a", "b")
    assert found.reasons == ([reason] if reason else [])


def test_json_whose_list_is_not_where_the_mapping_says_is_no_empty_file(read_bytes: ReadBytes) -> None:
    found = read_bytes(json.dumps({"messages": [item("1")]}).encode(), "file.json")

    assert found.reasons != []


def test_json_with_a_byte_order_mark_is_read(read_bytes: ReadBytes) -> None:
    found = read_bytes(codecs.BOM_UTF8 + json.dumps([item("1")]).encode(), "file.json")

    assert found.ids == ["1"]


@pytest.mark.parametrize("number", ["3000000000", "1" + "0" * 40, "-1e99", "1e300"])
def test_a_number_that_no_column_holds_is_rejected(read_bytes: ReadBytes, number: str) -> None:
    header = b"id,account,channel,posted_at,audience,rating,reactions\n"
    rows = [f"{i},ann,mail,{TIME},{','.join(number if i == n else '' for n in range(3))}\n" for i in range(3)]

    found = read_bytes(header + "".join(rows).encode())

    fits = number == "3000000000"
    assert found.reasons == (
        ["bad audience", "bad reactions"] if fits else ["bad audience", "bad rating", "bad reactions"]
    )


WORDS = st.text(st.characters(codec="utf-8", exclude_characters='",\r\n\0'), min_size=1, max_size=12)
DAMAGE = st.one_of(
    st.binary(max_size=60).map(lambda b: b.replace(b"\n", b"").replace(b'"', b"") + b"\n"),
    st.sampled_from([b"a,b\n", b",,,,\n", b'"\n', b'x,"y\n', b'1"2,3\n', b"\x00\n", b'""""\n', b"\xff\xfe\n"]),
)


@FIXTURE_ONCE
@given(st.lists(st.one_of(DAMAGE, WORDS), max_size=12))
def test_valid_rows_come_through_any_damage_around_them(read_bytes: ReadBytes, parts: list[bytes | str]) -> None:
    # Given valid rows, numbered, with damaged lines between
    content, valid = HEADER, {}
    for number, part in enumerate(parts):
        if isinstance(part, str):
            valid[f"v{number}"] = part
            content += f'v{number},ann,mail,{TIME},"{part}"\n'.encode()
        else:
            content += part

    found = read_bytes(content)

    bodies = {m.record_id: value.get("body") for m, value in zip(found.records, found.mapped, strict=True)}
    assert valid.keys() <= bodies.keys()
    lines = [one for one in content.split(b"\n")[1:] if one.replace(b",", b"").strip()]
    assert len(found.records) + len(found.rejects) == len(lines)
    assert all(reject.reason and reject.content for reject in found.rejects)


@FIXTURE_ONCE
@given(
    st.binary(max_size=400),
    st.sampled_from(["f.csv", "f.json", "f.jsonl"]),
    st.sampled_from(["messages", "ibm-twitter-care"]),
)
def test_garbage_raises_nothing_but_errors_for_people(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str, mapping: str
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)

    try:
        found = read(path, mapping)
    except VigieError:
        return
    assert found.pages[-1].next_cursor["done"]
    assert content.strip() == b"" or name.endswith("csv") or found.records or found.rejects or _is_empty(content)


def _is_empty(content: bytes) -> bool:
    try:
        return json.loads(content) == []
    except ValueError:
        return False


# Beyond 64 bits, or with NaN, the parser reads no further: the rest of the file is one reject.
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=5)


@FIXTURE_ONCE
@given(st.lists(st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["dialogHeader", "dialogContent", "agentURL", "company", "client", "tweet_ID", "datetime",
                         "id", "account", "channel", "posted_at"]), inner, max_size=5),
    max_leaves=12), max_size=5), st.sampled_from(["messages", "ibm-twitter-care"]))  # fmt: skip
def test_json_of_any_shape_is_records_or_rejects(
    tmp_path_factory: pytest.TempPathFactory, items: list[object], mapping: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "shapes.json"
    path.write_text(json.dumps(items))

    found = read(path, mapping)

    assert len(found.records) + len(found.rejects) >= len(items)


def test_everything_garbage_gives_can_be_kept(empty_warehouse, tmp_path: Path) -> None:
    # Given one file of all that breaks, in each format
    parts = [HEADER, line("1"), b"\x00\xff\n", b'9,"x\n', b"9,ann,mail,\x00,x\n", line("2", "\\u0000")]
    (tmp_path / "all.csv").write_bytes(b"".join(parts))
    (tmp_path / "all.json").write_bytes(b'[{"id": "\\u0000"}, {"\x00')
    (tmp_path / "all.jsonl").write_bytes(b'{"id": "\\u0000\x01"}\n\x00\n{"account": "\\ud800"}\n')

    counts = empty_warehouse.load(tmp_path)

    assert counts.read == counts.new + counts.rejected
    assert empty_warehouse.value("select count(*) from raw.rejects") == counts.rejected
