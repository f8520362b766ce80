"""What was read against what stands there: posts found, and how many of them equal in author, date and text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from flows.forumreader.posts import Post
from tests.forumreader.checker import Expected, letters


@dataclass
class Tally:
    """Counts over pages: posts that stand there, that were read, and both; of the last, what is equal."""

    pages: int = 0
    expected: int = 0
    read: int = 0
    both: int = 0
    with_author: int = 0
    with_date: int = 0
    with_body: int = 0
    author: int = 0
    date: int = 0
    text: int = 0
    native: int = 0
    misses: list[str] = field(default_factory=list)

    def __add__(self, other: Tally) -> Tally:
        """Add counts."""
        names = [name for name in self.__dataclass_fields__ if name != "misses"]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return Tally(**sums, misses=self.misses + other.misses)

    @property
    def recall(self) -> float:
        """Share of the posts that stand there that were read."""
        return self.both / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        """Share of what was read that stands there."""
        return self.both / self.read if self.read else 1.0


def judge(where: str, posts: Sequence[Post], expected: Sequence[Expected]) -> Tally:
    """Compare a page's posts: paired by id, else by author and date, else by text."""
    tally = Tally(pages=1, expected=len(expected), read=len(posts))
    left = list(posts)
    for one in expected:
        post = _partner(one, left)
        if post is None:
            tally.misses.append(f"{where}: post {one.id} by {one.author} at {one.at} was not read")
            continue
        left.remove(post)
        tally.both += 1
        tally.native += post.id_is_native and post.id == one.id
        _compare(tally, where, one, post)
    tally.misses += [f"{where}: what was read as {post.id} by {post.author} is no post" for post in left]
    tally.with_author = sum(post.author is not None for post in posts)
    tally.with_date = sum(post.posted_at is not None for post in posts)
    tally.with_body = sum(bool(post.body.strip() or post.quotes) for post in posts)
    return tally


def _partner(one: Expected, left: Sequence[Post]) -> Post | None:
    tests = (
        lambda post: post.id == one.id and post.id_is_native,
        lambda post: post.author == one.author and post.posted_at is not None and post.posted_at.at == one.at,
        lambda post: post.author == one.author and letters(post.body) in one.texts,
    )
    return next((post for test in tests for post in left if test(post)), None)


def _compare(tally: Tally, where: str, one: Expected, post: Post) -> None:
    if post.author == one.author:
        tally.author += 1
    else:
        tally.misses.append(f"{where}: {one.id}: author {post.author!r} is {one.author!r}")
    if post.posted_at is not None and post.posted_at.at == one.at:
        tally.date += 1
    else:
        at = post.posted_at.at if post.posted_at else None
        tally.misses.append(f"{where}: {one.id}: date {at} ({post.said_at!r}) is {one.at}")
    if letters(post.body) in one.texts:
        tally.text += 1
    else:
        said, should = letters(post.body), min(one.texts, key=len)
        tally.misses.append(
            f"{where}: {one.id}: text of {len(said)} is {len(should)}: {said[-60:]!r} is {should[-60:]!r}"
        )


def total(tallies: Iterable[Tally]) -> Tally:
    """Add up."""
    return sum(tallies, Tally())


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927): holds near 0 and 1 and for few cases."""
    if not of:
        return 0.0, 1.0
    z, share = 1.959964, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - half), min(1.0, middle + half)
