"""Files that a configured source may read: those under the folders that whoever runs Vigie declares.

A configuration comes from whoever is signed in to Prefect's UI; the roots come from the environment
(VIGIE_FILE_ROOTS), so that a path in a form reaches no other file of this machine. What a person at the machine
types (`vigie import`) is read with that person's own rights: ANYWHERE.
"""

from __future__ import annotations

import glob
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path

from flows.errors import SourceError
from flows.settings import PROJECT, settings

EXAMPLES = PROJECT / "flows" / "sources" / "examples"


class Roots:
    """Folders below which files may be read; None: anywhere."""

    def __init__(self, folders: Iterable[Path] | None, home: Path | None = None) -> None:
        """Of `home`, Vigie's own state, a root that holds it opens nothing, only one that lies in it."""
        self._folders = None if folders is None else [_real(folder) for folder in folders]
        self._home = home and _real(home)

    def check(self, path: Path) -> Path:
        """Return where a path leads, links and `..` followed. Raises SourceError unless that is below a root."""
        real = _real(path)
        if self._folders is None or any(self._holds(root, real) for root in self._folders):
            return real
        raise SourceError(
            f"{path} lies outside the folders that sources may read: put the file into VIGIE_HOME/inbox, or have "
            "its folder listed in VIGIE_FILE_ROOTS by whoever runs Vigie; `vigie import` reads any file"
        )

    def find(self, pattern: Path) -> list[Path]:
        """Files in a folder (hidden ones aside) or of a pattern, by name. Raises SourceError for any outside."""
        pattern = _expanded(pattern)
        fixed = list(takewhile(lambda part: not glob.has_magic(part), pattern.parts))
        if self._folders is not None:
            self.check(Path(*fixed))  # nothing is told of folders outside, not even whether they exist
            if ".." in pattern.parts[len(fixed) :]:
                raise SourceError(f"{pattern}: a pattern must not go up again (..) after its first *")
        if pattern.is_dir():
            found = [path for path in pattern.iterdir() if path.is_file() and not path.name.startswith(".")]
        else:
            # Path.glob takes no absolute pattern.
            found = [path for path in map(Path, glob.glob(str(pattern))) if path.is_file()]  # noqa: PTH207
        for path in found:
            self.check(path)
        return sorted(found)

    def _holds(self, root: Path, real: Path) -> bool:
        is_state = self._home and self._home.is_relative_to(root) and real.is_relative_to(self._home)
        return real.is_relative_to(root) and not is_state


ANYWHERE = Roots(None)


def declared() -> Roots:
    """The roots of this machine: VIGIE_FILE_ROOTS, the inbox in VIGIE_HOME, and the examples of Vigie's own."""
    config = settings()
    given = [PROJECT / folder.expanduser() for folder in config.file_roots]
    return Roots([*given, config.inbox, EXAMPLES], config.home)


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as error:  # no such user
        raise SourceError(f"{str(path)!r} is no path that can be followed: {error}") from error


def _real(path: Path) -> Path:
    try:
        return _expanded(path).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a NUL character
        raise SourceError(f"{str(path)!r} is no path that can be followed: {error}") from error
