"""Mappings are checked before they are used, and turn columns into a message's fields as they say."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.errors import MappingError
from flows.records import Unusable
from flows.settings import PROJECT
from flows.sources.mapper import Mapper
from flows.sources.mapping import load_mapping, shipped_mappings
from flows.sources.shapes import snowflake_time
from flows.sources.time_formats import parse_time
from tests.sources.conftest import ReadBytes

LEAST = "{name: x, version: 1, description: y, id: id, fields: {account: a, channel: c, posted_at: t}%s}"
GOOD = {"id": "1", "a": "ann", "c": "mail", "t": "2026-11-01T10:00:00Z"}


@pytest.fixture
def mapping_of(tmp_path: Path):
    def made(more: str = "", text: str | bytes | None = None) -> str:
        path = tmp_path / "mapping.yaml"
        given = LEAST.replace("%s", more) if text is None else text
        path.write_bytes(given if isinstance(given, bytes) else given.encode())
        return str(path)

    return made


def mapped(mapping: str, row: dict[str, object]) -> dict[str, object]:
    import orjson

    found: dict[str, object] = orjson.loads(Mapper(load_mapping(mapping), "site").record(row, 7).content)["mapped"]
    return found


@pytest.mark.parametrize("name", shipped_mappings())
def test_every_shipped_mapping_loads_and_says_what_it_reads(name: str) -> None:
    mapping = load_mapping(name)

    assert mapping.name == name
    assert len(mapping.description.split()) >= 10
    assert mapping.label == f"{name}@{mapping.version}"
    filled = {*mapping.fields, *mapping.constants}
    assert all(filled & {*names} for names in mapping.contract.required)
    mapping.shaper()


def test_the_example_archive_is_read_whole() -> None:
    from tests.sources.conftest import read

    found = read(PROJECT / "flows/sources/examples/tilleul.csv")

    assert found.rejects == []
    assert len(found.records) > 400


@pytest.mark.parametrize(("more", "says"), [
    (", colour: red", "colour"),
    (", answerable: sometimes", "answerable"),
    (", format: xlsx", "format"),
    (", optional: 7", "optional"),
    (", constants: {nonsense: 1}", "nonsense"),
    (", version: 0", "version"),
])  # fmt: skip
def test_a_wrong_mapping_is_told_with_its_file_and_what_is_wrong(mapping_of, more: str, says: str) -> None:
    with pytest.raises(MappingError, match=rf"(?s)mapping .*mapping\.yaml: .*{says}"):
        load_mapping(mapping_of(more))


@pytest.mark.parametrize("text", ["", "[]", "7", "{", "a: b: c", "id: \t", b"\xff\xfe\x00", b"name: \xe9"])
def test_what_is_no_mapping_at_all_is_told(mapping_of, text: str | bytes) -> None:
    with pytest.raises(MappingError, match=r"mapping\.yaml"):
        load_mapping(mapping_of(text=text))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe", "../etc", "/etc/passwd", "europe/paris x"])
def test_an_unknown_zone_is_told(mapping_of, zone: str) -> None:
    text = LEAST.replace("%s", "").replace("posted_at: t", f"posted_at: {{column: t, zone: '{zone}'}}")

    with pytest.raises(MappingError, match="zone"):
        load_mapping(mapping_of(text=text))


def test_an_unknown_name_is_told_with_those_there_are() -> None:
    with pytest.raises(MappingError, match=r"no mapping 'nonsense'.*messages, .*twitter-support-archive"):
        load_mapping("nonsense")


@pytest.mark.parametrize(
    "rows",
    ["nowhere:f", "flows.sources.shapes:play_review", "os:system", "flows.sources.shapes", ":f", "system", "x.y"],
)
def test_a_function_that_is_not_registered_is_told_with_those_that_are(mapping_of, rows: str) -> None:
    with pytest.raises(MappingError, match=r"(?s)rows: .*customer_care_turns, .*trustpilot_review"):
        load_mapping(mapping_of(f", rows: '{rows}'")).shaper()


def test_a_package_registers_functions_of_its_own(
    mapping_of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "calls.py").write_text("def turns(call):\n    yield from call['turns']\n", encoding="utf-8")
    known = tmp_path / "calls-1.dist-info"
    known.mkdir()
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: calls\nVersion: 1\n", encoding="utf-8")
    (known / "entry_points.txt").write_text(
        "[vigie.row_shapers]\ncall-turns = calls:turns\nbroken = nowhere:turns\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    shape = load_mapping(mapping_of(", rows: call-turns")).shaper()

    assert shape is not None and list(shape({"turns": [{"id": 1}]})) == [{"id": 1}]
    with pytest.raises(MappingError, match="rows: broken: its package cannot be imported"):
        load_mapping(mapping_of(", rows: broken")).shaper()


@pytest.mark.parametrize("time", ["%d %d", "%Q", "%", "%Y-%m-%d" + " " * 100])
def test_a_time_format_that_is_none_is_told(mapping_of, time: str) -> None:
    text = LEAST.replace("%s", "").replace("posted_at: t", f"posted_at: {{column: t, time: '{time}'}}")
    with pytest.raises(MappingError, match="time"):
        load_mapping(mapping_of(text=text))


def test_a_mapping_that_unfolds_without_end_is_refused_at_once(mapping_of) -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)), "name: *a39"]
    with pytest.raises(MappingError, match="aliases"):
        load_mapping(mapping_of(text="\n".join(lines)))


@pytest.mark.parametrize(("text", "formats", "zone", "utc"), [
    ("2026-11-01T10:00:00Z", ["iso"], None, "2026-11-01T10:00:00+00:00"),
    ("2026-11-01T10:00:00.5+02:00", ["iso"], "Asia/Tokyo", "2026-11-01T08:00:00.500000+00:00"),
    ("2026-07-01 10:00", ["iso"], "Europe/Paris", "2026-07-01T08:00:00+00:00"),
    ("2026-12-01 10:00", ["iso"], "Europe/Paris", "2026-12-01T09:00:00+00:00"),
    ("2026-10-25 02:30", ["iso"], "Europe/Paris", "2026-10-25T00:30:00+00:00"),
    ("2026-03-29 02:30", ["iso"], "Europe/Paris", "2026-03-29T01:30:00+00:00"),
    ("31/12/2026 23:59", ["%d/%m/%Y %H:%M"], "Europe/Paris", "2026-12-31T22:59:00+00:00"),
    ("12/31/2026", ["%d/%m/%Y", "%m/%d/%Y"], "UTC", "2026-12-31T00:00:00+00:00"),
    ("Tue Oct 31 22:10:10 +0000 2017", ["%a %b %d %H:%M:%S %z %Y"], None, "2017-10-31T22:10:10+00:00"),
    ("1509487810", ["epoch"], None, "2017-10-31T22:10:10+00:00"),
    ("1509487810250", ["epoch_ms"], None, "2017-10-31T22:10:10.250000+00:00"),
])  # fmt: skip
def test_times_are_read_in_their_format_and_zone(text: str, formats: list[str], zone: str | None, utc: str) -> None:
    assert parse_time(text, formats, zone).isoformat() == utc


@pytest.mark.parametrize(("text", "formats"), [
    ("2026-11-01 10:00", ["iso"]), ("soon", ["iso", "epoch"]), ("2026-13-01T00:00:00Z", ["iso"]), ("", ["iso"]),
    ("nan", ["epoch"]), ("31/02/2026 +0000", ["%d/%m/%Y %z"]),
])  # fmt: skip
def test_a_time_that_is_none_or_has_no_zone_is_refused(text: str, formats: list[str]) -> None:
    with pytest.raises(ValueError, match=r"expected|zone"):
        parse_time(text, formats, None)


@pytest.mark.parametrize("text", ["inf", "1e18", "1e300", "-1e18", "9" * 400])
@pytest.mark.parametrize("unit", ["epoch", "epoch_ms"])
def test_a_time_beyond_the_calendar_is_a_bad_row(mapping_of, text: str, unit: str) -> None:
    text_of = LEAST.replace("%s", "").replace("posted_at: t", f"posted_at: {{column: t, time: {unit}}}")

    with pytest.raises(Unusable) as told:
        mapped(mapping_of(text=text_of), GOOD | {"t": text})

    assert told.value.reason == "bad posted_at"


def test_a_tweets_time_is_in_its_id() -> None:
    assert snowflake_time("1245403438755852288") == "2020-04-01T17:31:32.933+00:00"
    assert datetime.fromisoformat(snowflake_time("0")) == datetime(2010, 11, 4, 1, 42, 54, 657000, UTC)


@pytest.mark.parametrize("tweet_id", ["1" + "0" * 40, "-" + "9" * 30, "none"])
def test_a_session_whose_ids_are_nonsense_is_rejected(read_bytes: ReadBytes, tweet_id: str) -> None:
    session = (
        '[{"dialogHeader": {"company": "c"}, "dialogContent": [],'
        f' "agentURL": {{"tweet_ID": "{tweet_id}", "url_utterance": "x"}}}}]'
    )

    found = read_bytes(session.encode(), "sessions.json", "ibm-twitter-care")

    assert (found.reasons, found.ids) == (["wrong shape"], [])


def test_values_nulls_constants_positions_and_nested_columns_are_applied(mapping_of) -> None:
    text = """
name: x
version: 1
description: y
id: [a, t]
nulls: ["?", "n/a"]
fields:
  account: user.name
  posted_at: t
  author_role_declared: {column: kind, values: {Client: customer, Agent: brand}}
  title: title
  is_public: open
  rating: stars
  native_order: {position: true}
constants: {channel: forum}
"""
    row = {"user": {"name": "ann"}, "a": "1", "t": "2026-11-01T10:00:00Z", "kind": " CLIENT", "title": " n/a ",
           "open": "Oui", "stars": "4,5"}  # fmt: skip
    path = mapping_of(text=text)

    assert mapped(path, row) == {
        "channel": "forum", "account": "ann", "posted_at": "2026-11-01T10:00:00+00:00",
        "author_role_declared": "customer", "is_public": True, "rating": 4.5,
    }  # fmt: skip
    record = Mapper(load_mapping(path), "site").record(row, 7)
    assert (record.native_order, len(record.record_id)) == (7, 32)


@pytest.mark.parametrize(("column", "value", "reason"), [
    ("author_role_declared", "boss", "bad author_role_declared"),
    ("time_precision", "week", "bad time_precision"),
    ("is_public", "perhaps", "bad is_public"),
    ("rating", "five", "bad rating"),
    ("audience", "many", "bad audience"),
])  # fmt: skip
def test_a_value_that_fits_no_field_is_refused_with_the_field(
    mapping_of, column: str, value: str, reason: str
) -> None:
    text = LEAST.replace("%s", "").replace("posted_at: t", f"posted_at: t, {column}: v")

    with pytest.raises(Unusable) as told:
        mapped(mapping_of(text=text), GOOD | {"v": value})

    assert told.value.reason == reason


def test_the_guide_has_the_columns_of_every_shipped_mapping() -> None:
    guide = (PROJECT / "docs" / "data-engineers.md").read_text(encoding="utf-8")
    table = guide.split("### The shipped mappings")[1].split("\n### ")[0]
    lines = [line.strip("|") for line in table.splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    assert [row[0] for row in rows] == [f"`{name}`" for name in shipped_mappings()]

    for name, brings, must, may in rows:
        mapping = load_mapping(name.strip("`"))
        said = must if mapping.rows else set(re.findall("`(.+?)`", must))
        needed = f"documents, as `{mapping.rows}` reads them" if mapping.rows else mapping.columns()
        identifiers = set() if mapping.rows else {given.column for given in mapping.identifiers}
        assert (brings, said) == (mapping.stream, needed), name
        assert set(re.findall("`(.+?)`", may)) == {*mapping.optional, *identifiers}, name
