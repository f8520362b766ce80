"""Which files a configured source reads: those below declared roots, however the path is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flows.errors import MappingError, SourceError
from flows.settings import PROJECT, Settings
from flows.sources.files import Files, FilesConfig
from flows.sources.mailbox.config import MailboxConfig
from flows.sources.mailbox.source import Mailbox
from flows.sources.mapping import load_mapping
from flows.sources.roots import ANYWHERE, EXAMPLES, Roots, declared

CSV = b"id,account,channel,posted_at,body\n1,ann,mail,2026-11-01T10:00:00Z,hello\n"
MAIL = b"From: ann@example.net\nMessage-ID: <1@example.net>\nDate: Mon, 2 Nov 2026 10:00:00 +0000\n\nhello\n"
OUTSIDE = "outside the folders that sources may read"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with a file, a link out of it and a folder that is one; beside it what nobody may read."""
    folder = tmp_path / "inbox"
    (folder / "more").mkdir(parents=True)
    (tmp_path / "private").mkdir()
    (tmp_path / "inbox-of-others").mkdir()
    for place in (folder / "in.csv", tmp_path / "private" / "out.csv", tmp_path / "inbox-of-others" / "out.csv"):
        place.write_bytes(CSV)
    (folder / "linked.csv").symlink_to(tmp_path / "private" / "out.csv")
    (folder / "linked").symlink_to(tmp_path / "private")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "again.csv").symlink_to(folder / "in.csv")
    os.mkfifo(folder / "pipe.csv")
    return folder


def read(path: Path | str, root: Path) -> int:
    config = FilesConfig(name="drop", path=str(path), mapping="messages")
    return sum(len(page.records) for page in Files(config, Roots([root])).pages(None, {}))


@pytest.mark.parametrize("path", ["in.csv", "more/../in.csv", "i*.csv", "again.csv", "?n.csv"])
def test_what_lies_below_a_root_is_read(root: Path, path: str) -> None:
    assert read(root / path, root) == 1


@pytest.mark.parametrize(
    "path",
    ["../private/out.csv", "linked.csv", "linked/out.csv", "linked", "linked/*.csv", "*.csv", "../private",
     "../inbox-of-others/out.csv", "../private/*.csv", "../*/out.csv", "*/../../private/out.csv", "/etc/passwd",
     "/etc/host?", "/proc/self/environ", "/dev/zero", "~/.bashrc", "~nobody-there/x", "loop",
     "x\0y", "../nothing.csv"],
)  # fmt: skip
def test_what_lies_elsewhere_is_not_even_looked_at(root: Path, path: str) -> None:
    given = path if path.startswith("~") else root / path
    with pytest.raises(SourceError, match=f"{OUTSIDE}|VIGIE_FILE_ROOTS|must not go up|no path") as error:
        read(given, root)
    assert "no file at" not in str(error.value)


def test_a_pipe_is_no_file(root: Path) -> None:
    with pytest.raises(SourceError, match="no file at"):
        read(root / "pipe.csv", root)


def test_vigies_own_state_is_not_readable_through_a_root_that_holds_it(tmp_path: Path) -> None:
    home = tmp_path / ".vigie"
    (home / "inbox").mkdir(parents=True)
    roots = Roots([tmp_path, home / "inbox"], home)
    assert roots.check(tmp_path / "a.csv")
    assert roots.check(home / "inbox" / "a.csv")
    for path in (home / "postgres.passwords.json", home / "inbox" / ".." / "postgres.passwords.json", home):
        with pytest.raises(SourceError, match=OUTSIDE):
            roots.check(path)
    with pytest.raises(SourceError, match=OUTSIDE):
        Roots([home], home).check(home / "postgres.passwords.json")


def test_the_environment_declares_the_roots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIGIE_FILE_ROOTS", f"{tmp_path / 'a'}{os.pathsep} exports{os.pathsep}")
    monkeypatch.setenv("VIGIE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("flows.sources.roots.settings", Settings)
    roots = declared()
    for path in (tmp_path / "a/x", PROJECT / "exports/x", tmp_path / "home/inbox/x", EXAMPLES / "tilleul.csv"):
        assert roots.check(path) == path
    for path in (tmp_path / "b/x", PROJECT / "prefect.yaml", tmp_path / "home/x"):
        with pytest.raises(SourceError, match=OUTSIDE):
            roots.check(path)


def test_a_mapping_is_a_file_like_others(root: Path) -> None:
    least = (
        "{name: m, version: 1, description: d, id: i, fields: {account: a, posted_at: t}, constants: {channel: x}}"
    )
    for place in (root / "m.yaml", root / "../private/m.yaml"):
        place.write_text(least, encoding="utf-8")
    assert load_mapping(str(root / "m.yaml"), Roots([root])).name == "m"
    assert load_mapping("messages", Roots([root])).name == "messages"
    assert load_mapping(str(root / "../private/m.yaml"), ANYWHERE).name == "m"
    for name in (
        str(root / "../private/m.yaml"),
        f"{'../' * 30}{root.parent.as_posix()[1:]}/private/m",
        "../mappings/messages",
    ):
        with pytest.raises(MappingError):
            load_mapping(name, Roots([root]))


@pytest.mark.parametrize("path", ["../private", "linked", "../private/1.eml", "box", "maildir", "../private/cur"])
def test_mails_are_files_like_others(root: Path, path: str) -> None:
    for part in ("cur", "new"):
        (root.parent / "private" / part).mkdir()
        (root / "maildir").mkdir(exist_ok=True)
        (root / "maildir" / part).symlink_to(root.parent / "private" / part)
    for place in ("1.eml", "cur/1700000000.1.host"):
        (root.parent / "private" / place).write_bytes(MAIL)
    (root / "box").mkdir()
    (root / "box" / "1.eml").symlink_to(root.parent / "private" / "1.eml")
    source = Mailbox(MailboxConfig(name="post", path=str(root / path)), roots=Roots([root]))
    with pytest.raises(SourceError, match=OUTSIDE):
        list(source.pages(None, {}))
    with pytest.raises(SourceError, match=OUTSIDE):
        source.total()


def test_mails_below_a_root_are_read(root: Path) -> None:
    (root / "more" / "1.eml").write_bytes(MAIL)
    source = Mailbox(MailboxConfig(name="post", path=str(root / "more")), roots=Roots([root]))
    assert [len(page.records) for page in source.pages(None, {})] == [1]
