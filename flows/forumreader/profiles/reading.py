"""Thread and list pages of a known engine, read by its profile."""

from __future__ import annotations

from datetime import UTC, tzinfo

from flows.forumreader.page import ForumPage
from flows.forumreader.posts import LAYOUT_CHANGED, Reading
from flows.forumreader.profiles.addresses import View
from flows.forumreader.profiles.kinds import kind_of, other_that_is_empty
from flows.forumreader.profiles.lists import read_list
from flows.forumreader.profiles.model import Profile
from flows.forumreader.profiles.threads import read_thread


def read_profiled(page: ForumPage, profile: Profile, zone: tzinfo = UTC) -> Reading:
    """Read a page by an engine's profile; dates without a zone are in `zone` unless the page says which."""
    view = View(page, profile)
    reading = Reading(page.url, "other", engine=profile.engine, way="profile")
    kind, why = kind_of(view)
    if kind in ("thread", None):
        read_thread(view, zone, reading)
        if reading.posts:
            return _thread(reading)
    if kind in ("list", None):
        read_list(view, zone, reading)
        if reading.threads or reading.forums:
            reading.kind, reading.sure = "list", 1.0
            return reading
    return _refused(view, reading, kind, why)


def _thread(reading: Reading) -> Reading:
    """Say how sure posts are: a share of them without author, date or text makes it less."""
    reading.kind = "thread"
    if not any(post.posted_at for post in reading.posts):
        posts, reading.posts = reading.posts, []
        reading.lost = [post.id for post in posts] + reading.lost
        said = next((post.said_at for post in posts if post.said_at), None)
        what = f"the first says {said!r}" if said else "nothing stands where dates did"
        reading.refusal = f"{LAYOUT_CHANGED}: {len(posts)} posts without a date ({what})"
        return reading
    whole = sum(bool(p.author and p.posted_at and (p.body or p.is_deleted or p.quotes)) for p in reading.posts)
    reading.sure = round(whole / (len(reading.posts) + len(reading.lost)), 3)
    return reading


def _refused(view: View, reading: Reading, kind: str | None, why: str) -> Reading:
    said = why if kind == "other" else other_that_is_empty(view)
    if said is not None or kind is None:
        reading.refusal = f"no thread and no list: {said or 'nothing on it looks like either'}"
        reading.title = None
        return reading
    reading.kind = "thread" if kind == "thread" else "list"
    missing = "no posts" if kind == "thread" else "no threads"
    reading.refusal = f"{LAYOUT_CHANGED}: a {kind} page of {view.profile.name} ({why}) with {missing}"
    return reading
