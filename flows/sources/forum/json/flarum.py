"""Flarum (0.1 to 2.x): discussions and posts through its JSON:API."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from flows.forumreader import BodyRules, QuoteRules, Reading, ThreadRef, read_html
from flows.sources.forum.client import CollectedPost, Read
from flows.sources.forum.json.api import JsonClient, counts, markup_of, moment, text_of
from flows.sources.http import Validators

PAGE = 50  # the most that the API gives
COMMENT = "comment"
KEPT = ("number", "createdAt", "time", "contentType", "contentHtml", "editedAt", "editTime", "isHidden", "hiddenAt")
RULES = BodyRules(quotes=(QuoteRules(box=("blockquote",)),))


class Flarum(JsonClient):
    """One forum. Attributes were renamed in 0.1.0-beta.8; both names are read."""

    engine = "flarum"

    def starts(self) -> list[str]:
        """The lists and discussions that were asked for."""
        return [self._start(path) for path in self._paths]

    def recent(self) -> str | None:
        """All discussions by activity, where the whole forum is asked for."""
        return self._list({}) if "" in self._paths else None

    def thread(self, ref: ThreadRef) -> str:
        """The first posts of a discussion."""
        asked = {
            "filter[discussion]": ref.id,
            "page[limit]": str(PAGE),
            "sort": "number",
            "include": "user,discussion",
        }
        return f"{self.base}/api/posts?{urlencode(asked)}"

    def read(self, address: str, validators: Validators | None = None) -> Read:
        """Ask for an address; a discussion that gives no posts is asked for itself: it may be gone."""
        read = super().read(address, validators)
        reading = read.reading
        if reading and reading.kind == "thread" and not (reading.posts or read.silent or read.broken):
            self._http.get(f"{self.base}/api/discussions/{reading.thread_id}", accept="application/json")
        return read

    def understand(self, value: Any, url: str, read: Read | None = None) -> Reading:
        """Read a list of discussions, or the posts of one."""
        items = value["data"]
        kinds = {item["type"] for item in items}
        if not kinds <= {"discussions", "posts"}:
            raise ValueError(f"a list of {', '.join(sorted(kinds))}")
        if "/api/discussions" in url:
            reading = Reading(url, "list", self.engine, 1.0, "json", 1.0)
            reading.threads = [self._ref(item) for item in items if not item["attributes"].get("isHidden")]
            reading.next_page = self._next(value, url)
            return reading
        asked = re.search(r"filter(?:\[|%5B)discussion(?:\]|%5D)=(\d+)", url)
        included = {(one["type"], str(one["id"])): one for one in value.get("included") or ()}
        number = asked[1] if asked else ""
        about = included.get(("discussions", number), {}).get("attributes", {})
        title = text_of(about.get("title")) or ""
        reading = Reading(url, "thread", self.engine, 1.0, "json", 1.0, number or None, title or None)
        reading.next_page = self._next(value, url)
        start = _offset(url)
        reading.page = start // PAGE + 1
        if read is not None and start:
            read.previous = _at(url, max(0, start - PAGE))
        reading.posts += self.posts(
            items, lambda item: self._post(item, included, f"{self.base}/d/{number}", title), read
        )
        return reading

    def _post(
        self, item: Any, included: dict[tuple[str, str], Any], discussion: str, title: str
    ) -> CollectedPost | None:
        said = item["attributes"]
        if said.get("contentType", COMMENT) != COMMENT:
            return None
        number, place = str(item["id"]), int(said.get("number") or 0)
        when = said.get("createdAt") or said.get("time")
        posted = moment(when)
        if posted is None:
            raise ValueError(f"post {number} has no time: {when!r}")
        user = ((item.get("relationships") or {}).get("user") or {}).get("data") or {}
        who = included.get(("users", str(user.get("id"))), {}).get("attributes", {})
        html = said.get("contentHtml") or ""
        body = read_html(markup_of(html), RULES)
        answered = re.search(r"<a\b[^>]*\bPostMention\b[^>]*\bdata-id=\"(\d+)\"", str(html))
        kept = {name: said.get(name) for name in KEPT if said.get(name) not in (None, "")}
        kept |= {"id": number, "user": user.get("id"), "username": who.get("username")}
        return CollectedPost(
            number,
            text_of(who.get("displayName")) or text_of(who.get("username")),
            posted,
            body.text,
            said_at=str(when),
            author_id=str(user["id"]) if user.get("id") else None,
            quotes=body.quotes,
            reply_to=answered[1] if answered else None,
            edited_at=moment(said.get("editedAt") or said.get("editTime")),
            title=title or None if place == 1 else None,
            url=f"{discussion}/{place}",
            place=place,
            is_deleted=bool(said.get("isHidden")),
            html=str(html),
            said=kept,
            counters=counts(reactions=said.get("likesCount"), replies=said.get("mentionedByCount")),
        )

    def _ref(self, item: Any) -> ThreadRef:
        said, number = item["attributes"], str(item["id"])
        count = said.get("commentCount", said.get("commentsCount"))
        last = said.get("lastPostedAt") or said.get("lastTime")
        return ThreadRef(
            number,
            f"{self.base}/d/{_slug(number, said.get('slug'))}",
            str(said.get("title") or ""),
            count - 1 if type(count) is int and count > 0 else None,
            moment(last),
            str(last or ""),
            is_sticky=bool(said.get("isSticky") or said.get("isStickiest")),
        )

    def _next(self, value: Any, url: str) -> str | None:
        """The address of the next items, where the answer says that there are more."""
        return _at(url, _offset(url) + len(value["data"])) if (value.get("links") or {}).get("next") else None

    def _list(self, more: dict[str, str]) -> str:
        asked = {"sort": "-lastPostedAt", "page[limit]": str(PAGE)} | more
        return f"{self.base}/api/discussions?{urlencode(asked)}"

    def _start(self, path: str) -> str:
        if found := re.match(r"/d/(\d+)", path):
            return self.thread(ThreadRef(found[1], "", ""))
        tag = re.match(r"/t/([^/?]+)", path)
        return self._list({"filter[tag]": tag[1]} if tag else {})


def _slug(number: str, slug: object) -> str:
    """The last part of a discussion's address; newer versions have the number in the slug."""
    text = str(slug or "").removeprefix(f"{number}-")
    return f"{number}-{text}" if text and text != number else number


def _offset(url: str) -> int:
    found = re.search(r"page(?:\[|%5B)offset(?:\]|%5D)=(\d+)", url)
    return int(found[1]) if found else 0


def _at(url: str, offset: int) -> str:
    plain = re.sub(r"&?page(?:\[|%5B)offset(?:\]|%5D)=\d+", "", url)
    return f"{plain}&{urlencode({'page[offset]': offset})}" if offset else plain
