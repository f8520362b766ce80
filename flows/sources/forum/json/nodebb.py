"""NodeBB (1.x to 4.x): its read API, which has what its pages show."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flows.forumreader import BodyRules, QuoteRules, Reading, ThreadRef, read_html
from flows.sources.forum.client import CollectedPost, Read
from flows.sources.forum.json.api import JsonClient, counts, markup_of, moment, text_of

KEPT = (
    "pid", "tid", "uid", "toPid", "content", "timestamp", "timestampISO", "edited", "editedISO", "deleted", "index",
    "handle", "sourceContent",
)  # fmt: skip
KEPT_OF_USER = ("uid", "username", "userslug", "displayname", "fullname")
SYSTEM = "isEvent"
RULES = BodyRules(
    quotes=(
        QuoteRules(
            box=("blockquote",),
            before=("p:has(a[href*='/post/'])", "p:has(a[href*='/topic/'])"),  # "@ann said in this topic:"
            author=("a.plugin-mentions-user", "a[href*='/user/']"),
            post=("a[href*='/post/']@href",),
            post_pattern=r"/post/(\d+)",
        ),
    ),
    drop=(".post-signature", "[component='post/signature']"),
)


class NodeBB(JsonClient):
    """One forum. Numbers and booleans come as 0, "0", false or true, as the version likes."""

    engine = "nodebb"

    def starts(self) -> list[str]:
        """The lists and topics that were asked for; of the whole forum, every category."""
        return [f"{self.base}/api{path or '/categories'}" for path in self._paths]

    def recent(self) -> str | None:
        """What was active last, where the whole forum is asked for."""
        return f"{self.base}/api/recent" if "" in self._paths else None

    def thread(self, ref: ThreadRef) -> str:
        """The topic's first page."""
        return f"{self.base}/api/topic/{ref.id}"

    def understand(self, value: Any, url: str, read: Read | None = None) -> Reading:
        """Read a topic, a list of topics, or the categories."""
        if isinstance(value.get("posts"), list) and "tid" in value:
            return self._topic(value, url, read)
        reading = Reading(url, "list", self.engine, 1.0, "json", 1.0)
        if isinstance(value.get("topics"), list):
            refs = [self._ref(topic) for topic in value["topics"] if topic]
            reading.threads = [ref for ref in refs if ref]
            reading.page, reading.next_page, _ = self._pages(value, url)
        children = value.get("categories") or value.get("children") or []
        reading.forums = [
            self._forum(one) for one in children if one.get("cid") is not None and not one.get("link")
        ]
        if read is not None:
            read.signs = {self._forum(one): _sign(one) for one in children if one.get("cid") is not None}
        if not isinstance(value.get("topics"), list) and not isinstance(value.get("categories"), list):
            raise ValueError("neither topics nor categories nor posts")
        return reading

    def _topic(self, value: Any, url: str, read: Read | None) -> Reading:
        number, title = str(value["tid"]), unescape(str(value.get("titleRaw") or value.get("title") or ""))
        reading = Reading(url, "thread", self.engine, 1.0, "json", 1.0, number, title or None)
        reading.page, reading.next_page, reading.last_page = self._pages(value, url)
        if read is not None and reading.page and reading.page > 1:
            read.previous = self._at(url, reading.page - 1)
        main = str(value.get("mainPid") or "")
        reading.posts += self.posts(value["posts"], lambda said: self._post(said, title, main), read)
        return reading

    def _post(self, said: Any, title: str, main: str) -> CollectedPost | None:
        if said.get(SYSTEM) or (said.get("pid") is None and said.get("type")):
            return None
        number = str(said["pid"])
        posted = moment(said.get("timestampISO")) or moment(said.get("timestamp"))
        if posted is None:
            raise ValueError(f"post {number} has no time")
        user = said.get("user") or {}
        uid = str(said.get("uid", user.get("uid", 0)))
        name = text_of(said.get("handle")) or text_of(user.get("displayname")) or text_of(user.get("username"))
        body = read_html(markup_of(said.get("content")), RULES)
        place = int(said.get("index") or 0)
        edited = moment(said.get("editedISO")) or moment(said.get("edited"))
        votes = said.get("votes", said.get("reputation"))
        replies = said.get("replies")
        replies = replies.get("count") if isinstance(replies, dict) else replies
        kept = {key: said.get(key) for key in KEPT if said.get(key) not in (None, "")}
        kept["user"] = {key: user.get(key) for key in KEPT_OF_USER if user.get(key) not in (None, "")}
        reply = str(said.get("toPid") or "")
        is_main = number == main if main else place == 0
        return CollectedPost(
            number,
            unescape(name) if name else None,
            posted,
            body.text,
            said_at=str(said.get("timestampISO") or said.get("timestamp") or ""),
            author_id=uid if uid not in {"0", "-1", "None"} else None,
            quotes=body.quotes,
            reply_to=reply or None,
            edited_at=edited,
            title=title if is_main and title else None,
            url=f"{self.base}/post/{number}",
            place=place,
            is_deleted=_is(said.get("deleted")),
            html=str(said.get("content") or ""),
            said=kept,
            counters=counts(reactions=votes, replies=replies),
        )

    def _ref(self, topic: Any) -> ThreadRef | None:
        if _is(topic.get("deleted")) or topic.get("tid") is None:
            return None
        number = str(topic["tid"])
        count = topic.get("postcount")
        last = moment(topic.get("lastposttimeISO")) or moment(topic.get("lastposttime"))
        return ThreadRef(
            number,
            f"{self.base}/topic/{topic.get('slug') or number}",
            unescape(str(topic.get("titleRaw") or topic.get("title") or "")),
            int(count) - 1 if str(count or "").isdecimal() and int(count) > 0 else None,
            last,
            str(topic.get("lastposttimeISO") or topic.get("lastposttime") or ""),
            is_sticky=_is(topic.get("pinned")),
        )

    def _pages(self, value: Any, url: str) -> tuple[int | None, str | None, str | None]:
        """This page's number, the addresses of the next and the last one; nothing where it has no pages."""
        pager = value.get("pagination") or {}
        count = int(pager.get("pageCount") or value.get("pageCount") or 1)
        asked = re.search(r"[?&]page=(\d+)", url)
        here = int(pager.get("currentPage") or value.get("currentPage") or (asked[1] if asked else 1))
        following = self._at(url, here + 1) if here < count else None
        return here, following, self._at(url, count) if count > 1 else None

    def _at(self, url: str, page: int) -> str:
        plain = re.sub(r"([?&])page=\d+&?", r"\1", url).rstrip("?&")
        if page <= 1:
            return plain
        return f"{plain}{'&' if '?' in plain else '?'}page={page}"

    def _forum(self, category: Any) -> str:
        return f"{self.base}/api/category/{category['cid']}"


def _sign(category: Any) -> str:
    """A digest of a category's row in a list; it changes when somebody writes there."""
    teaser = [post.get("pid") or post.get("timestampISO") for post in category.get("posts") or ()]
    counted = [category.get(name) for name in ("totalPostCount", "post_count", "totalTopicCount", "topic_count")]
    return "/".join(str(part) for part in [*teaser, *counted])


def _is(said: Any) -> bool:
    return str(said).lower() in {"1", "true"}
