"""Forums that offer JSON, as Discourse, NodeBB and Flarum do, kept in memory: what is asked for is made then."""
# ruff: noqa: E501 (answers are written as they come)

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.servers.json_server import Request

NOT_FOUND = 404, {"errors": ["not found"]}
GENERATORS = {
    "discourse": '<html><head><meta name="generator" content="Discourse 3.2.0"></head><body>Forum</body></html>',
    "nodebb": '<html><head><script src="/assets/nodebb.min.js?v=1"></script></head><body>Forum</body></html>',
    "flarum": '<html><body><div id="flarum-content"></div><script id="flarum-json-payload">{}</script></body></html>',
}


@dataclass
class Said:
    """A post. `kind` other than post: something that nobody wrote; `reply` is the id of what it answers."""

    id: int
    thread: int
    author: str
    at: datetime
    text: str
    number: int
    reply: int | None = None
    kind: str = "post"
    edited: datetime | None = None
    hidden: bool = False
    likes: int = 0


@dataclass
class JsonForum:
    """What the three have in common. `private` are ids that guests never see."""

    engine: str
    posts: dict[int, Said] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=dict)
    private: set[int] = field(default_factory=set)
    next_id: int = 1
    page: int = 20
    old: bool = False

    def start(self, title: str, author: str, text: str, at: datetime) -> int:
        """Begin a thread; return its number."""
        number = max(self.titles, default=100) + 1
        self.titles[number] = title
        self.write(number, author, text, at)
        return number

    def write(self, thread: int, author: str, text: str, at: datetime, **more: Any) -> int:
        """Write in a thread; return the post's id."""
        number = max((p.number for p in self.posts.values() if p.thread == thread), default=0) + 1
        said = Said(self.next_id, thread, author, at, text, number, **more)
        self.posts[said.id] = said
        self.next_id += 1
        return said.id

    def skip(self, count: int) -> None:
        """Ids that go to posts nobody may see."""
        self.private |= set(range(self.next_id, self.next_id + count))
        self.next_id += count

    def delete(self, number: int) -> None:
        del self.posts[number]
        self.titles = {
            t: title for t, title in self.titles.items() if any(p.thread == t for p in self.posts.values())
        }

    def of(self, thread: int) -> list[Said]:
        return sorted((post for post in self.posts.values() if post.thread == thread), key=lambda post: post.number)

    def by_activity(self) -> list[int]:
        return sorted(self.titles, key=lambda thread: max(p.at for p in self.of(thread)), reverse=True)

    def texts(self) -> dict[str, str]:
        """What people wrote, by id."""
        return {str(p.id): p.text for p in self.posts.values() if p.kind == "post" and not p.hidden}

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.path in {"/", ""}:
            return 200, GENERATORS[self.engine].encode()
        if request.path == "/robots.txt":
            return 404, {}
        return {"discourse": self._discourse, "nodebb": self._nodebb, "flarum": self._flarum}[self.engine](request)

    # Discourse

    def _discourse(self, request: Request) -> tuple[int, Any]:
        match request.path.removesuffix(".json").strip("/").split("/"):
            case ["latest"]:
                page = int(request.one("page") or 0)
                found = self.by_activity()[page * 30 : page * 30 + 30]
                more = {"more_topics_url": f"/latest?no_definitions=true&page={page + 1}"}
                is_more = len(self.titles) > page * 30 + 30
                return 200, {
                    "topic_list": {"per_page": 30, "topics": [self._topic(t) for t in found]}
                    | (more if is_more else {})
                }
            case ["posts"]:
                return 200, {
                    "latest_posts": [
                        self._post(p) | {"raw": p.text, "topic_title": self.titles[p.thread]}
                        for p in self._newest(request.one("before"))
                    ]
                }
            case ["t", number] if int(number) in self.titles:
                page = int(request.one("page") or 1)
                posts = self.of(int(number))
                shown = posts[(page - 1) * 20 : page * 20]
                if not shown:
                    return NOT_FOUND
                stream = {"posts": [self._post(p) for p in shown], "stream": [p.id for p in posts]}
                return 200, self._topic(int(number)) | {"post_stream": stream}
            case ["t", number, "posts"] if int(number) in self.titles:
                ids = [int(i) for i in request.query.get("post_ids[]", [])]
                return 200, {
                    "id": int(number),
                    "post_stream": {"posts": [self._post(self.posts[i]) for i in ids if i in self.posts]},
                }
        return NOT_FOUND

    def _newest(self, before: str | None) -> list[Said]:
        ids = sorted((p.id for p in self.posts.values() if p.kind == "post"), reverse=True)
        if self.old:  # a window of ids, the first one included
            top = int(before) if before else self.next_id - 1
            return [self.posts[i] for i in ids if top - 50 < i <= top]
        return [self.posts[i] for i in ids if not before or i < int(before)][:50]

    def _topic(self, number: int) -> dict[str, Any]:
        posts = self.of(number)
        return {"id": number, "title": self.titles[number], "slug": f"t-{number}", "posts_count": len(posts),
                "bumped_at": _iso(posts[-1].at), "last_posted_at": _iso(posts[-1].at), "pinned": False}  # fmt: skip

    def _post(self, post: Said) -> dict[str, Any]:
        answered = self.posts.get(post.reply or 0)
        return {
            "id": post.id, "username": post.author, "name": post.author.title(), "user_id": sum(map(ord, post.author)),
            "created_at": _iso(post.at), "updated_at": _iso(post.edited or post.at), "cooked": f"<p>{post.text}</p>",
            "post_number": post.number, "post_type": 1 if post.kind == "post" else 3, "topic_id": post.thread,
            "topic_slug": f"t-{post.thread}", "reply_to_post_number": answered.number if answered else None,
            "version": 2 if post.edited else 1, "reads": 7, "score": 0.4, "hidden": post.hidden, "reply_count": 0,
            "actions_summary": [{"id": 2, "count": post.likes}] if post.likes else [],
        }  # fmt: skip

    # NodeBB

    def _nodebb(self, request: Request) -> tuple[int, Any]:
        page = int(request.one("page") or 1)
        match request.path.strip("/").split("/"):
            case ["api", "categories"]:
                return 200, {
                    "categories": [
                        {
                            "cid": 1,
                            "name": "Tout",
                            "posts": [{"pid": max(self.posts)}],
                            "totalPostCount": len(self.posts),
                        }
                    ]
                }
            case ["api", "recent"]:
                found, pages = self._cut(self.by_activity(), page)
                return 200, {"topics": [self._tid(t) for t in found]} | ({} if self.old else {"pagination": pages})
            case ["api", "category", "1", *_]:
                found, pages = self._cut(self.by_activity(), page)
                return 200, {"cid": 1, "topics": [self._tid(t) for t in found], "pagination": pages, "children": []}
            case ["api", "topic", number, *_] if int(number) in self.titles:
                found, pages = self._cut([p.id for p in self.of(int(number))], page)
                if not found:
                    return NOT_FOUND
                return 200, self._tid(int(number)) | {
                    "posts": [self._pid(self.posts[i]) for i in found],
                    "pagination": pages,
                }
        return NOT_FOUND

    def _cut(self, items: list[int], page: int) -> tuple[list[int], dict[str, Any]]:
        count = max(1, -(-len(items) // self.page))
        return items[(page - 1) * self.page : page * self.page], {"currentPage": page, "pageCount": count}

    def _tid(self, number: int) -> dict[str, Any]:
        posts = self.of(number)
        return {"tid": number, "title": self.titles[number], "slug": f"{number}/t-{number}", "postcount": str(len(posts)) if self.old else len(posts),
                "lastposttime": _milli(posts[-1].at), "lastposttimeISO": _iso(posts[-1].at), "deleted": False,
                "mainPid": posts[0].id, "pinned": 0}  # fmt: skip

    def _pid(self, post: Said) -> dict[str, Any]:
        if post.kind != "post":
            return {"type": "lock", "id": post.id, "timestampISO": _iso(post.at), "isEvent": True}
        return {
            "pid": str(post.id) if self.old else post.id, "tid": post.thread, "uid": sum(map(ord, post.author)),
            "content": f"<p>{post.text}</p>\n", "timestamp": str(_milli(post.at)) if self.old else _milli(post.at),
            "deleted": str(int(post.hidden)) if self.old else int(post.hidden), "edited": _milli(post.edited) if post.edited else 0,
            "toPid": str(post.reply) if post.reply else None, "votes": post.likes, "index": post.number - 1,
            "user": {"username": post.author, "userslug": post.author},
        } | ({} if self.old else {"timestampISO": _iso(post.at), "editedISO": _iso(post.edited) if post.edited else ""})  # fmt: skip

    # Flarum

    def _flarum(self, request: Request) -> tuple[int, Any]:
        offset, limit = int(request.one("page[offset]") or 0), int(request.one("page[limit]") or 20)
        if request.path == "/api/discussions":
            found = self.by_activity()
            data = [
                {"type": "discussions", "id": str(t), "attributes": self._discussion(t)}
                for t in found[offset : offset + limit]
            ]
            return 200, {"data": data, "links": {"next": "…"} if len(found) > offset + limit else {}}
        if request.path.startswith("/api/discussions/"):
            number = int(request.path.rpartition("/")[2])
            return (
                (200, {"data": {"type": "discussions", "id": str(number)}}) if number in self.titles else NOT_FOUND
            )
        if request.path == "/api/posts":
            number = int(request.one("filter[discussion]") or 0)
            if number not in self.titles:
                return 200, {"data": [], "links": {}}
            posts = self.of(number)
            users = {p.author for p in posts}
            included = [
                {"type": "users", "id": str(sum(map(ord, u))), "attributes": {"username": u, "displayName": u}}
                for u in users
            ]
            included.append({"type": "discussions", "id": str(number), "attributes": self._discussion(number)})
            data = [self._comment(p) for p in posts[offset : offset + limit]]
            return 200, {
                "data": data,
                "included": included,
                "links": {"next": "…"} if len(posts) > offset + limit else {},
            }
        return NOT_FOUND

    def _discussion(self, number: int) -> dict[str, Any]:
        posts = self.of(number)
        names = ("commentsCount", "lastTime") if self.old else ("commentCount", "lastPostedAt")
        return {
            "title": self.titles[number],
            "slug": f"{number}-d",
            names[0]: len(posts),
            names[1]: _iso(posts[-1].at),
        }

    def _comment(self, post: Said) -> dict[str, Any]:
        mention = (
            f'<a href="/d/{post.thread}/1" class="PostMention" data-id="{post.reply}">@x</a> ' if post.reply else ""
        )
        said: dict[str, Any] = {
            "number": post.number,
            "contentType": "comment" if post.kind == "post" else "discussionLocked",
        }
        said["time" if self.old else "createdAt"] = _iso(post.at)
        if post.kind == "post":
            said |= {"contentHtml": f"<p>{mention}{post.text}</p>", "isHidden": post.hidden}
        if post.edited:
            said["editTime" if self.old else "editedAt"] = _iso(post.edited)
        user = {"data": {"type": "users", "id": str(sum(map(ord, post.author)))}}
        return {"type": "posts", "id": str(post.id), "attributes": said, "relationships": {"user": user}}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _milli(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
