"""A Reddit on loopback: tokens, listings with after and limit, trees with folds, look-ups, and what goes wrong.

It speaks as the real one does as far as a reader sees it: listings end at 1,000, info leaves out what is gone, a
deleted comment stands as a stub where somebody answered it, `after` of a thing that is gone lists nothing.
"""

from __future__ import annotations

import base64
import json
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CLIENT_ID, CLIENT_SECRET, TOKEN = "an-app", "n0t-for-anyones-eyes", "t0ken-for-nobody"
CAP = 1000
Thing = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """What the next request gets instead of its answer."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"message": "trouble"}'


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


class FakeReddit(ThreadingHTTPServer):
    """Holds things by fullname; `canned` answers stand before everything else, by path, each once, in order."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.things: dict[str, Thing] = {}
        self.canned: defaultdict[str, deque[bytes]] = defaultdict(deque)
        self.faults: deque[Fault] = deque()
        self.faults_at: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.asked: list[Asked] = []
        self.fold = 500
        self.depth = 10
        self.headers: dict[str, str] = {}
        self.tokens = 0
        self._number = 1000

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def paths(self) -> list[str]:
        """Paths that were asked, tokens left out."""
        return [asked.path for asked in self.asked if "access_token" not in asked.path]

    # What happens on Reddit ----------------------------------------------------------------------------------

    def submit(self, at: datetime, title: str = "A title", **said: Any) -> str:
        return self._add("t3", at, {"title": title, "selftext": "Some text", "is_self": True} | said)

    def comment(self, at: datetime, parent: str, body: str = "A comment", **said: Any) -> str:
        above = self.things[parent]["data"]
        link = parent if parent.startswith("t3") else above["link_id"]
        self.things[link]["data"]["num_comments"] += 1
        return self._add("t1", at, {"body": body, "parent_id": parent, "link_id": link} | said)

    def edit(self, name: str, text: str, at: datetime) -> None:
        key = "body" if name.startswith("t1") else "selftext"
        self.things[name]["data"] |= {key: text, "edited": at.timestamp()}

    def delete(self, name: str) -> None:
        """Its author deletes it: a stub is left."""
        key = "body" if name.startswith("t1") else "selftext"
        data = self.things[name]["data"]
        data |= {"author": "[deleted]", key: "[deleted]"}
        if name.startswith("t3"):
            data["removed_by_category"] = "deleted"

    def remove(self, name: str) -> None:
        """Moderators remove it."""
        data = self.things[name]["data"]
        if name.startswith("t1"):
            data |= {"author": "[deleted]", "body": "[removed]"}
        else:
            data |= {"selftext": "[removed]", "removed_by_category": "moderator"}

    def vanish(self, name: str) -> None:
        del self.things[name]

    def _add(self, kind: str, at: datetime, said: Thing) -> str:
        self._number += 1
        digits, number = "", self._number
        while number:
            number, digit = divmod(number, 36)
            digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
        name = f"{kind}_{digits}"
        data = {"name": name, "id": digits, "author": "ann", "subreddit": "tilleul", "created_utc": at.timestamp(),
                "edited": False, "score": 1, "subreddit_type": "public", "author_fullname": "t2_ann"}  # fmt: skip
        if kind == "t3":
            data |= {"num_comments": 0, "upvote_ratio": 0.9, "num_crossposts": 0, "url": "https://example.org/"}
        self.things[name] = {"kind": kind, "data": data | said}
        return name

    # What it answers -----------------------------------------------------------------------------------------

    def answer(self, path: str, query: dict[str, str]) -> Any:
        parts = [part for part in path.split("/") if part]
        if path.startswith("/api/info"):
            return listing([self.things[name] for name in query["id"].split(",") if name in self.things])
        if path.startswith("/api/morechildren"):
            names = [f"t1_{one}" for one in query["children"].split(",")]
            found = [self._flat(name) for name in names if name in self.things]
            return {"json": {"errors": [], "data": {"things": found}}}
        if parts[0] == "comments":
            return self._tree(f"t3_{parts[1]}", f"t1_{parts[3]}" if len(parts) > 3 else None)
        return self._listed(parts, query)

    def _listed(self, parts: list[str], query: dict[str, str]) -> Any:
        kind = "t1" if parts[-1] == "comments" else "t3"
        found = [t for t in self.things.values() if t["kind"] == kind and not _is_hidden(t["data"])]
        if parts[0] == "r" and parts[1].lower() != "all":
            found = [t for t in found if t["data"]["subreddit"].lower() == parts[1].lower()]
        if parts[0] == "user":
            found = [t for t in found if t["data"]["author"].lower() == parts[1].lower()]
        if "q" in query:
            found = [t for t in found if query["q"].lower() in (t["data"]["title"] + t["data"]["selftext"]).lower()]
        found.sort(key=lambda t: (t["data"]["created_utc"], int(t["data"]["id"], 36)), reverse=True)
        names = [t["data"]["name"] for t in found][:CAP]
        after, limit = query.get("after"), int(query.get("limit", 25))
        if after and after not in names:
            return listing([])
        start = names.index(after) + 1 if after else 0
        page = names[start : start + min(limit, 100)]
        is_end = start + len(page) >= len(names)
        return listing([self._flat(name, listed=True) for name in page], None if is_end else page[-1])

    def _flat(self, name: str, *, listed: bool = False) -> Thing:
        """A thing outside a tree; a comment in a listing says something of its thread, too."""
        thing = self.things[name]
        if thing["kind"] == "t3":
            return thing
        data = thing["data"]
        above = self.things[data["link_id"]]["data"] if listed else {}
        about = {"link_title": above.get("title"), "num_comments": above.get("num_comments")} if listed else {}
        return {"kind": "t1", "data": data | {"replies": ""} | about}

    def _tree(self, thread: str, branch: str | None) -> Any:
        answers: dict[str, list[str]] = {}
        for name, thing in self.things.items():
            if thing["kind"] == "t1" and thing["data"]["link_id"] == thread:
                answers.setdefault(thing["data"]["parent_id"], []).append(name)
        shown = [self.fold]
        top = [branch] if branch else answers.get(thread, [])
        return [listing([self.things[thread]]), listing(self._branch(thread, top, answers, shown, 0))]

    def _branch(
        self, parent: str, names: list[str], answers: dict[str, list[str]], shown: list[int], depth: int
    ) -> list[Thing]:
        """Comments with what answers them; beyond `depth` and beyond `fold` comments there are folds."""
        kept = [n for n in names if answers.get(n) or not _is_hidden(self.things[n]["data"])]
        if depth >= self.depth and kept:
            return [{"kind": "more", "data": {"count": 0, "children": [], "id": "_", "parent_id": parent}}]
        made = []
        for place, name in enumerate(kept):
            if shown[0] <= 0:
                rest = [one[3:] for one in kept[place:]]
                below = [n for one in kept[place:] for n in self._all_below(one, answers)]
                ids = rest + [one[3:] for one in below]
                made.append({"kind": "more", "data": {"count": len(ids), "children": ids, "parent_id": parent}})
                break
            shown[0] -= 1
            inside = self._branch(name, answers.get(name, []), answers, shown, depth + 1)
            replies: Any = listing(inside) if inside else ""
            made.append({"kind": "t1", "data": self.things[name]["data"] | {"replies": replies, "depth": depth}})
        return made

    def _all_below(self, name: str, answers: dict[str, list[str]]) -> list[str]:
        return [one for child in answers.get(name, []) for one in [child, *self._all_below(child, answers)]]


def _is_hidden(data: Thing) -> bool:
    """Deleted or removed; a deleted account hides nothing."""
    return bool(data.get("removed_by_category")) or data.get("body") in {"[deleted]", "[removed]"}


def listing(children: list[Any], after: str | None = None) -> Thing:
    return {
        "kind": "Listing",
        "data": {"children": children, "after": after, "before": None, "dist": len(children)},
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every answer waits 40 ms for an acknowledgement
    server: FakeReddit

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._serve("POST")

    def do_GET(self) -> None:
        self._serve("GET")

    def _serve(self, method: str) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.server.asked.append(Asked(method, parts.path, query, dict(self.headers)))
        here = self.server.faults_at[parts.path]
        fault = here.popleft() if here else (self.server.faults.popleft() if self.server.faults else None)
        if fault:
            return self._send(fault.status, fault.body, fault.headers)
        if parts.path == "/api/v1/access_token":
            return self._token()
        if self.headers.get("Authorization") != f"bearer {TOKEN}":
            return self._send(401, b'{"message": "Unauthorized", "error": 401}')
        canned = self.server.canned[parts.path]
        if canned:
            return self._send(200, canned.popleft())
        try:
            answer = self.server.answer(parts.path, query)
        except KeyError:
            return self._send(404, b'{"message": "Not Found", "error": 404}')
        return self._send(200, json.dumps(answer).encode())

    def _token(self) -> None:
        expected = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if self.headers.get("Authorization") != expected:
            return self._send(401, b'{"message": "Unauthorized", "error": 401}')
        self.server.tokens += 1
        token = {"access_token": TOKEN, "token_type": "bearer", "expires_in": 86400, "scope": "*"}
        return self._send(200, json.dumps(token).encode())

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **self.server.headers, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def fake_reddit() -> Iterator[FakeReddit]:
    with FakeReddit() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
