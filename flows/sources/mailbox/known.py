"""Which mail stands where, kept only for those who want expunged mails gone: UIDs and ids, a thousand a state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flows.records import Json, Page, Record, Tombstone
from flows.sources.mailbox.batch import Batch
from flows.sources.mailbox.mapping import STREAM

SHELF = 1_000


@dataclass(frozen=True)
class Gone:
    """What is found gone, and the state without it."""

    tombstones: list[Tombstone]
    state: dict[str, Json]

    def page(self, batch: Batch) -> Page:
        """The page that says so."""
        page = batch.close(state=self.state)
        return Page(page.records, page.next_cursor, page.rejects, self.tombstones, page.state)


class Known:
    """Ids of mails by folder and UID, as committed, and as this run finds them."""

    def __init__(self, state: Mapping[str, Json], site: str) -> None:
        """Read the shelves of the state."""
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
        return {key: dict(self._shelves[key]) for key in changed}

    def gone(self) -> Gone:
        """Ids that stood in a folder and stand in none now. Moved to a folder that is read, a mail is not gone."""
        missing: set[str] = set()
        for key, shelf in self._shelves.items():
            for uid in list(self._absent(key, shelf)):
                missing.add(shelf.pop(uid))
                self._changed.add(key)
        standing = {one for shelf in self._shelves.values() for one in shelf.values()}
        found = [Tombstone(STREAM, self._site, one, "expunged") for one in sorted(missing - standing)]
        return Gone(found, self.take())

    def _absent(self, key: str, shelf: Json) -> Iterator[str]:
        place, era, _ = key.removeprefix("uids:").rsplit(":", 2)
        uidvalidity, present = self._present.get(place, (None, set()))
        if uidvalidity is not None:
            yield from (uid for uid in shelf if str(uidvalidity) != era or int(uid) not in present)
