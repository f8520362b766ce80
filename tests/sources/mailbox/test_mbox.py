"""mbox files as programs write them: From lines of other shapes, escaped or not, lengths right and wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.mailbox.reading import Ran, on_disk, raw

LINES = {
    "weekday": "From ann@example.net Mon Nov  2 10:00:00 2026",
    "Thunderbird's": "From - Mon Nov 02 10:00:00 2026",
    "no weekday": "From ann@example.net Nov  2 10:00:00 2026",
    "ISO": "From ann@example.net 2026-11-02T10:00:00+01:00",
    "ISO with a space": "From ann@example.net 2026-11-02 10:00:00",
    "as mails write it": "From ann@example.net Mon, 02 Nov 2026 10:00:00 +0100",
    "a zone": "From ann@example.net Mon Nov  2 10:00:00 CET 2026",
    "an offset": "From 1782@xxx Mon Nov 02 10:00:00 +0000 2026",
    "an address spelt out": "From ann at example.net  Mon Nov  2 10:00:00 2026",
    "no sender": "From Mon Nov  2 10:00:00 2026",
    "no date": "From ann@example.net",
    "nothing": "From ",
    "a dash": "From -",
    "Eudora's": "From ???@??? Mon Nov 02 10:00:00 2026",
    "PM": "From ann@example.net 11/20/2026 10:00 PM",
    "in French": "From ann@example.net lun. 2 nov. 2026 10:00:00",
}
BODIES = {
    "told": "From the shop on 2 Nov 2026 at 10:00 I bought:\nProduct: lamp\nColour: red",
    "told after a line": "Hello\n\nFrom here:\nNote: it is late",
    "no headers": "Hello\nFrom ann@example.net Mon Nov  2 10:00:00 2026\nis what I saw.",
    "quoted": "> From ann@example.net Mon Nov  2 10:00:00 2026\n> From: x\n> To: y",
}


def entry(number: int, line: str, body: str = "text", **headers: str) -> bytes:
    return f"{line}\n".encode() + raw(f"{body} {number}\n", Message_ID=f"<{number}@x>", **headers)


def run(folder: Path, content: bytes) -> Ran:
    path = folder / "box.mbox"
    path.write_bytes(content)
    return on_disk(path).run()


@pytest.mark.parametrize("shape", LINES)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_from_lines_of_every_shape_part_mails(tmp_path: Path, shape: str, end: bytes) -> None:
    content = b"\n".join(entry(number, LINES[shape]) for number in range(3)).replace(b"\n", end)
    ran = run(tmp_path, content)

    assert (ran.reasons, ran.ids) == ([], ["0@x", "1@x", "2@x"])
    assert [one["body"] for one in ran.mapped.values()] == ["text 0", "text 1", "text 2"]


@pytest.mark.parametrize("shape", ["weekday", "nothing", "ISO", "no weekday"])
def test_no_empty_line_before_or_one_too_many_after(tmp_path: Path, shape: str) -> None:
    tight = run(tmp_path, b"".join(entry(number, LINES[shape]) for number in range(3)))
    loose = run(tmp_path, b"\n".join(entry(number, f"{LINES[shape]}\n") for number in range(3)))

    assert tight.ids == loose.ids == ["0@x", "1@x", "2@x"]
    assert (tight.reasons, loose.reasons) == ([], [])


@pytest.mark.parametrize("name", ["iso", "noweekday"])
def test_the_cases(data: Path, name: str) -> None:
    ran = on_disk(data / "cases" / "collectors" / "mbox" / f"{name}.mbox").run()

    assert (ran.reasons, ran.ids) == ([], [f"m{number}@example.net" for number in (1, 2, 3)])
    assert [one["body"] for one in ran.mapped.values()] == ["text 1", "text 2", "text 3"]


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_begins_lines_so_stays_whole(tmp_path: Path, name: str) -> None:
    ran = run(tmp_path, entry(0, LINES["weekday"], BODIES[name]) + b"\n" + entry(1, LINES["weekday"]))

    assert (ran.reasons, ran.ids) == ([], ["0@x", "1@x"])
    text = "".join(text for _, text in ran.payloads["0@x"]["mail"]["text"])
    assert text.strip() == f"{BODIES[name]} 0"


def test_a_length_that_is_right_keeps_a_mail_within_a_mail(tmp_path: Path) -> None:
    inner = entry(7, LINES["weekday"]).decode()
    for length, ids in (
        (len(f"{inner} 0\n"), ["0@x", "1@x"]),
        (3, ["0@x", "7@x", "1@x"]),
        (10**9, ["0@x", "7@x", "1@x"]),
    ):
        first = entry(0, LINES["weekday"], inner, Content_Length=str(length))
        assert run(tmp_path, first + b"\n" + entry(1, LINES["weekday"])).ids == ids, length


@pytest.mark.parametrize(("written", "meant"), [(">From me", "From me"), (">>From me", ">From me")])
def test_what_was_escaped_when_a_mail_was_filed(tmp_path: Path, written: str, meant: str) -> None:
    ran = run(tmp_path, entry(0, LINES["weekday"], f"Hello\n\n{written}"))

    assert ran.mapped["0@x"]["body"] == f"Hello\n\n{meant} 0"


@pytest.mark.parametrize(("shape", "moment"), [
    ("weekday", "10:00"), ("no weekday", "10:00"), ("ISO", "09:00"), ("a zone", "09:00"),
    ("as mails write it", "09:00"),
])  # fmt: skip
def test_a_mail_without_a_date_was_received_when_its_line_says(tmp_path: Path, shape: str, moment: str) -> None:
    ran = run(tmp_path, entry(0, LINES[shape], Date=""))

    assert ran.mapped["0@x"]["posted_at"] == f"2026-11-02T{moment}:00+00:00"
