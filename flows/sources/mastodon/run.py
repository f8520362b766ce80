"""One run over one server of the Fediverse."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from flows.records import Json
from flows.sources.follow.run import ApiError, Follow, NotAllowed, NotThere, Read
from flows.sources.follow.timelines import Answer
from flows.sources.follow.watching import WatchedPosts
from flows.sources.http import Clock, Memory
from flows.sources.mastodon.api import BATCH, Api
from flows.sources.mastodon.config import MastodonConfig
from flows.sources.mastodon.lists import below, reader
from flows.sources.mastodon.mapping import STREAM, Place, is_boost, stable_id, to_record, unwrapped, written_at

SERVER = "server"
SERVER_FRESH = timedelta(days=1)


class Run(Follow):
    """A run; it remembers the domain of the server's accounts, and whether several statuses can be asked for."""

    stream = STREAM
    batch = BATCH

    def __init__(
        self, config: MastodonConfig, site: str, api: Api, memory: Memory, watch: WatchedPosts, *, clock: Clock
    ) -> None:
        """Nothing is asked before the first list."""
        super().__init__(config, site, memory, watch, clock)
        self.config = config
        self._api = api

    def reader(self, name: str) -> Read:
        """Return how one of the source's lists is asked."""
        read = reader(name, self._api, self._memory)

        def known(older: str | None) -> Answer:
            self._know_server()
            return read(older)

        return known

    def jump(self, moment: datetime, first: Answer) -> str | None:
        """Return an id that all statuses before a moment are below."""
        return below(moment, [item.key for item in first.items if item.key])

    def take(self, found: Any, where: str, *, watch: bool) -> str | None:
        """Turn a status into a record, and watch it; return its id, None where it is a boost or a reject."""
        status = unwrapped(found)
        if is_boost(status):
            return None
        record_id = stable_id(status.get("id")) if isinstance(status, dict) else None
        parent = self.watch.parent(record_id) if record_id else None
        place = f"{where} {record_id or ''}".strip()
        record = self.add(lambda: to_record(status, self._place(), self._now, parent), found, place)
        if record is None:
            return None
        if watch or self.watch.knows(record.record_id):
            replies = (record.counters or {}).get("replies", 0)
            answers = stable_id(status.get("in_reply_to_id"))
            self.watch.see(record.record_id, str(status["id"]), written_at(status) or self._now, replies, answers)
        return record.record_id

    def read_thread(self, record_id: str) -> None:
        """Take what stands around a status, as far as the server shows it."""
        context = self._api.context(self.watch.native(record_id))
        where = f"thread of {record_id}"
        for status in context["ancestors"]:
            self.take(status, where, watch=True)
        below = [self.take(status, where, watch=True) for status in context["descendants"]]
        # Some servers cut long threads, some show direct replies only: what was not seen is asked for.
        parents = [one.get("in_reply_to_id") for one in context["descendants"] if isinstance(one, dict)]
        replies = Counter(map(stable_id, parents))
        for other in filter(None, below):
            self.watch.cover(other, replies[other])

    def look_at(self, record_ids: list[str]) -> list[str]:
        """Look at several statuses at once; return those that are not among what came."""
        if not self._has_batches():
            return record_ids
        try:
            found = self._api.statuses([self.watch.native(record_id) for record_id in record_ids])
        except NotAllowed:
            return record_ids
        except ApiError as error:
            # A failure may pass: only the second in a row says that the server does not have this.
            is_sure = isinstance(error, NotThere) or bool(self._memory.get(SERVER).get("doubted"))
            self._note_server(batches=False if is_sure else None, doubted=not is_sure)
            if not is_sure:
                raise
            return record_ids
        if self._memory.get(SERVER).get("doubted"):
            self._note_server(doubted=False)
        came = {self.take(status, "statuses", watch=True) for status in found}
        return [record_id for record_id in record_ids if record_id not in came]

    def look(self, record_id: str) -> None:
        """Look at one status; only its own 404 or 410 says that it is gone."""
        self.take(self._api.status(self.watch.native(record_id)), "status", watch=True)

    def _place(self) -> Place:
        host = self.config.address.partition("://")[2]
        return Place(self._site, self._memory.get(SERVER).get("domain") or host.lower())

    def _know_server(self) -> None:
        """Ask for the domain of the server's accounts, once."""
        if "domain" not in self._memory.get(SERVER):
            self._memory.note(SERVER, {"domain": self._api.domain(), "batches": None, "asked_at": None})

    def _has_batches(self) -> bool:
        """Ask for several statuses at once, unless the server was found not to have that of late."""
        known = self._memory.get(SERVER)
        if known.get("batches") is not False:
            return True
        return self._now - datetime.fromisoformat(known["asked_at"]) > SERVER_FRESH

    def _note_server(self, **found: bool | None) -> None:
        known: Json = self._memory.get(SERVER)
        self._memory.note(SERVER, known | found | {"asked_at": self._now.isoformat()})
