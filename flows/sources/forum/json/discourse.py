"""Discourse: lists of topics, topics with the ids of all their posts, and the newest posts of the whole forum."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

from flows.forumreader import BodyRules, QuoteRules, Reading, ThreadRef, read_html
from flows.records import canonical
from flows.sources.answers import read_list
from flows.sources.forum.client import CollectedPost, NewestPosts, News, Read
from flows.sources.forum.json.api import PARSE_ERRORS, JsonClient, counts, markup_of, moment, text_of

CHUNK = 20  # posts in an answer about a topic
REGULAR, MODERATOR = 1, 2  # post types that people write; 3 are small actions, 4 whispers of the staff
LIKES = 2
# Fields kept of a post: those in both kinds of answers that do not change unless somebody writes.
KEPT = (
    "id", "name", "username", "created_at", "cooked", "post_number", "post_type", "reply_to_post_number",
    "topic_id", "version", "edit_reason", "user_id", "user_deleted", "deleted_at", "hidden", "wiki", "moderator",
    "admin", "staff",
)  # fmt: skip
RULES = BodyRules(
    quotes=(QuoteRules(box=("aside.quote",), author=("@data-username",), drop=(".title", ".quote-controls")),),
    drop=("aside.onebox", "a.lightbox .meta", ".lightbox-wrapper .meta", "span.badge"),
)


class Discourse(JsonClient):
    """One forum. Pages of topics are `/t/ID.json?page=N`, of lists `/latest.json?page=N`."""

    engine = "discourse"

    @property
    def newest(self) -> NewestPosts:
        """The newest posts of the whole forum, 50 in an answer."""
        return self

    @property
    def news_address(self) -> str:
        """Where the newest posts are listed."""
        return f"{self.base}/posts.json"

    def page_with(self, ref: ThreadRef, place: int) -> str:
        """The address of the topic's page that has its post number `place`."""
        page = (place - 1) // CHUNK + 1
        return self.thread(ref) + (f"?page={page}" if page > 1 else "")

    def starts(self) -> list[str]:
        """The lists and topics that were asked for."""
        return [self._start(path) for path in self._paths]

    def recent(self) -> str | None:
        """The list of all topics by activity, where the whole forum is asked for."""
        return f"{self.base}/latest.json?order=activity" if "" in self._paths else None

    def thread(self, ref: ThreadRef) -> str:
        """The topic's first page."""
        return f"{self.base}/t/{ref.id}.json"

    def some(self, thread_id: str, ids: list[str]) -> str:
        """The address that gives some posts of a topic."""
        asked = urlencode([("post_ids[]", number) for number in ids[:CHUNK]])
        return f"{self.base}/t/{thread_id}/posts.json?{asked}"

    def news(self, before: int | None) -> News:
        """Return the newest posts of the forum, those before an id; raises HttpError, LayoutChanged."""
        url = self.news_address + (f"?before={before}" if before else "")
        answer = self._http.get(url, accept="application/json")
        _, items = read_list(answer, "latest_posts")
        news = News([], [], answer.content)
        for item in items:
            try:
                number = int(item["id"])
                thread = str(int(item["topic_id"]))
                title = unescape(str(item.get("topic_title") or ""))
                post = read_post(item, self.base, title)
            except PARSE_ERRORS as error:
                news.broken.append((f"{type(error).__name__}: {error}", canonical(item)))
                continue
            news.numbers.append(number)
            if post is not None:
                url = f"{self.base}/t/{item.get('topic_slug') or '-'}/{thread}"
                news.posts.append((ThreadRef(thread, url, title), post))
        return news

    def understand(self, value: Any, url: str, read: Read | None = None) -> Reading:
        """Read a list of topics, or some posts of a topic."""
        if "topic_list" in value:
            return self._list(value, url)
        number = str(int(value["id"]))
        title = unescape(str(value.get("title") or ""))
        stream = value["post_stream"]
        page = _page(url)
        reading = Reading(
            url, "thread", self.engine, 1.0, "json", 1.0, number, title or None, page=page, threads=[], posts=[]
        )
        items = stream["posts"]
        reading.posts += self.posts(items, lambda item: read_post(item, self.base, title), read)
        whole = stream.get("stream")
        if isinstance(whole, list) and read is not None:
            read.whole = [str(int(number)) for number in whole]
            last = max(1, -(-len(whole) // CHUNK))
            if page is not None:
                reading.last_page = f"{self.base}/t/{number}.json" + (f"?page={last}" if last > 1 else "")
                if page < last and items:
                    reading.next_page = f"{self.base}/t/{number}.json?page={page + 1}"
                if page > 1:
                    read.previous = f"{self.base}/t/{number}.json" + (f"?page={page - 1}" if page > 2 else "")
        return reading

    def _list(self, value: Any, url: str) -> Reading:
        reading = Reading(url, "list", self.engine, 1.0, "json", 1.0)
        topics = value["topic_list"]["topics"]
        reading.threads = [self._ref(topic) for topic in topics]
        more = value["topic_list"].get("more_topics_url")
        if more and topics:
            parts = urlsplit(str(more))
            path = parts.path if parts.path.endswith(".json") else f"{parts.path}.json"
            prefix = urlsplit(self.base).path
            path = path.removeprefix(prefix) if prefix else path
            reading.next_page = f"{self.base}{path}?{parts.query}"
        return reading

    def _ref(self, topic: Any) -> ThreadRef:
        number = str(int(topic["id"]))
        count = topic.get("posts_count")
        last = topic.get("bumped_at") or topic.get("last_posted_at")
        is_pinned = bool(topic.get("pinned") or topic.get("pinned_globally"))
        return ThreadRef(
            number,
            f"{self.base}/t/{topic.get('slug') or '-'}/{number}",
            unescape(str(topic.get("title") or topic.get("fancy_title") or "")),
            count - 1 if type(count) is int and count > 0 else None,
            moment(last),
            str(last or ""),
            is_sticky=is_pinned,
        )

    def _start(self, path: str) -> str:
        topic = re.match(r"/t/(?:[^/]+/)?(\d+)", path)
        if topic:
            return f"{self.base}/t/{topic[1]}.json"
        return f"{self.base}{path.removesuffix('.json') or '/latest'}.json?order=activity"


def read_post(said: Any, base: str, title: str) -> CollectedPost | None:
    """Parse one post; None for small actions, which have no text. Raises ValueError, KeyError, TypeError."""
    number = str(int(said["id"]))
    kind = said.get("post_type", REGULAR)
    is_words = kind == REGULAR or (kind == MODERATOR and not said.get("action_code"))
    if not is_words:
        return None
    posted = moment(said["created_at"])
    if posted is None:
        raise ValueError(f"post {number} has no time: {said['created_at']!r}")
    place = int(said.get("post_number") or 0)
    likes = [action.get("count") for action in said.get("actions_summary") or () if action.get("id") == LIKES]
    body = read_html(markup_of(said.get("cooked")), RULES)
    reply = said.get("reply_to_post_number")
    return CollectedPost(
        number,
        text_of(said.get("username")),
        posted,
        body.text or _links(said.get("cooked")),
        said_at=str(said["created_at"]),
        author_id=str(said["user_id"]) if type(said.get("user_id")) is int else None,
        quotes=body.quotes,
        edited_at=moment(said.get("updated_at")) if (said.get("version") or 1) > 1 else None,
        title=(title or None) if place == 1 else None,
        url=f"{base}/t/-/{said['topic_id']}/{place}",  # its slug changes with its title
        place=place,
        is_deleted=bool(said.get("deleted_at") or said.get("user_deleted") or said.get("hidden")),
        html=str(said.get("cooked") or ""),
        said={name: said.get(name) for name in KEPT if said.get(name) not in (None, "")},
        counters=counts(reactions=sum(n for n in likes if type(n) is int), replies=said.get("reply_count")),
        number=place or None,
        reply_number=reply if type(reply) is int and reply != place else None,
    )


def _links(html: object) -> str:
    """The addresses of a post that has only previews of other pages."""
    found = re.findall(r"<a\b[^>]*\bhref=\"(https?://[^\"]+)\"", str(html or ""))
    return "\n".join(dict.fromkeys(unescape(url) for url in found)) if "<blockquote" not in str(html) else ""


def _page(url: str) -> int | None:
    """Which page of a topic an address is; None for an answer about some posts."""
    if "/posts.json" in url:
        return None
    found = re.search(r"[?&]page=(\d+)", url)
    return max(1, int(found[1])) if found else 1
