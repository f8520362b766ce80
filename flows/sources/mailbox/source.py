"""The `mailbox` source: new mails of an account or of files, or those of a period of the past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from flows.errors import SourceError
from flows.records import Cursor, Json, Page
from flows.settings import settings
from flows.sources.base import Period, SourceFacts, Stored
from flows.sources.credentials import read_secret
from flows.sources.http import Budget, BudgetUsedUp, Clock, Memory
from flows.sources.http.guard import Guard
from flows.sources.http.limits import MEGABYTE
from flows.sources.mailbox.batch import Batch, Task
from flows.sources.mailbox.config import ImapServer, MailboxConfig
from flows.sources.mailbox.disk import Disk
from flows.sources.mailbox.imap import Imap
from flows.sources.mailbox.known import Known
from flows.sources.mailbox.namesakes import Namesakes
from flows.sources.mailbox.places import Place, places
from flows.sources.mailbox.server import Account
from flows.sources.rechecks import Absences
from flows.sources.roots import Roots, declared

SITE = "mail"  # ids of mails and addresses are the same everywhere


class Mailbox:
    """Reads each folder or file from where it was left; the cursor holds a position for each."""

    def __init__(self, config: MailboxConfig, clock: Clock | None = None, roots: Roots | None = None) -> None:
        """`roots` hold the files that may be read (unset: the declared); `clock` is for tests."""
        self.config = config
        self._roots = roots or declared()
        self.site = config.site or SITE
        self._clock = clock or Clock()
        self._most = int(config.max_mail_megabytes * MEGABYTE)
        self._stored: Stored = _nothing_stored

    def compare(self, stored: Stored) -> None:
        """Take what tells a mail from another one that has its Message-ID."""
        self._stored = stored

    def facts(self) -> SourceFacts:
        """One site for all mail, so that a mail in two mailboxes is one; every mail waits for an answer."""
        return SourceFacts("mailbox", self.site, self.config.answerable or "all")

    def total(self) -> int | None:
        """Bytes of the files; unknown of a server."""
        if self.config.path is None:
            return None
        return sum(file.stat().st_size for place in self._places() for file in _files(place))

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield what is new. Raises SourceError where the place cannot be read at all."""
        yield from self._run(None if self.config.again else cursor, None, self._known(state))

    def back_fill(self, period: Period, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield what was written in a period; `cursor` is that back-fill's own, the state stays as it is."""
        yield from self._run(cursor, period, None)

    def _known(self, state: Mapping[str, Json]) -> Known | None:
        if not self.config.imap or self.config.expunged == "kept":
            return None
        memory = Memory(state)
        return Known(state, memory, Absences(memory, self.config, self._clock.now()), self.site)

    def _run(self, cursor: Cursor | None, period: Period | None, known: Known | None) -> Iterator[Page]:
        task = Task(self.config, self.site, self._clock.now(), period, Namesakes(self._stored))
        batch = Batch(task, dict((cursor or {}).get("places", {})))
        budget = Budget(bytes=self.config.max_megabytes * MEGABYTE, minutes=self.config.max_minutes)
        try:
            if self.config.imap:
                yield from self._account(self.config.imap, batch, budget, known)
            else:
                disk = Disk(batch, budget, self._clock, self._most)
                for place in self._places():
                    yield from disk.read(place, batch.places.get(place.name))
        except BudgetUsedUp as end:
            state = known.take() if known else None
            yield batch.close(gap=f"{end}: what is left is for the next run", state=state)
        except SourceError as error:
            raise SourceError(f"source {self.config.name}: {error}") from error
        except OSError as error:
            raise SourceError(f"source {self.config.name}: {error.filename}: {error.strerror}") from error

    def _account(self, server: ImapServer, batch: Batch, budget: Budget, known: Known | None) -> Iterator[Page]:
        def spend(count: int) -> float:
            now = self._clock.monotonic()
            budget.check_wait(0, now)
            budget.spend_bytes(count)
            return budget.left(now)

        if server.ca_file:
            server = server.model_copy(update={"ca_file": str(self._certificates(Path(server.ca_file)))})
        guard = Guard(self.config.allowed_private, settings().allowed_private)
        with Imap(server, read_secret(server.password, server.address), guard, self._most, spend) as imap:
            yield from Account(server, imap, batch, known).read()

    def _certificates(self, file: Path) -> Path:
        real = self._roots.check(file)
        if not real.is_file():
            raise SourceError(f"ca_file: no file at {file}")
        return real

    def _places(self) -> list[Place]:
        path = Path(self.config.path or "")
        exists = self._roots.check(path).exists()
        path = path.expanduser()
        found = places(path, self._roots) if exists else []
        if not found:
            raise SourceError(f"no mails at {path}: no mbox file, Maildir, or file of a mail")
        return found


def _files(place: Place) -> Iterator[Path]:
    if place.kind == "mbox":
        yield place.path
    else:
        yield from place.files()


def _nothing_stored(_stream: str, _site: str, _record_id: str) -> None:
    return None
