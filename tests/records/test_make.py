"""One way to make records: what the warehouse cannot hold is left out of texts, and is no part of an id."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.records import KEPT_BYTES, Record, Reject, Unusable, make, reject
from flows.records.making import LONGEST_ID
from flows.records.times import SLACK, check_written, read_time

NUL, HALF = "\0", "\ud83d"
MAPPED = {"account": "ann", "channel": "forum", "body": "hello"}


def made(
    body: object = "hello", record_id: str = "1", read: dict[str, Any] | None = None, **more: object
) -> Record:
    return make("files__messages", "x", record_id, MAPPED | {"body": body} | more, read or {"row": {"text": body}})


@pytest.mark.parametrize("damage", [NUL, HALF, f"{NUL}{HALF}{NUL}"])
def test_a_text_keeps_what_is_not_damaged_and_the_record_says_that_it_was_repaired(damage: str) -> None:
    record = made(f"a{damage}b", read={"row": {f"na{damage}me": [f"c{damage}d", {"deep": damage}, 7, None]}})

    assert record.repaired
    assert orjson.loads(record.content) == {
        "mapped": MAPPED | {"body": "ab"}, "row": {"name": ["cd", {"deep": ""}, 7, None]},
    }  # fmt: skip


@pytest.mark.parametrize("text", [r"what is \u0000 for?", r"\\u0000", "\\", "u0000", "\\\\u0000\\", "é 👍"])
def test_talk_of_a_nul_is_a_text_like_any_other(text: str) -> None:
    record = made(text)

    assert not record.repaired
    assert orjson.loads(record.content)["mapped"]["body"] == text


@given(st.text(st.sampled_from("\\u0a" + NUL + HALF)))
def test_whatever_stands_in_a_text_the_warehouse_can_hold_it(text: str) -> None:
    record = made(text)

    kept = orjson.loads(record.content)["mapped"]["body"]
    assert kept == text.replace(NUL, "").replace(HALF, "")
    assert record.repaired == (kept != text)


@pytest.mark.parametrize("damage", [NUL, HALF])
@pytest.mark.parametrize(
    "more",
    [
        {"account": "ann{}"}, {"thread": "{}"}, {"parent": "1{}"}, {"channel": "fo{}rum"},
        {"identifiers": [{"type": "email", "value": "ann{}@example.org"}]},
    ],
)  # fmt: skip
def test_nothing_is_left_out_of_what_says_who_or_where_it_is(more: dict[str, Any], damage: str) -> None:
    damaged = orjson.loads(orjson.dumps(more).replace(b"{}", b"?"))
    name = next(iter(damaged))
    damaged[name] = (
        damaged[name].replace("?", damage)
        if isinstance(damaged[name], str)
        else [{"type": "email", "value": f"ann{damage}@example.org"}]
    )

    with pytest.raises(Unusable) as told:
        made(**damaged)

    assert (told.value.reason, name in str(told.value)) == ("NUL character", True)


@pytest.mark.parametrize(
    ("record_id", "reason"),
    [
        ("", "no id"), (f"9{NUL}", "NUL character"), (f"9{HALF}", "NUL character"),
        ("é" * (LONGEST_ID // 2 + 1), "bad id"),
    ],
)  # fmt: skip
def test_an_id_that_no_key_can_hold_is_refused(record_id: str, reason: str) -> None:
    with pytest.raises(Unusable) as told:
        made(record_id=record_id)

    assert told.value.reason == reason


def test_what_is_no_json_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(3000):
        deep = {"in": deep}
    for odd in (object(), 2**70, deep, [HALF, deep]):
        with pytest.raises(Unusable, match="cannot be kept as JSON") as told:
            made(read={"row": odd})
        assert told.value.reason == "not storable"


def test_a_reject_keeps_as_much_of_any_input_as_is_of_use() -> None:
    long = b"x" * (KEPT_BYTES + 1)

    assert len(Reject("s", "w", "r", "d", long).content) == KEPT_BYTES
    assert len(Reject("s", "w", "r", "d", long, len(long)).content) == len(long)
    assert reject("s", "w", Unusable("no id", "it has none"), {"b": 1, "a": 2}) == Reject(
        "s", "w", "no id", "it has none", b'{"a":2,"b":1}'
    )
    assert reject("s", "w", KeyError("x"), {"a": 2**70}).reason == "wrong shape"
    assert reject("s", "w", KeyError("x"), {"a": HALF}).content == b"{'a': '\\ud83d'}"


def test_a_moment_may_lie_a_day_ahead_and_no_more() -> None:
    found = read_time("2026-11-02T10:00:00Z")
    assert found
    check_written(found[0], found[0] - SLACK)
    with pytest.raises(Unusable, match="2026-11-02") as told:
        check_written(found[0], found[0] - SLACK * 1.01)
    assert told.value.reason == "date in the future"
