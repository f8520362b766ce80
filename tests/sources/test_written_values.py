"""Days, numbers, flags and ids as other tools write them: read as they are meant, or refused."""

from __future__ import annotations

import textwrap
from pathlib import Path

import orjson
import pytest

from flows.errors import MappingError
from flows.sources.mapping import load_mapping
from flows.sources.values import CONVERTERS, id_text
from tests.sources.conftest import Read, ReadBytes, read

HEAD = "id,account,channel,posted_at,body"
AT = "2026-03-02T10:00:00Z"
OWN = """
{{name: own, version: 1, description: d, id: id, fields: {{account: account, channel: channel,
 posted_at: {posted_at}, {body}{more}}}{rest}}}
"""


def own(
    tmp_path: Path, posted_at: str = "posted_at", more: str = "", rest: str = "", body: str = "body: body"
) -> str:
    (tmp_path / "own.yaml").write_text(OWN.format(posted_at=posted_at, body=body, more=more, rest=rest))
    return str(tmp_path / "own.yaml")


def dated(tmp_path: Path, written: str, posted_at: str) -> Read:
    (tmp_path / "a.csv").write_text(f'{HEAD}\n1,ann,mail,"{written}",hi\n')
    return read(tmp_path / "a.csv", own(tmp_path, posted_at))


def told(found: Read) -> str:
    return "\n".join(note for page in found.pages for note in page.notes)


@pytest.mark.parametrize(
    ("written", "posted_at", "day"),
    [
        ("02/03/2026", '{time: "%d/%m/%Y", zone: Europe/Paris, column: posted_at}', "2026-03-02T00:00:00+01:00"),
        ("2026-03-02", "{time: iso, zone: America/New_York, column: posted_at}", "2026-03-02T00:00:00-05:00"),
        ("2026-03-02", "posted_at", "2026-03-02T00:00:00+00:00"),
        ("2 mars 2026", "{time: [iso, written], column: posted_at}", "2026-03-02T00:00:00+00:00"),
        ("02.03.2026", '{time: ["%Y-%m-%d %H:%M", "%d.%m.%Y"], column: posted_at}', "2026-03-02T00:00:00+00:00"),
    ],
)
def test_a_day_without_a_time_of_day_is_no_midnight(tmp_path: Path, written: str, posted_at: str, day: str) -> None:
    found = dated(tmp_path, written, posted_at)

    assert (found.mapped[0]["posted_at"], found.mapped[0]["time_precision"]) == (day, "day")


@pytest.mark.parametrize("precision", ["second", "minute", "hour", "day"])
def test_a_day_is_one_whatever_the_mapping_says_of_precision(tmp_path: Path, precision: str) -> None:
    # Given an export in which some rows have a time of day, and others a day alone
    (tmp_path / "a.csv").write_text(f"{HEAD}\n1,ann,mail,2026-03-02,hi\n2,ann,mail,2026-03-02T14:05+01:00,hi\n")
    posted_at = "{time: iso, zone: Europe/Paris, column: posted_at}"
    found = read(tmp_path / "a.csv", own(tmp_path, posted_at, rest=f", constants: {{time_precision: {precision}}}"))

    told = [(row["posted_at"], row["time_precision"]) for row in found.mapped]
    assert told == [("2026-03-02T00:00:00+01:00", "day"), ("2026-03-02T13:05:00+00:00", precision)]


@pytest.mark.parametrize(
    ("written", "posted_at"),
    [
        ("02/03/2026 00:00", '{time: "%d/%m/%Y %H:%M", zone: Europe/Paris, column: posted_at}'),
        ("2026-03-02T00:00:00Z", "posted_at"),
        ("2026-03-02 00:00", "{time: iso, zone: Europe/Paris, column: posted_at}"),
        ("2 Mar 2026 00:00 UTC", "{time: written, column: posted_at}"),
        ("1772409600", "{time: epoch, column: posted_at}"),
    ],
)
def test_midnight_is_a_time_of_day(tmp_path: Path, written: str, posted_at: str) -> None:
    assert "time_precision" not in dated(tmp_path, written, posted_at).mapped[0]


def test_a_day_that_says_so_needs_no_zone(read_bytes: ReadBytes) -> None:
    found = read_bytes(f"{HEAD},time_precision\n1,ann,mail,2026-03-02,hi,day\n".encode())

    assert (found.ids, found.rejects) == (["1"], [])


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ("%d/%m/%Y %H:%M %p", "AM, PM"),  # strptime reads 2:05 PM as 2:05
        ("%d/%m/%Y %I:%M", "AM, PM"),
        ("%d/%M/%Y", "month"),  # every date would be in January
        ("%d %b %H:%M", "year"),  # and every year 1900
        ("%m/%Y", "day"),
    ],
)
def test_a_format_that_would_read_another_time_is_refused(tmp_path: Path, wanted: str, why: str) -> None:
    with pytest.raises(MappingError, match=why):
        load_mapping(own(tmp_path, f'{{time: "{wanted}", zone: UTC, column: posted_at}}'))


@pytest.mark.parametrize("wanted", ["%d/%m/%Y %I:%M %p", "%c", "%Y-%j", "%G-W%V-%u", "%Y %U %a"])
def test_a_format_that_says_the_day_and_the_half_of_it_is_one(tmp_path: Path, wanted: str) -> None:
    load_mapping(own(tmp_path, f'{{time: "{wanted}", zone: UTC, column: posted_at}}'))


@pytest.mark.parametrize(
    ("written", "wanted"),
    [("2026-07-02 10:00 UTC", "%Y-%m-%d %H:%M %Z"), ("2026-07-02 10:00 gmt", "%Y-%m-%d %H:%M %Z"),
     ("2026-07-02T10:00Z", "%Y-%m-%dT%H:%MZ"), ("2026-07-02 10:00 UTC", "%Y-%m-%d %H:%M UTC"),
     ("2026-07-02 10:00+00:00", "%Y-%m-%d %H:%M+00:00")],
)  # fmt: skip
def test_what_is_written_in_utc_is_in_utc_whatever_the_mapping_s_zone(
    tmp_path: Path, written: str, wanted: str
) -> None:
    found = dated(tmp_path, written, f'{{time: "{wanted}", zone: Europe/Paris, column: posted_at}}')

    assert found.mapped[0]["posted_at"] == "2026-07-02T10:00:00+00:00"


@pytest.mark.parametrize(
    ("unset", "time"),
    [("0", "epoch"), ("0001-01-01T00:00:00Z", "iso"), ("1899-12-30 00:00:00+00:00", "iso"), ("46082.5", "epoch")],
)
def test_a_date_that_was_never_set_is_nothing(tmp_path: Path, unset: str, time: str) -> None:
    (tmp_path / "a.csv").write_text(f"{HEAD},edited\n1,ann,mail,{AT},hi,{unset}\n2,ann,mail,{unset},hi,\n")
    edited = f", edited_at: {{column: edited, time: {time}}}"
    found = read(tmp_path / "a.csv", own(tmp_path, f"{{column: posted_at, time: [iso, {time}]}}", edited))

    assert found.ids == ["1"]
    assert "edited_at" not in found.mapped[0]
    assert [reject.reason for reject in found.rejects] == ["no posted_at"]
    assert unset in found.rejects[0].detail


def test_a_number_beyond_one_format_is_tried_in_the_next(tmp_path: Path) -> None:
    found = dated(tmp_path, "1772445600000", "{column: posted_at, time: [epoch, epoch_ms]}")

    assert found.mapped[0]["posted_at"] == "2026-03-02T10:00:00+00:00"


@pytest.mark.parametrize(
    ("field", "meaning"),
    [("is_public: {column: kind, values: {note: internal}}", "true or false"),
     ("rating: {column: kind, values: {good: four}}", "float"),
     ("is_public: {column: kind, values: {note: yes}, otherwise: perhaps}", "true or false"),
     ("edited_at: {column: kind, values: {note: now}}", "time")],
)  # fmt: skip
def test_what_a_value_means_is_what_its_field_holds(tmp_path: Path, field: str, meaning: str) -> None:
    # As it was, the row was kept, and the refresh of everything failed on it.
    with pytest.raises(MappingError, match=meaning):
        load_mapping(own(tmp_path, more=f", {field}"))


@pytest.mark.parametrize(
    "constant", ["is_public: internal", "rating_scale: five", "edited_at: yesterday", "audience: 1.5"]
)
def test_a_constant_is_what_its_field_holds(tmp_path: Path, constant: str) -> None:
    with pytest.raises(MappingError, match=constant.partition(":")[0]):
        load_mapping(own(tmp_path, rest=f", constants: {{{constant}}}"))


def test_values_are_of_the_field_s_type(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{HEAD},kind,stars\n1,ann,mail,{AT},hi,Note,5 étoiles\n")
    more = (
        ", is_public: {column: kind, values: {note: no, 1: yes}}, rating: {column: stars, values: {5 étoiles: 5}}"
    )
    found = read(tmp_path / "a.csv", own(tmp_path, more=more, rest=", constants: {reactions: '3'}"))

    assert (found.mapped[0]["is_public"], found.mapped[0]["rating"]) == (False, 5.0)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("4,5", 4.5), ("12.5", 12.5), ("1.234", 1.234), ("1.234,56", 1234.56), ("1,234.56", 1234.56), ("-7", -7.0),
     ("1 234,5", 1234.5), ("1\u202f234\u202f567", 1234567.0), ("1'234.50", 1234.5), ("1.234.567", 1234567.0),
     ("1,234,567", 1234567.0), ("0,125", 0.125), ("12 500,00 €", 12500.0), ("1234,567", 1234.567)],
)  # fmt: skip
def test_numbers_as_people_write_them(written: str, meant: float) -> None:
    assert CONVERTERS["number"](written) == meant


@pytest.mark.parametrize("written", ["1,234", "-12,500", "1 23", "1.23.4", "1,2,3", "4,5/5", "nan", "inf"])
def test_a_number_that_can_be_two_is_none(written: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        CONVERTERS["number"](written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("t", True), ("f", False), ("VRAI", True), ("FAUX", False), ("Wahr", True), ("1.0", True), ("0.0", False),
     ("Y", True), ("n", False), (True, True), (0, False)],
)  # fmt: skip
def test_flags_as_databases_and_spreadsheets_write_them(written: object, meant: bool) -> None:
    assert CONVERTERS["bool"](written) is meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [("1.2345678E7", "12345678"), ("1.55E9", "1550000000"), ("-1.0E7", "-10000000"), ("1.5E3", "1.5E3"),
     ("1.23456789E7", "1.23456789E7"), ("12E4", "12E4")],
)  # fmt: skip
def test_ids_that_java_took_for_floats_are_whole_again(written: str, meant: str) -> None:
    assert id_text(written) == meant


def test_an_id_beyond_what_a_float_holds_is_no_id() -> None:
    with pytest.raises(ValueError, match="rounded"):
        id_text("1.2345678901234567E18")


def test_identifiers_that_a_spreadsheet_rounded_are_told(read_bytes: ReadBytes) -> None:
    found = read_bytes(f'{HEAD},phone\n1,a,m,{AT},hi,3.36123E+10\n2,a,m,{AT},hi,"3,36E+10"\n'.encode())

    assert found.ids == ["1", "2"]
    assert "2 values of phone were rounded by a spreadsheet" in told(found)


def test_a_crm_s_day_stays_the_day_that_is_written(read_bytes: ReadBytes) -> None:
    found = read_bytes(b"customer_number,since\n7,2026-03-01T00:00:00+01:00\n", mapping="crm-customers")

    assert found.mapped[0]["since"] == "2026-03-01"


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf-16-le"])
def test_a_mark_at_the_beginning_is_no_part_of_the_first_name(read_bytes: ReadBytes, encoding: str) -> None:
    content = f"\ufeff{HEAD}\n1,ann,mail,{AT},hé\n".encode(encoding)
    found = read_bytes(content, encoding=encoding)

    assert (found.ids, found.mapped[0]["body"]) == (["1"], "hé")


def test_a_file_is_read_again_when_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(f"{HEAD}\n1,ann,mail,{AT},déjà\n".encode("cp850"))
    before = read(tmp_path / "a.csv")

    again = read(tmp_path / "a.csv", state=before.state, encoding="cp850")

    assert [m["body"] for m in again.mapped] == ["déjà"]
    assert read(tmp_path / "a.csv", state=again.state, encoding="cp850").pages == []


def test_letters_that_are_lost_to_a_wrong_encoding_are_told(read_bytes: ReadBytes) -> None:
    found = read_bytes(f"{HEAD}\n1,ann,mail,{AT},café\n2,ann,mail,{AT},tea\n".encode("latin-1"), encoding="utf-8")

    assert "1 lines have letters that are no utf-8" in told(found)


def test_a_header_s_names_may_have_several_lines(read_bytes: ReadBytes) -> None:
    head = f'{HEAD},"How likely are you\nto recommend us?\r\n(0-10)"'
    found = read_bytes(f"{head}\n1,ann,mail,{AT},hi,9\n".encode())

    assert (found.ids, found.rejects) == (["1"], [])
    assert "How likely are you to recommend us? (0-10)" in orjson.loads(found.pages[0].records[0].content)["row"]


def test_a_stray_quote_in_a_header_costs_no_line(read_bytes: ReadBytes) -> None:
    found = read_bytes(f'{HEAD},5" screen\n1,ann,mail,{AT},hi,x\n2,ann,mail,{AT},hi,y\n'.encode())

    assert found.ids == ["1", "2"]


REVIEWS = """\
Review,Name,Date,Text,Reply,Replied
r1,ann,2026-03-01T10:00:00Z,bad,sorry,2026-03-02T10:00:00Z
r2,bob,2026-03-01T10:00:00Z,good,,
r3,cy,2026-03-01T10:00:00Z,bad, N/A ,0000-00-00
"""


def test_replies_that_stand_beside_reviews_are_messages_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(REVIEWS)
    (tmp_path / "replies.yaml").write_text(
        textwrap.dedent("""\
        name: replies
        version: 1
        description: d
        id: [Review]
        only_with: Replied
        nulls: ["0000-00-00"]
        fields: {thread: Review, parent: Review, posted_at: Replied, body: Reply}
        constants: {account: company, author_role_declared: brand, channel: reviews}
        ignored: [Name, Date, Text]
        """)
    )
    found = read(tmp_path / "reviews.csv", str(tmp_path / "replies.yaml"))

    assert [m["parent"] for m in found.mapped] == ["r1"]
    assert found.ids != ["r1"]
    assert found.rejects == []
    assert "2 rows say nothing in Replied" in told(found)


@pytest.mark.parametrize(
    ("head", "given", "outside"),
    [
        ("kind,value", ["csat,4", "csat,8", "csat,0", "nps,0", "nps,10"], "2 ratings are not between 1 and 5"),
        ("kind,value,scale_max", ["csat,8,10", "csat,11,10"], "1 ratings are not between 1 and 10"),
        ("kind,value,scale_min", ["csat,0,0", "nps,11,0"], "1 ratings are not between 0 and 10"),
    ],
)
def test_ratings_outside_their_scale_are_told(
    read_bytes: ReadBytes, head: str, given: list[str], outside: str
) -> None:
    rows = "".join(f"{n},survey,{AT},{row}\n" for n, row in enumerate(given))
    found = read_bytes(f"id,channel,rated_at,{head}\n{rows}".encode(), mapping="ratings")

    assert (len(found.ids), outside in told(found)) == (len(given), True)


def test_stars_outside_their_scale_are_told(read_bytes: ReadBytes) -> None:
    rows = f"1,ann,app,{AT},a,5,\n2,bob,app,{AT},b,8,\n3,cy,app,{AT},c,8,10\n"
    found = read_bytes(f"{HEAD},rating,rating_scale\n{rows}".encode())

    assert told(found).count("ratings are not between") == 1
    assert "1 ratings are not between 1 and 5" in told(found)


def test_days_of_surveys_and_desks_are_days(read_bytes: ReadBytes) -> None:
    survey = read_bytes(
        b"id,channel,kind,value,asked_at,rated_at\n1,s,nps,9,2026-03-01,2026-03-02\n", mapping="ratings"
    )
    desk = read_bytes(b"thread,status,at\n7,resolved,2026-03-02\n", mapping="statuses")

    assert survey.mapped[0] == {
        "channel": "s", "kind": "nps", "value": 9.0, "time_precision": "day",
        "asked_at": "2026-03-01T00:00:00+00:00", "rated_at": "2026-03-02T00:00:00+00:00",
    }  # fmt: skip
    assert (desk.mapped[0]["at"], desk.mapped[0]["time_precision"]) == ("2026-03-02T23:59:59+00:00", "day")


def test_an_emoji_that_was_cut_costs_itself(read_bytes: ReadBytes) -> None:
    cut = "café 😀".encode()[:-1]
    found = read_bytes(
        b"\n".join([HEAD.encode(), f"1,ann,mail,{AT},".encode() + cut, f"2,ann,mail,{AT},é".encode()])
    )

    assert [m["body"] for m in found.mapped] == ["café \ufffd", "é"]
    assert "1 lines are no UTF-8" in told(found)


@pytest.mark.parametrize("written", ['="007"', "\u200e007\u202c", "\ufeff 007"])
def test_what_stands_around_an_id_is_no_part_of_it(written: str) -> None:
    assert id_text(written) == "007"


@pytest.mark.parametrize(
    ("written", "meant"), [("12,345", 12345), ("12 345", 12345), ("1.234.567", 1234567), ("7.0", 7), ("-3", -3)]
)
def test_counts_as_people_write_them(written: str, meant: int) -> None:
    assert CONVERTERS["int"](written) == meant


def test_words_of_the_contract_may_have_capitals(read_bytes: ReadBytes) -> None:
    messages = read_bytes(f"{HEAD},role\n1,ann,mail,{AT},hi, Brand\n".encode())
    survey = read_bytes(f"id,channel,rated_at,kind,value\n1,s,{AT},NPS,9\n".encode(), mapping="ratings")

    assert (messages.mapped[0]["author_role_declared"], survey.mapped[0]["kind"]) == ("brand", "nps")


def test_texts_in_html_are_told_and_read_as_they_look(tmp_path: Path, read_bytes: ReadBytes) -> None:
    content = f"{HEAD}\n1,ann,mail,{AT},<p>caf&eacute;<br>now</p>\n2,ann,mail,{AT},<3\n"
    assert "1 texts begin with HTML tags" in told(read_bytes(content.encode()))

    (tmp_path / "a.csv").write_text(content)
    found = read(tmp_path / "a.csv", own(tmp_path, body="body: {column: body, html: true}"))
    assert [m["body"] for m in found.mapped] == ["café\nnow", "<3"]
    assert told(found) == ""
