"""Mails on disk: mbox files that grow, are cut off or replaced, Maildirs whose files are renamed, folders."""

from __future__ import annotations

import mailbox
import os
import random
import time
import tracemalloc
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from flows.sources.http import Clock
from flows.sources.mailbox import disk
from flows.sources.mailbox.config import MailboxConfig
from flows.sources.mailbox.mbox import pieces
from tests.sources.mailbox.reading import NOW, mail, on_disk, raw

pytestmark = pytest.mark.clock
FROM = b"From ann@example.net Mon Nov  2 10:00:00 2026\n"


def entry(number: int, body: str = "Bonjour") -> bytes:
    return FROM + raw(body + "\n", Message_ID=f"<{number}@x>") + b"\n"


def number_of(ids: list[str]) -> list[int]:
    return [int(one.partition("@")[0]) for one in ids]


# mbox --------------------------------------------------------------------------------------------------------


def test_a_mbox_that_grows_is_read_from_where_it_was_left(tmp_path: Path) -> None:
    path = tmp_path / "box.mbox"
    path.write_bytes(b"".join(map(entry, range(5))))
    reader = on_disk(path)

    first, nothing = reader.run(), reader.run()
    with path.open("ab") as file:
        file.write(entry(5) + entry(6))
    second = reader.run()

    assert number_of(first.ids) == [0, 1, 2, 3, 4]
    assert nothing.pages == []
    assert number_of(second.ids) == [4, 5, 6]  # the last known may have been half written
    assert second.records[0] == first.records[4]


def test_a_mail_that_was_half_written_is_read_again_whole(tmp_path: Path) -> None:
    path = tmp_path / "box.mbox"
    whole = entry(0) + entry(1, "Bonjour, la suite vient")
    path.write_bytes(whole[:-15])
    reader = on_disk(path)

    half = reader.run()
    path.write_bytes(whole)
    rest = reader.run()

    assert half.mapped["1@x"]["body"] != rest.mapped["1@x"]["body"] == "Bonjour, la suite vient"
    assert number_of(rest.ids) == [1]


@pytest.mark.parametrize("change", ["shorter", "beginning", "end", "same size"])
def test_another_file_under_the_name_is_read_from_its_beginning(tmp_path: Path, change: str) -> None:
    path = tmp_path / "box.mbox"
    before = b"".join(map(entry, range(4)))
    path.write_bytes(before)
    reader = on_disk(path)
    reader.run()

    path.write_bytes({
        "shorter": entry(7),
        "beginning": entry(8) + before,
        "end": b"".join(map(entry, (0, 1, 2, 9))) + entry(10),
        "same size": b"".join(map(entry, (0, 1, 2, 9))),
    }[change])  # fmt: skip
    ran = reader.run()

    expected = {"shorter": [7], "beginning": [8, 0, 1, 2, 3], "end": [0, 1, 2, 9, 10], "same size": [0, 1, 2, 9]}
    assert number_of(ran.ids) == expected[change]


@pytest.mark.parametrize("seed", range(8))
def test_a_run_that_is_killed_goes_on_from_the_last_page(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = tmp_path / "box.mbox"
    path.write_bytes(b"".join(map(entry, range(40))))
    reader = on_disk(path, page_size=chance.randint(1, 9))
    read: list[str] = []

    for _ in range(100):
        ran = reader.run(most=chance.randint(1, 3))
        read += ran.ids
        if not ran.pages:
            break
    whole = on_disk(path).run()

    assert read[:40] == whole.ids
    assert set(read) == set(whole.ids)


def test_lines_that_begin_with_from(tmp_path: Path) -> None:
    """Escaped when filed, unless quoted; a sentence that begins so divides nothing."""
    body = ">From here it works.\n\nFrom there it does not.\n\n> as you said\n>From the start\n> of it"
    path = tmp_path / "box.mbox"
    path.write_bytes(entry(0, body) + entry(1))

    ran = on_disk(path).run()

    assert number_of(ran.ids) == [0, 1]
    text = "\n".join(piece for _, piece in ran.payloads["0@x"]["mail"]["text"])
    assert text.startswith("From here it works.\n\nFrom there it does not.")
    assert ">From the start" in text


def test_dates_of_from_lines_are_when_a_mail_was_received(tmp_path: Path) -> None:
    path = tmp_path / "box.mbox"
    path.write_bytes(b"From a Tue Nov  3 08:30:00 CET 2026\n" + raw(Date="", Message_ID="<1@x>") + b"\n")

    ran = on_disk(path).run()

    assert ran.mapped["1@x"]["posted_at"] == "2026-11-03T07:30:00+00:00"
    assert ran.payloads["1@x"]["mail"]["dated_by"] == "received"


def test_a_big_mail_is_cut_and_says_so(tmp_path: Path) -> None:
    made = mail(1, "Voir la pièce jointe")
    made.add_attachment(random.Random(1).randbytes(300_000), maintype="image", subtype="png", filename="a.png")
    path = tmp_path / "box.mbox"
    path.write_bytes(FROM + made.as_bytes() + b"\n" + entry(2))

    ran = on_disk(path, max_mail_megabytes=0.1).run()

    assert ran.ids == ["1@example.net", "2@x"]
    assert ran.mapped["1@example.net"]["body"] == "Voir la pièce jointe"
    assert ran.payloads["1@example.net"]["mail"]["bytes_cut_from"] > 400_000


def test_memory_does_not_grow_with_a_mbox(tmp_path: Path) -> None:
    path = tmp_path / "box.mbox"
    with path.open("wb") as file:
        for number in range(60):
            file.write(entry(number, "x" * 70 + "\n" + "y" * 999_000))
    tracemalloc.start()

    count = sum(1 for _ in pieces(path, 0, 10_000_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 60
    assert path.stat().st_size > 59_000_000
    assert peak < 6_000_000


def test_minutes_used_up_end_a_run_with_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "box.mbox"
    path.write_bytes(b"".join(map(entry, range(9))))
    reader = on_disk(path, page_size=2, max_minutes=1)
    ticks = iter(range(0, 10_000, 25))
    reader.clock = Clock(lambda: NOW, lambda: float(next(ticks)))

    first = reader.run()
    ids = first.ids
    for _ in range(6):
        ids += reader.run().ids

    assert len(first.ids) < 9
    assert "minutes are used up" in first.gaps[0]
    assert sorted(set(ids)) == [f"{number}@x" for number in range(9)]


# Maildirs and folders ----------------------------------------------------------------------------------------


def settle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count a file as settled at once, so that a test need not wait two seconds."""
    monkeypatch.setattr(disk, "SETTLING", 0)
    time.sleep(0.02)


def test_a_maildir_and_its_subfolders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(tmp_path, monkeypatch)
    with closing(mailbox.Maildir(tmp_path / "mail", create=True)) as box:
        first = box.add(mail(1))
        with closing(box.add_folder("Sent")) as sent:
            sent.add(mail(2, From="support@example.org"))
        reader = on_disk(tmp_path / "mail", own=["example.org"])

        both, nothing = reader.run(), reader.run()
        settle(tmp_path, monkeypatch)
        box.add(mail(3))
        seen = box.get_message(first)
        seen.set_subdir("cur")
        seen.add_flag("S")
        box[first] = seen
        more = reader.run()

    assert sorted(both.ids) == ["1@example.net", "2@example.net"]
    assert both.mapped["2@example.net"]["author_role_declared"] == "brand"
    assert nothing.records == []
    assert sorted(more.ids) == ["1@example.net", "3@example.net"]  # renamed, so read again: unchanged
    assert {r.content_hash for r in more.records} & {r.content_hash for r in both.records}


def test_what_came_as_the_folder_was_listed_is_read_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of the last two seconds are read twice rather than never: here of the last hour."""
    monkeypatch.setattr(disk, "SETTLING", 3600 * 10**9)
    (tmp_path / "1.eml").write_bytes(mail(1).as_bytes())
    reader = on_disk(tmp_path)

    assert reader.run().ids == ["1@example.net"]
    assert reader.run().ids == ["1@example.net"]
    later = time.time_ns() + 60_000_000_000
    reader.cursor = {"places": {".": {"changed": later, "name": ""}}}
    assert reader.run().ids == []


def test_a_folder_of_mails_mboxes_and_other_files(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail(1).as_bytes())
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "b.eml").write_bytes(mail(2).as_bytes())
    (tmp_path / "deep" / "box").write_bytes(entry(3))
    (tmp_path / "read.me").write_bytes(b"no mail at all")
    (tmp_path / ".hidden").write_bytes(b"x")

    ran = on_disk(tmp_path).run()

    assert sorted(ran.ids) == ["1@example.net", "2@example.net", "3@x"]
    assert [(reject.locator, reject.reason) for reject in ran.rejects] == [("./read.me", "not a mail")]


def test_files_that_cannot_be_read_stop_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail(1).as_bytes())
    (tmp_path / "b.eml").symlink_to(tmp_path / "nowhere.eml")
    (tmp_path / "c.eml").write_bytes(mail(2).as_bytes())

    assert on_disk(tmp_path).run().ids == ["1@example.net", "2@example.net"]


def test_nothing_at_the_path_is_an_error(tmp_path: Path) -> None:
    assert "no mails at" in on_disk(tmp_path / "none").run().error
    assert "no mails at" in on_disk(tmp_path).run().error


def test_a_file_is_its_own_place(tmp_path: Path) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(mail(1).as_bytes())
    os.utime(path, (1, 1))

    assert on_disk(path).run().ids == ["1@example.net"]


# Periods and configuration -----------------------------------------------------------------------------------


def test_a_period_is_filled_without_moving_the_live_cursor(tmp_path: Path) -> None:
    path = tmp_path / "box.mbox"
    days = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in range(1, 11)]
    dated = [
        raw(Message_ID=f"<{day.day}@x>", Date=day.strftime("%a, %d %b %Y %H:%M:%S +0000")) + b"\n\n" for day in days
    ]
    path.write_bytes(b"".join(FROM + one for one in [*dated, raw(Date="lundi", From="") + b"\n\n"]))
    reader = on_disk(path)
    reader.run()
    cursor = reader.cursor

    ran = reader.back_fill(days[2], days[5] - timedelta(seconds=1))

    assert number_of(ran.ids) == [3, 4, 5]
    assert ran.rejects == []
    assert reader.cursor == cursor
    assert all(page.state == {} for page in ran.pages)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"path": "x", "imap": {"host": "imap.example.org", "user": "a", "password": "PW"}},
        {"imap": {"host": "imap.example.org", "user": "a"}},
        {"imap": {"host": "imap.example.org", "user": "a", "password": "my secret!"}},
        {"path": "x", "own": ["not an address"]},
        {"path": "x", "max_mail_megabytes": 80, "max_megabytes": 100},
    ],
)
def test_configurations_that_say_what_is_wrong(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MailboxConfig(name="post", **given)  # type: ignore[arg-type]


def test_every_field_of_the_form_has_a_description() -> None:
    schema = MailboxConfig.model_json_schema()
    forms = [schema, schema["$defs"]["ImapServer"]]

    assert all("description" in one or name == "type" for form in forms for name, one in form["properties"].items())
