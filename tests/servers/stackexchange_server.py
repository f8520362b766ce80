"""A site of the Stack Exchange network as API 2.3 documents it: listings by activity, by ids, quota, backoff.

Hand-written from the documentation (api.stackexchange.com/docs), not recorded. Answers are always compressed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from tests.servers.answering import as_json
from tests.servers.feed_server import Reply

HOME = "https://example.stackexchange.test"


@dataclass(frozen=True)
class Post:
    """A question (no parent), an answer, or (`is_comment`) a comment."""

    id: int
    created: int
    body: str = ""
    title: str = ""
    tags: tuple[str, ...] = ()
    parent: int | None = None
    is_comment: bool = False
    owner: dict[str, Any] = field(default_factory=dict)
    active: int = 0
    edited: int = 0
    score: int = 0


@dataclass
class StackExchangeServer:
    """Posts by number, comments by theirs. `said` is added to every wrapper: backoff, quota."""

    posts: dict[int, Post] = field(default_factory=dict)
    comments: dict[int, Post] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    quota: int = 300
    before: Any = None

    def add(self, *posts: Post) -> None:
        for post in posts:
            (self.comments if post.is_comment else self.posts)[post.id] = post

    def change(self, number: int, **values: Any) -> None:
        self.posts[number] = replace(self.posts[number], **values)

    def touch(self, number: int, time: int, **values: Any) -> None:
        """Edit a post: its question gets active."""
        self.change(number, edited=time, **values)
        self.change(self.posts[number].parent or number, active=time)

    def __call__(self, path: str, asked: dict[str, str]) -> Reply:
        assert asked.pop("site") == "example"
        if self.quota <= 0:
            message = "too many requests from this IP, more requests available in 4000 seconds"
            return as_json(
                {"error_id": 502, "error_name": "throttle_violation", "error_message": message}, 400, zipped=True
            )
        self.quota -= 1
        if self.before:
            self.before(path)
        found = self._found(path, asked)
        if found is None:
            return as_json(
                {"error_id": 404, "error_name": "no_method", "error_message": "no method"}, 404, zipped=True
            )
        size, page = int(asked["pagesize"]), int(asked["page"])
        some = found[(page - 1) * size : page * size]
        wrapper = {
            "items": some,
            "has_more": page * size < len(found),
            "quota_max": 300,
            "quota_remaining": self.quota,
        }
        return as_json(wrapper | self.said, zipped=True)

    def _found(self, path: str, asked: dict[str, str]) -> list[dict[str, Any]] | None:
        parts = path.removeprefix("/2.3/").split("/")
        has_body = asked["filter"] == "withbody"
        if path in {"/2.3/questions", "/2.3/search/advanced"}:
            return [self._post(post, has_body) for post in self._listed(asked)]
        ids = {int(number) for number in parts[1].split(";")}
        assert len(ids) <= 100
        posts = [post for post in self.posts.values() if post.id in ids]
        if parts[0] == "comments":
            return [self._comment(c, has_body) for c in self.comments.values() if c.id in ids]
        if parts[0] == "posts" and parts[2:] == ["comments"]:
            return [self._comment(c, has_body) for c in self.comments.values() if c.parent in ids]
        if parts[0] == "questions" and parts[2:] == ["answers"]:
            return [self._post(post, has_body) for post in self.posts.values() if post.parent in ids]
        if parts[0] == "questions":
            return [self._post(post, has_body) for post in posts if post.parent is None]
        return [{"post_id": post.id} for post in posts] if parts[0] == "posts" else None

    def _listed(self, asked: dict[str, str]) -> list[Post]:
        by_activity = asked["sort"] == "activity"
        low, high = int(asked["min"]), int(asked.get("max", 2**40))

        def key(post: Post) -> int:
            return (post.active or post.created) if by_activity else post.created

        tag, words = asked.get("tagged"), asked.get("q", "").lower()
        found = [
            post for post in self.posts.values()
            if post.parent is None and low <= key(post) <= high
            and (tag in post.tags if tag else words in f"{post.title} {post.body}".lower())
        ]  # fmt: skip
        assert asked["order"] == "asc"
        return sorted(found, key=lambda post: (key(post), post.id))

    def _post(self, post: Post, has_body: bool) -> dict[str, Any]:
        said: dict[str, Any] = {
            "owner": self._owner(post), "score": post.score, "creation_date": post.created,
            "last_activity_date": post.active or post.created, "content_license": "CC BY-SA 4.0",
        }  # fmt: skip
        said |= {"last_edit_date": post.edited} if post.edited else {}
        said |= {"body": post.body} if has_body else {}
        answers = [one for one in self.posts.values() if one.parent == post.id]
        if post.parent:
            return said | {"answer_id": post.id, "question_id": post.parent, "is_accepted": False}
        return said | {
            "question_id": post.id, "title": post.title, "tags": list(post.tags), "answer_count": len(answers),
            "is_answered": bool(answers), "view_count": 40 + post.score, "link": f"{HOME}/questions/{post.id}/x",
        }  # fmt: skip

    def _comment(self, post: Post, has_body: bool) -> dict[str, Any]:
        said = {"owner": self._owner(post), "edited": bool(post.edited), "score": post.score,
                "post_id": post.parent, "creation_date": post.created, "comment_id": post.id}  # fmt: skip
        return said | ({"body": post.body} if has_body else {})

    def _owner(self, post: Post) -> dict[str, Any]:
        usual = {"user_id": 7, "display_name": "Ann O&#39;Fictif", "reputation": 100 + post.score,
                 "user_type": "registered", "profile_image": f"https://i.example/{post.score}.png",
                 "link": f"{HOME}/users/7/ann"}  # fmt: skip
        return post.owner or usual
