"""Files as spreadsheets, data frames and databases write them every day: nothing overwritten, nothing mixed up."""

from __future__ import annotations

import random
from pathlib import Path

import orjson
import pytest
from pydantic import ValidationError

from flows.sources.files import FilesConfig
from flows.sources.values import NOTHING, NOTHING_WRITTEN, id_text
from tests.sources.conftest import Read, ReadBytes, read

HEAD = "id,account,channel,posted_at,role,parent,thread,body\n"
AT = "2026-02-12T10:00:00+00:00"


@pytest.fixture
def files(data: Path) -> Path:
    return data / "cases" / "collectors" / "files"


def rows(path: Path, *given: str, head: str = HEAD) -> Path:
    path.write_text(head + "".join(f"{row}\n" for row in given))
    return path


def told(found: Read) -> list[str]:
    return [note for page in found.pages for note in page.notes]


def test_ids_that_a_spreadsheet_rounded_are_named_and_overwrite_nobody(files: Path) -> None:
    found = read(files / "tweets_excel.csv", "twitter-support-archive")

    assert found.ids == []
    assert len(found.rejects) == 4
    assert all("rounded by a spreadsheet" in reject.detail for reject in found.rejects)


def test_whole_numbers_as_a_data_frame_writes_them_are_the_same_ids(files: Path) -> None:
    floats, plain = (read(files / f"tweets_{name}.csv", "twitter-support-archive") for name in ("float", "plain"))

    assert floats.ids == plain.ids == ["101", "102", "103", "104"]
    assert floats.mapped == plain.mapped
    assert told(floats) == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [(" 7 ", "7"), ("7.0", "7"), ("7.00", "7"), (7.0, "7"), (7, "7"), ("v1.10", "v1.10"), ("7.5", "7.5"),
     ("007", "007"), ("ann+e@example.com", "ann+e@example.com"), ("1.5e3", "1.5e3"), (-3.0, "-3")],
)  # fmt: skip
def test_ids_are_read_alike_however_they_are_written(tmp_path: Path, written: object, meant: str) -> None:
    (tmp_path / "a.jsonl").write_bytes(
        orjson.dumps(dict.fromkeys(("id", "account", "channel", "parent", "thread"), written) | {"posted_at": AT})
    )
    found = read(tmp_path / "a.jsonl")

    mapped = found.mapped[0]
    assert {found.ids[0], *(mapped[name] for name in ("account", "channel", "parent", "thread"))} == {meant}


@pytest.mark.parametrize("written", ["1.55E+18", "1,55e+18", "9.0E+15", 1.55e18, -(2.0**53)])
def test_an_id_without_its_last_digits_is_no_id(written: object) -> None:
    with pytest.raises(ValueError, match=r"rounded|last digits"):
        id_text(written)


def test_words_for_nothing_are_nothing(files: Path) -> None:
    found = read(files / "nulls.csv")

    assert [(m.get("thread"), m.get("parent")) for m in found.mapped] == [(None, None)] * 2 + [
        (None, "2"),
        (None, None),
    ]


@pytest.mark.parametrize("word", sorted(NOTHING))
def test_a_word_for_nothing_is_nothing_but_what_people_say_in_texts(tmp_path: Path, word: str) -> None:
    found = read(rows(tmp_path / "a.csv", f"1,{word},mail,{AT},,,,hello", f"2,ann,mail,{AT},,{word},{word},{word}"))

    assert [reject.reason for reject in found.rejects] == ["no account"]
    assert found.mapped[0].get("body") == (None if word in NOTHING_WRITTEN else word)
    assert not {"parent", "thread"} & found.mapped[0].keys()


def test_a_mapping_that_says_what_such_a_word_means_is_believed(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "{name: m, version: 1, description: d, id: id, fields: {account: account, channel: channel,"
        " posted_at: posted_at, author_role_declared: {column: role, values: {N/A: other, agent: brand}}}}"
    )
    found = read(rows(tmp_path / "a.csv", f"1,ann,mail,{AT},N/A,,,"), str(tmp_path / "m.yaml"))

    assert found.mapped[0]["author_role_declared"] == "other"


def test_columns_named_as_the_guide_names_them_are_read(files: Path) -> None:
    found = read(files / "own_names.csv")

    assert [m["author_role_declared"] for m in found.mapped] == ["customer", "brand"]
    assert [(m["brand_id"], m["language_declared"]) for m in found.mapped] == [("shop", "en")] * 2
    assert told(found) == []


def test_a_column_that_means_nothing_to_the_mapping_is_told(tmp_path: Path) -> None:
    found = read(rows(tmp_path / "a.csv", f"1,ann,mail,{AT},vip,x", head="id,account,channel,posted_at,Status,\n"))

    assert told(found) == ["a.csv: the mapping reads nothing from Status: kept, and in no figure"]
    assert orjson.loads(found.records[0].content)["row"]["Status"] == "vip"


def test_two_columns_of_one_name_are_an_error_that_names_both(files: Path, tmp_path: Path) -> None:
    found = read(files / "dup_header.csv")
    assert found.ids == []
    assert {reject.detail for reject in found.rejects} == {"columns 5 and 6 of the header are both named 'body'"}

    # What the mapping does not read may be there twice, as what Excel calls nothing is
    other = read(rows(tmp_path / "a.csv", f"1,ann,mail,{AT},,", head="id,account,channel,posted_at,,\n"))
    assert other.ids == ["1"]


def test_a_repeated_id_is_a_reject_that_names_both_places_and_equal_rows_are_one(tmp_path: Path) -> None:
    found = read(
        rows(tmp_path / "a.csv", f"1,ann,mail,{AT},,,,a", f"1,ann,mail,{AT},,,,a", f"1.0,bob,mail,{AT},,,,b"),
        page_size=1,
    )

    assert found.ids == ["1", "1"]
    assert found.records[0].content_hash == found.records[1].content_hash
    (reject,) = found.rejects
    assert (reject.reason, reject.locator) == ("repeated id", "a.csv:4")
    assert "a.csv:2" in reject.detail


def test_a_repeat_is_found_by_the_run_that_goes_on_too(tmp_path: Path) -> None:
    path = rows(tmp_path / "a.csv", *(f"{i % 5},ann,mail,{AT},,,,text {i}" for i in range(10)))
    whole = read(path, page_size=2)
    for pages in range(len(whole.pages)):
        before = Read(whole.pages[:pages])
        after = read(path, page_size=2, state=before.state)
        assert before.ids + after.ids == whole.ids == ["0", "1", "2", "3", "4"]
        assert before.reasons + after.reasons == ["repeated id"] * 5


def test_a_log_of_events_says_that_its_last_row_counts(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "{name: m, version: 1, description: d, id: id, repeats: versions,"
        " fields: {account: account, channel: channel, posted_at: posted_at, body: body}}"
    )
    found = read(
        rows(tmp_path / "a.csv", f"1,ann,mail,{AT},,,,a", f"1,ann,mail,{AT},,,,b"), str(tmp_path / "m.yaml")
    )

    assert [m["body"] for m in found.mapped] == ["a", "b"]


def test_the_guides_shortest_mapping_loses_no_note(files: Path, tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "data-engineers.md").read_text()
    (tmp_path / "call-notes.yaml").write_text(guide.split("```yaml\n")[1].split("```")[0])

    assert len(read(files / "notes.csv", str(tmp_path / "call-notes.yaml")).ids) == 3

    # and one that does not tell notes apart is told so
    found = read(files / "notes.csv", str(files / "call-notes.yaml"))
    assert (len(found.ids), found.reasons) == (2, ["repeated id"])


def test_another_encoding_is_read_where_it_is_named_and_doubted_where_not(files: Path) -> None:
    found = read(files / "cp850.csv")
    assert found.records[0].repaired
    (note,) = told(found)
    assert "1 lines are no UTF-8" in note

    named = read(files / "cp850.csv", encoding="cp850")
    assert named.mapped[0]["body"] == "réglé à l'été; there"
    assert (told(named), named.records[0].repaired) == ([], False)


def test_an_encoding_that_nobody_knows_is_told_at_once() -> None:
    with pytest.raises(ValidationError, match="no encoding 'cp85O'"):
        FilesConfig(name="a", path="a.csv", mapping="messages", encoding="cp85O")


@pytest.mark.parametrize("first", ["sep=,", "SEP=,", '"sep=,"', "\ufeffsep=,"])
def test_excels_own_first_line_names_the_delimiter(read_bytes: ReadBytes, first: str) -> None:
    content = f"{first}\r\n{HEAD.strip()}\r\n1,ann,mail,{AT},,,,hello; there\r\n"
    found = read_bytes(content.encode())

    assert [m["body"] for m in found.mapped] == ["hello; there"]


def test_a_cell_of_many_lines_is_one_cell(files: Path) -> None:
    found = read(files / "longcell.csv")

    assert (len(found.ids), found.rejects) == (2, [])


def test_stray_quotes_cost_their_lines_and_little_time(tmp_path: Path) -> None:
    rng = random.Random(7)
    lines = [
        f"{i},ann,mail,{AT},,,,{'a stray quote ' + chr(34) if rng.random() < 0.3 else 'plain'}"
        for i in range(20_000)
    ]
    found = read(rows(tmp_path / "a.csv", *lines))

    assert len(found.ids) + len(found.rejects) == len(lines)
    assert {f"{i}" for i, line in enumerate(lines) if '"' not in line} <= set(found.ids)
