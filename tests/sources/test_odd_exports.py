"""Exports as chats, databases and spreadsheets write them: an odd sign costs itself, no row and no neighbour."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tests.sources.conftest import Read, ReadBytes, read

HEAD = "id,account,channel,posted_at,thread,body"
AT = "2026-11-02T10:00:00Z"
CHAT = """
{name: chat, version: 1, description: d, answerable: all, items: messages.item, id: id,
 fields: {account: from, posted_at: {column: at, time: epoch}, parent: reply_to, body: text},
 constants: {channel: chat}, optional: [reply_to, text]}
"""


def bodies(found: Read) -> list[str | None]:
    return [m.get("body") for m in found.mapped]


def row(number: int, body: str) -> str:
    return f"{number},ann,mail,{AT},t{number},{body}"


@pytest.fixture
def chat(tmp_path: Path) -> str:
    (tmp_path / "chat.yaml").write_text(CHAT)
    return str(tmp_path / "chat.yaml")


def messages(*texts: object, **more: object) -> bytes:
    rows = [{"id": n, "from": "ann", "at": 1793613600 + n, "text": text} | more for n, text in enumerate(texts, 1)]
    return orjson.dumps({"name": "a chat", "messages": rows})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_lines_end_as_the_spreadsheet_ended_them(read_bytes: ReadBytes, end: str, encoding: str) -> None:
    lines = [HEAD, row(1, '"a line\rand\ranother, é"' if end == "\r" else "é"), row(2, "plain")]
    found = read_bytes((end.join(lines) + end).encode(encoding))

    assert (found.ids, found.rejects) == (["1", "2"], [])
    assert bodies(found)[1] == "plain"
    assert (bodies(found)[0] or "").endswith("é")


def test_a_long_file_of_lone_carriage_returns_is_read_line_by_line(read_bytes: ReadBytes) -> None:
    found = read_bytes("\r".join([HEAD, *(row(n, "x" * 70) for n in range(3000))]).encode(), page_size=500)

    assert found.ids == [str(n) for n in range(3000)]
    progress = [page.progress for page in found.pages]
    assert progress == sorted(progress)
    assert len(set(progress)) == 6


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r'"My \"Login\" button, it fails"', 'My "Login" button, it fails'),
        (r'"a 5\" screen"', 'a 5" screen'),
        (r'"\"quoted\""', '"quoted"'),
        (r'"in C:\\temp\\, he said \"no\""', 'in C:\\temp\\, he said "no"'),
        (r'"path C:\temp\"', "path C:\\temp\\"),  # as CSV has it: nothing is escaped
        (r'"a ""b"" \c"', 'a "b" \\c'),
        (r"C:\temp", "C:\\temp"),
    ],
)
def test_quotes_are_read_as_databases_write_them_too(read_bytes: ReadBytes, written: str, meant: str) -> None:
    content = "\n".join([HEAD, row(1, written), row(2, "plain"), row(3, written), ""])
    found = read_bytes(content.encode())

    assert (bodies(found), found.rejects) == ([meant, "plain", meant], [])


def test_null_beside_an_escaped_quote_stays_nothing(read_bytes: ReadBytes) -> None:
    found = read_bytes("\n".join([HEAD, rf'1,ann,mail,{AT},\N,"a \"b\""', ""]).encode())

    assert (bodies(found), found.mapped[0].get("thread")) == (['a "b"'], None)


def test_empty_cells_beyond_the_header_and_empty_rows_are_nothing(read_bytes: ReadBytes) -> None:
    content = "\n".join([HEAD, row(1, "a,"), row(2, "b,,,"), ",,,,,", " , ,,,,", row(3, "c,d"), ""])
    found = read_bytes(content.encode())

    assert bodies(found) == ["a", "b"]
    assert found.reasons == ["wrong number of cells"]  # what stands there is somebody's


ODD = {
    "control characters": (b"odd", b"o\x0cd\x01d\n", "o\x0cd\x01d\n"),
    "a backslash before any letter": (b"odd", rb"o\x0cd\d", r"o\x0cd\d"),
    "not a number": (b'"odd"', b"NaN", None),
    "Windows-1252": (b"odd", b"\xe9t\xe9", "été"),
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("name", ["chat.json", "chat.jsonl"])
def test_an_odd_sign_in_json_costs_neither_its_item_nor_the_others(
    read_bytes: ReadBytes, chat: str, kind: str, name: str
) -> None:
    plain, odd, meant = ODD[kind]
    content = messages("a", "odd", "c")
    if name.endswith("l"):
        odd = odd.replace(b"\n", b"")
        meant = meant and meant.replace("\n", "")
        content = b"\n".join(orjson.dumps(one) for one in orjson.loads(content)["messages"])
    found = read_bytes(content.replace(plain, odd), name, chat)

    assert found.rejects == []
    assert bodies(found) == ["a", meant, "c"]
    assert found.records[1].repaired == (kind == "Windows-1252")


def test_a_number_beyond_64_bits_is_an_id_as_it_is_written(read_bytes: ReadBytes, chat: str) -> None:
    content = messages("a", "b").replace(b'"id":2', b'"id":12345678901234567890123')

    assert read_bytes(content, "chat.json", chat).ids == ["1", "12345678901234567890123"]


@pytest.mark.parametrize(("encoding", "named"), [("utf-16", None), ("cp850", "cp850"), ("utf-16-le", "utf-16-le")])
def test_json_is_read_in_the_encoding_that_it_has(
    read_bytes: ReadBytes, chat: str, encoding: str, named: str | None
) -> None:
    content = messages("déjà", "là").decode().encode(encoding)
    found = read_bytes(content, "chat.json", chat, encoding=named)

    assert (bodies(found), found.rejects) == (["déjà", "là"], [])


def test_a_json_file_that_was_cut_off_keeps_what_stands_before_the_end(read_bytes: ReadBytes, chat: str) -> None:
    found = read_bytes(messages("a", "o\x0cdd", "c")[:-30].replace(b"\\f", b"\x0c"), "chat.json", chat)

    assert bodies(found) == ["a"]
    assert found.reasons == ["damaged JSON"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_json_lines_are_read_under_the_name_of_json(read_bytes: ReadBytes, mark: str) -> None:
    lines = [{"id": n, "account": "ann", "channel": "video", "posted_at": AT} for n in (1, 2)]
    content = mark + "".join(orjson.dumps(one).decode() + "\n" for one in lines)
    found = read_bytes(content.encode(), "comments.json")

    assert (found.ids, found.rejects) == (["1", "2"], [])


BOLD = ["My ", {"type": "bold", "text": "Login"}, " button fails"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [(BOLD, "My Login button fails"), ([{"type": "link", "text": "x"}], "x"), (["a", "b"], "a, b"), (12, "12")],
)
def test_a_text_that_stands_there_in_pieces_is_one_text(
    read_bytes: ReadBytes, chat: str, written: object, meant: str
) -> None:
    assert bodies(read_bytes(messages("a", written), "chat.json", chat)) == ["a", meant]


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({"text": {"html": "<p>x</p>"}}, "bad body"),
        ({"text": [1, {"kind": "picture"}]}, "bad body"),
        ({"from": {"id": 7, "name": "ann"}}, "bad account"),
        ({"reply_to": [1, 2]}, "bad parent"),
        ({"id": {"$oid": "65"}}, "bad id"),
    ],
)
def test_what_is_no_single_value_is_a_reject_that_says_so(
    read_bytes: ReadBytes, chat: str, odd: dict[str, object], reason: str
) -> None:
    found = read_bytes(messages("a", **odd), "chat.json", chat)

    assert (found.ids, found.reasons) == ([], [reason])
    assert "name it in the mapping" in found.rejects[0].detail


def test_accounts_of_an_export_in_a_wrong_encoding_are_the_people_they_are(
    read_bytes: ReadBytes, chat: str
) -> None:
    def wrong(text: str) -> str:
        return text.encode().decode("latin-1")

    content = messages(wrong("À bientôt 😠"), wrong("没有"), **{"from": wrong("Crédit Été")})
    found = read_bytes(content, "chat.json", chat)

    assert [m["account"] for m in found.mapped] == ["Crédit Été"] * 2
    assert bodies(found) == ["À bientôt 😠", "没有"]
    assert all(record.repaired for record in found.records)
    assert orjson.loads(found.records[0].content)["row"]["from"] == wrong("Crédit Été")


def test_formats_that_read_one_date_in_two_ways_are_refused(tmp_path: Path) -> None:
    from flows.errors import MappingError

    mapping = CHAT.replace("time: epoch", 'time: ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"], zone: UTC')
    (tmp_path / "chat.yaml").write_text(mapping)

    with pytest.raises(MappingError, match="read one date in two ways"):
        read(tmp_path / "a.json", str(tmp_path / "chat.yaml"))

    (tmp_path / "chat.yaml").write_text(mapping.replace("%m/%d/%Y", "%d.%m.%Y"))
    (tmp_path / "a.json").write_bytes(messages("a", at="02.03.2026 10:00"))
    assert read(tmp_path / "a.json", str(tmp_path / "chat.yaml")).mapped[0]["posted_at"].startswith("2026-03-02")
