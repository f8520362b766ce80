"""The files source: real archives, repaired text, and where reading goes on."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from flows.errors import SourceError
from flows.records import Page
from flows.sources.files import Files, FilesConfig
from tests.sources.conftest import read

HEADER = "id,account,channel,posted_at\n"


def file_of(path: Path, *ids: object) -> Path:
    rows = (f"{i},ann,mail,2026-11-01T10:00:00Z\n" for i in ids)
    path.write_text(HEADER + "".join(rows))
    return path


def test_text_damaged_by_a_spreadsheet_is_repaired_and_kept_verbatim(data: Path) -> None:
    found = read(data / "twcs/excel_mojibake.csv", "twitter-support-archive")

    assert (len(found.records), found.rejects) == (1912, [])
    repaired = [r for r in found.records if r.repaired]
    assert len(repaired) == 102
    for record in repaired:
        payload = orjson.loads(record.content)
        assert payload["mapped"]["body"] != payload["row"]["text"]
        assert "â€" not in payload["mapped"]["body"]
    for record in found.records:
        payload = orjson.loads(record.content)
        assert record.repaired or payload["mapped"]["body"] == payload["row"]["text"]


def test_rows_are_kept_as_they_stand_in_the_file_with_the_mapping_that_read_them(tmp_path: Path) -> None:
    found = read(file_of(tmp_path / "a.csv", 1))

    assert orjson.loads(found.records[0].content) == {
        "mapping": "messages@1",
        "row": {"id": "1", "account": "ann", "channel": "mail", "posted_at": "2026-11-01T10:00:00Z"},
        "mapped": {"account": "ann", "channel": "mail", "posted_at": "2026-11-01T10:00:00+00:00"},
    }


def test_pages_hold_at_most_their_size_and_end_with_done(tmp_path: Path) -> None:
    found = read(file_of(tmp_path / "a.csv", *range(7)), page_size=3)

    assert [len(page.records) for page in found.pages] == [3, 3, 1]
    assert [page.next_cursor["done"] for page in found.pages] == [False, False, True]
    assert found.pages[-1].progress == (tmp_path / "a.csv").stat().st_size


@pytest.mark.parametrize("pages", [0, 1, 2, 3])
def test_reading_goes_on_from_the_middle_of_a_file(tmp_path: Path, pages: int) -> None:
    # Given a run that committed some pages of two files
    file_of(tmp_path / "a.csv", *range(5))
    file_of(tmp_path / "b.csv", *range(5, 10))
    whole = read(tmp_path, page_size=2)
    committed = whole.pages[:pages]
    state = {key: value for page in committed for key, value in page.state.items()}

    # When it goes on
    rest = read(tmp_path, cursor=committed[-1].next_cursor if committed else None, state=state, page_size=2)

    # Then nothing is read twice and nothing is missed
    ids = [r.record_id for page in committed for r in page.records] + rest.ids
    assert ids == whole.ids == [str(n) for n in range(10)]


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_resuming_counts_rejects_and_blank_lines_alike(tmp_path: Path, size: int) -> None:
    path = file_of(tmp_path / "a.csv", *range(4))
    path.write_text(path.read_text() + '\n"\nshort\n' + "9,ann,mail,2026-11-01T10:00:00Z\n")
    whole = read(path, page_size=size)

    for cut in range(len(whole.pages)):
        before = whole.pages[:cut]
        rest = read(path, state={k: v for p in before for k, v in p.state.items()}, page_size=size)
        assert [r.record_id for p in before for r in p.records] + rest.ids == whole.ids
        assert sum(len(p.rejects) for p in before) + len(rest.rejects) == len(whole.rejects) == 2


def test_an_unchanged_file_that_was_read_whole_is_skipped_unless_asked_for(tmp_path: Path) -> None:
    path = file_of(tmp_path / "a.csv", 1, 2)
    state = read(path).state

    assert read(path, state=state).pages == []
    assert read(path, state=state, again=True).ids == ["1", "2"]


@pytest.mark.parametrize("half", [False, True])
def test_a_changed_file_is_read_from_its_start(tmp_path: Path, half: bool) -> None:
    path = file_of(tmp_path / "a.csv", 1, 2, 3)
    pages = read(path, page_size=2).pages
    state = dict(pages[0].state if half else pages[-1].state)
    file_of(path, 0, 1, 2, 3)

    assert read(path, state=state).ids == ["0", "1", "2", "3"]


def test_another_mapping_reads_a_file_again(tmp_path: Path) -> None:
    path = file_of(tmp_path / "a.csv", 1)
    other = tmp_path / "other.yaml"
    shipped = Path("flows/sources/mappings/messages.yaml").read_text(encoding="utf-8")
    other.write_text(shipped.replace("version: 1", "version: 2"))

    assert read(path, str(other), state=read(path).state).ids == ["1"]


def test_files_of_one_name_in_two_folders_are_two_files(tmp_path: Path) -> None:
    for number, folder in enumerate(("x", "y")):
        (tmp_path / folder).mkdir()
        file_of(tmp_path / folder / "a.csv", number)
    pattern = tmp_path / "*" / "a.csv"
    first = read(pattern)
    assert first.ids == ["0", "1"]

    assert read(pattern, state=first.state).pages == []


def test_folders_and_patterns_give_files_by_name_and_hidden_ones_are_left(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", ".hidden.csv"):
        file_of(tmp_path / name, name[0])

    assert read(tmp_path).ids == ["a", "b"]
    assert read(tmp_path / "[ab]*.csv").ids == ["a", "b"]


def test_a_missing_file_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"source archive: no file at .*/none\.csv"):
        read(tmp_path / "none.csv")


def test_sites_come_from_the_config_and_policy_from_config_or_mapping(tmp_path: Path) -> None:
    path = str(file_of(tmp_path / "a.csv", 1))
    plain = Files(FilesConfig(name="archive", path=path, mapping="messages"))
    told = Files(FilesConfig(name="archive", path=path, mapping="messages", site="forum", answerable="intent"))

    assert (plain.facts().site, plain.facts().answerable) == ("archive", "all")
    assert (told.facts().site, told.facts().answerable) == ("forum", "intent")
    assert plain.total() == Path(path).stat().st_size


def test_the_same_row_read_again_has_the_same_hash_and_another_place_changes_nothing(tmp_path: Path) -> None:
    one = read(file_of(tmp_path / "a.csv", 1, 2)).records
    other = read(file_of(tmp_path / "b.csv", 2, 1)).records

    assert {r.record_id: r.content_hash for r in one} == {r.record_id: r.content_hash for r in other}


def test_counters_are_no_part_of_the_hash(tmp_path: Path) -> None:
    pages: list[list[Page]] = []
    for likes in (1, 2):
        path = tmp_path / f"{likes}.csv"
        path.write_text(f"{HEADER.strip()},reactions\n1,ann,mail,2026-11-01T10:00:00Z,{likes}\n")
        pages.append(read(path).pages)
    (one,), (two,) = (page[0].records for page in pages)

    assert one.content_hash == two.content_hash
    assert (one.counters, two.counters) == ({"reactions": 1}, {"reactions": 2})
