"""Files as a source: exports and archives that cannot be collected any other way, through a declared mapping."""

from __future__ import annotations

import codecs
import hashlib
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from flows.errors import SourceError
from flows.records import Cursor, Json, Page, Record, Reject, Unusable, as_bytes, canonical, reject
from flows.sources.ahead import read_ahead
from flows.sources.base import KnownIds, SourceConfig, SourceFacts
from flows.sources.complete import Complete
from flows.sources.mapper import Mapper
from flows.sources.mapping import Mapping as FileMapping
from flows.sources.mapping import load_mapping
from flows.sources.readers import Columns, format_of, read_rows
from flows.sources.rechecks import RecheckConfig
from flows.sources.repeats import Repeats
from flows.sources.roots import Roots, declared
from flows.sources.rows import REPLACED, Row

MOST_NAMED = 20  # columns in a note


class FilesConfig(SourceConfig, RecheckConfig):
    """A file, a folder or a pattern of files, and the mapping that reads them."""

    type: Literal["files"] = "files"
    path: str = Field(
        description="A file, a folder, or a pattern such as drop/*.csv. Relative paths start at the project. "
        "Only what lies in VIGIE_HOME/inbox, or in a folder of VIGIE_FILE_ROOTS, is read.",
        examples=["exports/2026-*.csv"],
    )
    mapping: str = Field(description="Name of a shipped mapping, or path of a YAML file.", examples=["messages"])
    again: bool = Field(False, description="Read files that were read whole before, too; nothing doubles.")
    complete: bool = Field(
        False,
        description="The files are all there is of this source: what it read before and they no longer hold is "
        "gone, when two runs missed it, and never many at once.",
    )
    absent_hours: float = Field(
        6,
        ge=0,
        le=720,
        description="With complete: hours between two runs that must both miss a row before it counts as deleted; "
        "0: one run is enough.",
    )
    encoding: str | None = Field(
        None,
        description="How the files are written, such as cp850 or latin-1; unset: UTF-8, and Windows-1252 for lines "
        "that are not.",
    )
    page_size: int = Field(2000, ge=1, le=100_000, description="Rows a page: each page is one transaction.")

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        try:
            return value and codecs.lookup(value).name
        except LookupError as error:
            raise ValueError(f"no encoding {value!r}: give a name such as cp850, latin-1 or utf-16") from error


class Files:
    """Reads each file row by row; a file that was left in the middle goes on from there."""

    def __init__(self, config: FilesConfig, roots: Roots | None = None) -> None:
        """Load the mapping; MappingError when it is wrong. `roots` hold all that is read; unset: the declared."""
        self.config = config
        self._roots = roots or declared()
        self.mapping = load_mapping(config.mapping, self._roots)
        self.site = config.site or config.name
        self._mapper = Mapper(self.mapping, self.site)
        # A file is read again when it is to be read in another way.
        self._how = " ".join(filter(None, (self.mapping.label, config.encoding)))
        self._shape = self.mapping.shaper()
        self._known: KnownIds = _nothing_known

    def look_back(self, known: KnownIds) -> None:
        """Take what says which records this source read before."""
        self._known = known

    def facts(self) -> SourceFacts:
        """Site and policy: what the configuration says, else the mapping, where it brings messages."""
        told = self.mapping.answerable if self.mapping.stream == "messages" else None
        return SourceFacts("files", self.site, self.config.answerable or told)

    def paths(self) -> list[Path]:
        """The files to read, by name; SourceError when there are none, or one is out of bounds."""
        given = Path(self.config.path)
        try:
            found = self._roots.find(given)
        except SourceError as error:
            raise SourceError(f"source {self.config.name}: {error}") from error
        if not found:
            raise SourceError(f"source {self.config.name}: no file at {given}")
        return found

    def total(self) -> int | None:
        """Bytes of all files."""
        return sum(path.stat().st_size for path in self.paths())

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield the rows of every file, a page at a time; `cursor` is the last page's, `state` one a file."""
        paths = self.paths()
        names = Counter(path.name for path in paths)
        files = {path.name if names[path.name] == 1 else path.as_posix(): path for path in paths}
        if not self.config.complete:
            yield from read_ahead(self._files(files, state, None))
            return
        whole = Complete(self.mapping.table, self.site, self.config, state, datetime.now(UTC))
        mark = self._mark(files)
        if whole.is_known(mark) and not self.config.again:
            return
        last: Cursor = {}
        for page in read_ahead(self._files(files, state, whole)):
            last = page.next_cursor
            yield page
        found = whole.end(self._known(self.mapping.table, self.site), mark)
        size = self.config.page_size
        while len(found.gone) > size:
            yield Page([], last, tombstones=found.gone[:size])
            del found.gone[:size]
        yield Page([], last, tombstones=found.gone, gap=found.gap, notes=found.notes, state=found.state)

    def _mark(self, files: Mapping[str, Path]) -> str:
        """Which files there are, what is in them and what reads them."""
        told = {}
        for name, path in files.items():
            with self._readable(path) as checked:
                told[name] = _sha256(checked)
        return hashlib.sha256(canonical([self._how, told])).hexdigest()

    @contextmanager
    def _readable(self, path: Path) -> Iterator[Path]:
        """A file within bounds; SourceError where it cannot be read."""
        try:
            yield self._roots.check(path)
        except OSError as error:
            raise SourceError(f"source {self.config.name}: {path}: {error.strerror}") from error

    def _files(
        self, files: Mapping[str, Path], state: Mapping[str, Json], whole: Complete | None
    ) -> Generator[Page]:
        gone_through = 0
        for name, path in files.items():
            with self._readable(path) as checked:
                yield from self._file(checked, name, state.get(f"file:{name}"), gone_through, whole)
            gone_through += path.stat().st_size

    def _file(
        self, path: Path, name: str, before: Json | None, gone_through: int, whole: Complete | None
    ) -> Iterator[Page]:
        digest = _sha256(path)
        known = before is not None and (before["sha256"], before["mapping"]) == (digest, self._how)
        if before and known and before["done"] and not (self.config.again or whole):
            return
        done = before["rows"] if before and known and not before["done"] else 0
        page = _Pending(whole)
        repeats = Repeats() if self.mapping.repeats == "reject" else None
        notes = _Notes(name, self.mapping, self.config.encoding)
        self._mapper.told.clear()
        inputs = 0
        for row in self._rows(path):
            inputs += 1
            notes.see(row)
            notes.passed_over += self._take(name, row, page, repeats)
            if inputs <= done:  # written by the run that was cut off; what it read is known all the same
                page = _Pending(whole)
            elif len(page) >= self.config.page_size:
                yield page.close(self._cursor(name, digest, inputs, False), gone_through + row.offset)
                page = _Pending(whole)
        last = self._cursor(name, digest, inputs, True)
        yield page.close(last, gone_through + path.stat().st_size, notes.told(self._mapper.told))

    def _cursor(self, name: str, digest: str, rows: int, done: bool) -> tuple[str, Json]:
        return name, {"sha256": digest, "mapping": self._how, "rows": rows, "done": done}

    def _rows(self, path: Path) -> Iterator[Row]:
        kind = self.mapping.format or format_of(path)
        columns = Columns(self.mapping.columns(), self.mapping.reads)
        return read_rows(path, kind, columns, self.mapping.items, self.config.encoding)

    def _take(self, name: str, row: Row, page: _Pending, repeats: Repeats | None) -> int:
        """Turn one row (or the rows that a document holds) into records or rejects; how many were passed over."""
        where = f"{name}:{row.number}"
        if row.value is None:
            page.refuse(Reject(self.mapping.table, where, row.reason, row.detail, row.content))
            return 0
        try:
            parts = list(self._shape(row.value)) if self._shape else [row.value]
        except (LookupError, ArithmeticError, TypeError, ValueError, AttributeError) as error:
            detail, found = f"{type(error).__name__}: {error}", row.content or as_bytes(row.value)
            page.refuse(Reject(self.mapping.table, where, "wrong shape", detail, found))
            return 0
        passed_over = 0
        for number, part in enumerate(parts, 1):
            if not self._mapper.is_meant(part):
                passed_over += 1
                continue
            place = f"{where}.{number}" if self._shape else where
            try:
                record = self._mapper.record(part, row.number, row.repaired)
                if repeats:
                    repeats.check(record, place)
                page.add(record)
            except Unusable as error:
                page.refuse(reject(self.mapping.table, place, error, row.content or part))
        return passed_over


class _Pending:
    """A page while it fills; a look at all there is sees what comes to it."""

    def __init__(self, whole: Complete | None) -> None:
        self.records: list[Record] = []
        self.rejects: list[Reject] = []
        self._whole = whole

    def add(self, record: Record) -> None:
        self.records.append(record)
        if self._whole:
            self._whole.see(record.record_id)

    def refuse(self, found: Reject) -> None:
        self.rejects.append(found)
        if self._whole:
            self._whole.fail()

    def __len__(self) -> int:
        return len(self.records) + len(self.rejects)

    def close(self, position: tuple[str, Json], progress: int, notes: Iterable[str] = ()) -> Page:
        name, state = position
        cursor = {"file": name, "rows": state["rows"], "done": state["done"]}
        return Page(
            self.records, cursor, self.rejects, state={f"file:{name}": state}, progress=progress, notes=list(notes)
        )


class _Notes:
    """What a person should know of a file though nothing of it is lost."""

    def __init__(self, name: str, mapping: FileMapping, encoding: str | None) -> None:
        self.passed_over = 0
        self._name = name
        self._mapping = mapping
        self._encoding = encoding
        self._keys: tuple[str, ...] = ()
        self._met: set[str] = set()
        self._unread: dict[str, None] = {}
        self._guessed = 0
        self._damaged = 0

    def see(self, row: Row) -> None:
        """Look at a row's columns, where they are others than the last one's, and at how it was written."""
        self._guessed += row.repaired
        self._damaged += self._encoding is not None and REPLACED in row.content
        if row.value is not None and (keys := tuple(row.value)) != self._keys:
            self._keys = keys
            new = [key for key in keys if key not in self._met]
            self._met.update(new)
            self._unread |= dict.fromkeys(key for key in new if key.strip() and not self._mapping.reads(key))

    def told(self, of_rows: Mapping[str, int]) -> Iterator[str]:
        """Say it, a sentence each; `of_rows` is what the mapper found, and how often."""
        if self._unread:
            named = ", ".join(list(self._unread)[:MOST_NAMED]) + (", …" if len(self._unread) > MOST_NAMED else "")
            yield f"{self._name}: the mapping reads nothing from {named}: kept, and in no figure"
        if self.passed_over:
            yield f"{self._name}: {self.passed_over:,} rows say nothing in {self._mapping.only_with}: passed over"
        yield from (f"{self._name}: {times:,} {found}" for found, times in of_rows.items())
        if self._damaged:
            yield (
                f"{self._name}: {self._damaged:,} lines have letters that are no {self._encoding}, and lost them: "
                "is that how the file is written?"
            )
        if self._guessed and self._encoding is None:
            yield (
                f"{self._name}: {self._guessed:,} lines are no UTF-8 and were read as Windows-1252, or without the "
                "emojis that were cut; where letters look wrong say how the file is written (encoding: cp850, …)"
            )


def _nothing_known(_stream: str, _site: str) -> Iterable[str]:
    return ()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
