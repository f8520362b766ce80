"""A server that keeps statuses as Mastodon does: lists newest first, paged by id, threads, batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.servers.json_server import NOT_FOUND, Request

Status = dict[str, Any]


def native(moment: datetime, number: int = 0) -> str:
    """An id as Mastodon makes it: milliseconds above 16 bits."""
    return str((int(moment.timestamp() * 1000) << 16) + number)


@dataclass
class Instance:
    """Statuses by id; `hashtags` lists ids where the content does not say."""

    domain: str = "example.org"
    statuses: dict[str, Status] = field(default_factory=dict)
    recorded: dict[str, list[Any]] = field(default_factory=dict)
    contexts: dict[str, Any] = field(default_factory=dict)
    has_batches: bool = True
    pages: bool = True
    closed: bool = False
    page: int = 40

    def write(self, at: datetime, text: str, author: str = "ann", number: int = 0, **values: Any) -> str:
        """Write a status; return its id."""
        native_id = native(at, number)
        account = {"id": f"id-{author}", "username": author.split("@", maxsplit=1)[0], "acct": author, "bot": False}
        url = f"https://{self.domain}/@{author}/{native_id}"
        self.statuses[native_id] = {
            "id": native_id, "created_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "content": f"<p>{text}</p>", "account": account, "visibility": "public", "spoiler_text": "",
            "in_reply_to_id": None, "reblog": None, "uri": url, "url": url, "language": "en", "edited_at": None,
            "favourites_count": 0, "reblogs_count": 0, "replies_count": 0,
        } | values  # fmt: skip
        if values.get("in_reply_to_id") in self.statuses:
            self.statuses[values["in_reply_to_id"]]["replies_count"] += 1
        return native_id

    def delete(self, native_id: str) -> None:
        """Delete a status; answers to it forget what they answered."""
        del self.statuses[native_id]
        for status in self.statuses.values():
            if status["in_reply_to_id"] == native_id:
                status["in_reply_to_id"] = None

    def answer(self, request: Request) -> tuple[int, Any]:  # noqa: PLR0911
        """Answer as the API does."""
        match request.path.strip("/").split("/"):
            case ["api", "v2", "instance"]:
                return 200, {"domain": self.domain}
            case ["api", "v1", "accounts", "lookup"]:
                return 200, {"id": f"id-{request.one('acct')}", "acct": request.one("acct")}
            case ["api", "v1", "accounts", account_id, "statuses"]:
                return self._list([s for s in self.statuses.values() if s["account"]["id"] == account_id], request)
            case ["api", "v1", "timelines", "tag", name]:
                if name in self.recorded:
                    return 200, [] if request.one("max_id") else self.recorded[name]
                return self._list([s for s in self.statuses.values() if f"#{name}" in s["content"]], request)
            case ["api", "v2", "search"]:
                words = request.one("q") or ""
                found = [s for s in self.statuses.values() if words in s["content"]]
                return 200, {"accounts": [], "hashtags": [], "statuses": self._list(found, request)[1]}
            case ["api", "v1", "statuses"] if self.has_batches:
                return 200, [self.statuses[i] for i in request.query["id[]"] if i in self.statuses]
            case ["api", "v1", "statuses", native_id, *rest] if native_id in self.statuses | self.contexts:
                if self.closed:
                    return 401, {"error": "This method requires an authenticated user"}
                return 200, self._context(native_id) if rest else self.statuses[native_id]
        return NOT_FOUND

    def _list(self, found: list[Status], request: Request) -> tuple[int, list[Status]]:
        found = sorted(found, key=lambda status: int(status["id"]), reverse=True)
        below = request.one("max_id")
        if below and self.pages:
            found = [status for status in found if int(status["id"]) < int(below)]
        return 200, found[: min(self.page, int(request.one("limit") or 20))]

    def _context(self, native_id: str) -> dict[str, list[Status]]:
        if native_id in self.contexts:
            return dict(self.contexts[native_id])
        ancestors, at = [], self.statuses[native_id]["in_reply_to_id"]
        while at in self.statuses:
            ancestors.insert(0, self.statuses[at])
            at = self.statuses[at]["in_reply_to_id"]
        return {"ancestors": ancestors, "descendants": self._below(native_id)}

    def _below(self, native_id: str) -> list[Status]:
        found = []
        for status in [s for s in self.statuses.values() if s["in_reply_to_id"] == native_id]:
            found += [status, *self._below(status["id"])]
        return found
