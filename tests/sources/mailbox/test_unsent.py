"""Drafts lie among what was sent, in exports and on servers: nobody got them, so they answer nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.imap_server import ImapServer
from tests.sources.mailbox.conftest import reader
from tests.sources.mailbox.reading import mail, on_disk, raw, read_one

PASSED_OVER = "1 mail: a draft, never sent: passed over"


@pytest.mark.parametrize(
    "header",
    [
        {"X_Gmail_Labels": "Important,Drafts"},
        {"X_Gmail_Labels": "=?UTF-8?Q?Ouvert,Brouillons?="},
        {"X_Unsent": "1"},
        {"X_Mozilla_Draft_Info": "internal/draft; vcard=0; receipt=0"},
        {"X_Status": "ORT"},
    ],
)
def test_what_a_mail_program_marks_as_a_draft_is_no_message(tmp_path: Path, header: dict[str, str]) -> None:
    ran = read_one(tmp_path, raw(**header))

    assert (ran.records, ran.rejects) == ([], [])
    assert [note for page in ran.pages for note in page.notes] == [PASSED_OVER]


@pytest.mark.parametrize(
    "header",
    [
        {"X_Gmail_Labels": "Sent,Draft replies"},
        {"X_Unsent": "0"},
        {"X_Status": "RF"},
        {"Subject": "Draft contract"},
    ],
)
def test_what_was_sent_is_one(tmp_path: Path, header: dict[str, str]) -> None:
    assert len(read_one(tmp_path, raw(**header)).records) == 1


def test_a_maildir_says_it_in_the_name_of_the_file(tmp_path: Path) -> None:
    for part in ("cur", "new", "tmp"):
        (tmp_path / part).mkdir()
    for number, flags in enumerate((":2,D", ":2,DS", ":2,S", "")):
        (tmp_path / "cur" / f"1793613600.{number}.host{flags}").write_bytes(mail(number).as_bytes())

    assert sorted(on_disk(tmp_path).run().ids) == ["2@example.net", "3@example.net"]


def test_a_server_says_it_by_a_flag(post: ImapServer) -> None:
    post.deliver(mail(1))
    post.deliver(mail(2), flags=r"(\Draft)")
    source = reader(post, "INBOX")
    assert source.run().ids == ["1@example.net"]

    post.deliver(mail(2), mail(3))
    assert source.run().ids == ["2@example.net", "3@example.net"]
