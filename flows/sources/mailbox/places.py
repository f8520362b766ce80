"""Where mails lie on disk: which files of a path are mbox files, Maildirs and single mails."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from flows.sources.roots import Roots

MBOX_SUFFIXES = frozenset({".mbox", ".mbx"})
MAIL_SUFFIXES = frozenset({".eml"})


@dataclass(frozen=True)
class Place:
    """An mbox file, a Maildir, or a folder of single mails; `name` tells it from the others under the path.

    `roots` hold the files that may be read: a link to another raises SourceError.
    """

    kind: Literal["mbox", "maildir", "folder"]
    name: str
    path: Path
    roots: Roots

    def files(self) -> Iterator[Path]:
        """The mails of a Maildir, or of a folder and those below that are no Maildir."""
        if self.kind == "maildir":
            for part in ("cur", "new"):
                yield from _files(self.path / part, self.roots)
        elif self.path.is_file():
            yield self.path
        else:
            for folder in _folders(self.path):
                if not _is_maildir(folder):
                    yield from (file for file in _files(folder, self.roots) if not is_mbox(file))


def places(path: Path, roots: Roots) -> list[Place]:
    """All places under a path; a file that is no mbox is a mail. Raises OSError, SourceError."""
    if path.is_file():
        return [Place("mbox" if is_mbox(path) else "folder", path.name, path, roots)]
    found: list[Place] = []
    for folder in _folders(path):
        name = folder.relative_to(path).as_posix()
        if _is_maildir(folder):
            found.append(Place("maildir", name, folder, roots))
        else:
            files = _files(folder, roots)
            found += [Place("mbox", _within(name, file.name), file, roots) for file in files if is_mbox(file)]
    rest = Place("folder", ".", path, roots)
    if not _is_maildir(path) and any(True for _ in rest.files()):
        found.append(rest)
    return found


def is_mbox(path: Path) -> bool:
    """By its name, or by how it begins."""
    if path.suffix.lower() in MBOX_SUFFIXES | MAIL_SUFFIXES:
        return path.suffix.lower() in MBOX_SUFFIXES
    with path.open("rb") as file:
        return file.read(5) == b"From "


def delivered(path: Path) -> str | None:
    """When a Maildir's file was delivered, by its name: seconds since 1970, as a date that can be read."""
    found = re.match(r"(\d{9,10})\.", path.name)
    return f"{_date(int(found.group(1)))}" if found else None


def _date(seconds: int) -> str:
    from email.utils import formatdate

    return formatdate(seconds)


def _within(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


def _is_maildir(path: Path) -> bool:
    return (path / "cur").is_dir() and (path / "new").is_dir()


def _folders(path: Path) -> Iterator[Path]:
    """A folder and those below it, the parts of Maildirs left out; hidden ones are Maildirs' subfolders only."""
    for root, names, _ in os.walk(path):
        here = Path(root)
        is_maildir = _is_maildir(here)
        skipped = {"cur", "new", "tmp"} if is_maildir else set()
        names[:] = sorted(
            name
            for name in names
            if name not in skipped and (not name.startswith(".") or (is_maildir and _is_maildir(here / name)))
        )
        yield here


def _files(folder: Path, roots: Roots) -> list[Path]:
    roots.check(folder)
    found = []
    for entry in sorted(os.scandir(folder), key=lambda one: one.name):
        if entry.is_file() and not entry.name.startswith("."):
            if entry.is_symlink():
                roots.check(Path(entry.path))
            found.append(Path(entry.path))
    return found
