"""Which mail stands where, kept only for those who want expunged mails gone: UIDs and ids, a thousand a state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flows.records import Json, Page, Record, Tombstone
from flows.sources.http import Memory
from flows.sources.mailbox.batch import Batch
from flows.sources.mailbox.mapping import STREAM
from flows.sources.rechecks import Absences

SHELF = 1_000


@dataclass(frozen=True)
class Gone:
    """What is believed gone, the state without it, and why nothing is though some is missing."""

    tombstones: list[Tombstone]
    state: dict[str, Json]
    gap: str | None

    def page(self, batch: Batch) -> Page:
        """The page that says so."""
        page = batch.close(state=self.state, gap=self.gap)
        return Page(page.records, page.next_cursor, page.rejects, self.tombstones, page.state, page.gap)


class Known:
    """Ids of mails by folder and UID, as committed, and as this run finds them."""

    def __init__(self, state: Mapping[str, Json], memory: Memory, absences: Absences, site: str) -> None:
        """Read the shelves of the state; `memory` is what `absences` are kept in."""
        self._memory = memory
        self._absences = absences
        self._shelves = {key: dict(value) for key, value in state.items() if key.startswith("uids:")}
        self._changed: set[str] = set()
        self._site = site
        self._present: dict[str, tuple[int, set[int]]] = {}

    def enter(self, place: str, uidvalidity: int, uids: Iterable[int]) -> None:
        """A folder was opened, with these UIDs in it."""
        self._present[place] = (uidvalidity, set(uids))

    def note(self, place: str, uid: int, record: Record) -> None:
        """A mail was read."""
        era = self._present[place][0]
        key = f"uids:{place}:{era}:{uid // SHELF}"
        self._shelves.setdefault(key, {})[str(uid)] = record.record_id
        self._present[place][1].add(uid)
        self._changed.add(key)

    def take(self) -> dict[str, Json]:
        """Shelves changed since the last page, for its state."""
        changed, self._changed = self._changed, set()
        return {key: dict(self._shelves[key]) for key in changed} | self._memory.take()

    def gone(self) -> Gone:
        """Ids that stood in a folder and are missing from all. Moved to a folder that is read, a mail is not."""
        absent = {key: set(self._absent(key, shelf)) for key, shelf in self._shelves.items()}
        standing = {
            one for key, shelf in self._shelves.items() for uid, one in shelf.items() if uid not in absent[key]
        }
        for one in standing:
            self._absences.found(one)
        for key, uids in absent.items():
            for one in {self._shelves[key][uid] for uid in uids} - standing:
                self._absences.miss(one)
        verdict = self._absences.believe()
        left_behind = standing | set(verdict.gone)
        for key, uids in absent.items():
            for uid in [uid for uid in uids if self._shelves[key][uid] in left_behind]:
                del self._shelves[key][uid]
                self._changed.add(key)
        found = [Tombstone(STREAM, self._site, one, "expunged") for one in verdict.gone]
        return Gone(found, self.take(), verdict.gap)

    def _absent(self, key: str, shelf: Json) -> Iterator[str]:
        place, era, _ = key.removeprefix("uids:").rsplit(":", 2)
        uidvalidity, present = self._present.get(place, (None, set()))
        if uidvalidity is not None:
            yield from (uid for uid in shelf if str(uidvalidity) != era or int(uid) not in present)
