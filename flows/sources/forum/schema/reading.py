"""Forums that say in schema.org's words what stands on the page: JSON-LD, or microdata, flat or nested."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, tzinfo
from urllib.parse import urldefrag, urljoin

from selectolax.lexbor import LexborHTMLParser

from flows.sources.forum.dates.moments import read_moment
from flows.sources.forum.pages import ForumPage
from flows.sources.forum.posts import Moment, Post, Reading, ThreadRef
from flows.sources.forum.schema.entries import Entry, of_jsonld, of_microdata
from flows.sources.forum.structure.marking import mark_of, thread_id_of
from flows.sources.forum.structure.nextpage import read_pager
from flows.sources.forum.writing.bodies import Body, BodyRules, read_body

RULES = BodyRules()
TAGS = re.compile(r"<(?:p|br|div|blockquote|a|ul|ol|img|pre|aside|strong|em)\b[^>]*>", re.IGNORECASE)
BBCODE = re.compile(r"\[/(?:quote|b|i|u|url|img|code|spoiler|list|color|size)\]", re.IGNORECASE)
ROOTS = ("DiscussionForumPosting", "SocialMediaPosting", "Question")
CUT = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*$")


def read_structured(page: ForumPage, zone: tzinfo = UTC) -> Reading | None:
    """Read posts from schema.org markup; None without. `sure` is low where the markup hides posts or cuts texts."""
    by_microdata, by_jsonld = of_microdata(page), of_jsonld(page)
    readings = [
        reading
        for entries, best in ((_united(page, zone, by_microdata, by_jsonld), 0.95), (by_jsonld, 0.85))
        if (reading := _reading(page, zone, entries, best)) is not None
    ]
    return max(readings, key=lambda reading: (reading.sure, len(reading.posts)), default=None)


def _united(page: ForumPage, zone: tzinfo, micro: Sequence[Entry], linked: Sequence[Entry]) -> list[Entry]:
    """Microdata's entries, and before them the first post where only the JSON-LD has it (XenForo 2)."""
    if not micro or any(entry.kind in ROOTS for entry in micro):
        return list(micro)
    known = {(entry.author, _moment(page, zone, entry.date)) for entry in micro}
    first = [
        each for each in linked if each.kind in ROOTS and (each.author, _moment(page, zone, each.date)) not in known
    ]
    return [*first[:1], *micro]


def _reading(page: ForumPage, zone: tzinfo, entries: Sequence[Entry], best: float) -> Reading | None:
    entries = [entry for entry in entries if entry.author or entry.date]
    if not entries:
        return None
    if _is_list(page, entries):
        return _list(page, zone, entries)
    posts = [post for place, entry in enumerate(entries) if (post := _post(page, zone, entry, place)) is not None]
    if not posts:
        return None
    pager = read_pager(page)
    return Reading(
        page.url,
        "thread",
        way="schema.org",
        sure=round(_sure(page, entries, posts, best), 2),
        thread_id=thread_id_of(page.url),
        title=next((entry.headline for entry in entries if entry.headline), None),
        posts=posts,
        page=pager.page,
        next_page=pager.next_page,
        last_page=pager.last_page,
    )


def _post(page: ForumPage, zone: tzinfo, entry: Entry, place: int) -> Post | None:
    """A post of what the markup says; None where it has neither words nor a picture."""
    body = _body(entry)
    moment = _moment(page, zone, entry.date)
    if (not body.text and not body.quotes and "<img" not in body.html) or not (moment or entry.author):
        return None
    url = _address(page, entry.url)
    native = entry.id
    return Post(
        id=native or mark_of(entry.author, entry.date, moment, body.text),
        id_is_native=native is not None,
        author=entry.author,
        author_id=entry.author_id,
        posted_at=moment,
        said_at=entry.date,
        edited_at=_moment(page, zone, entry.edited) if entry.edited != entry.date else None,
        body=body.text,
        quotes=body.quotes,
        reply_to=body.reply_to,
        title=entry.headline,
        url=url,
        place=place,
        html=body.html,
    )


def _body(entry: Entry) -> Body:
    if entry.node is not None:
        return read_body(entry.node, RULES)
    if TAGS.search(entry.text):
        node = LexborHTMLParser(f"<body><div>{entry.text}</div>").css_first("body > div")
        if node is not None:
            return read_body(node, RULES)
    lines = (" ".join(line.split()) for line in entry.text.splitlines())
    return Body(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), html=entry.text)


def _moment(page: ForumPage, zone: tzinfo, said: str) -> Moment | None:
    try:
        return read_moment(said, page.read_at, zone) if said else None
    except (ValueError, OverflowError):
        return None


def _address(page: ForumPage, url: str | None) -> str | None:
    try:
        return urljoin(page.url, url) if url else None
    except ValueError:
        return None


def _is_list(page: ForumPage, entries: Sequence[Entry]) -> bool:
    """Whether the postings are threads of a list: several, each with an address and a title of its own."""
    if len(entries) < 2 or any(entry.kind in ("Comment", "Answer") for entry in entries):
        return False
    pages = {urldefrag(_address(page, entry.url) or "")[0] for entry in entries}
    titles = {entry.headline for entry in entries if entry.headline}
    return "" not in pages and len(pages) == len(entries) and len(titles) > 0.6 * len(entries)


def _list(page: ForumPage, zone: tzinfo, entries: Sequence[Entry]) -> Reading:
    threads = []
    for entry in entries:
        url = _address(page, entry.url) or ""
        moment = _moment(page, zone, entry.edited or entry.date)
        ref = ThreadRef(
            thread_id_of(url) or url, url, entry.headline or "", entry.count, moment, entry.edited or entry.date
        )
        threads.append(ref)
    pager = read_pager(page)
    return Reading(
        page.url, "list", way="schema.org", sure=0.8, threads=threads, page=pager.page, next_page=pager.next_page,
        last_page=pager.last_page,
    )  # fmt: skip


def _sure(page: ForumPage, entries: Sequence[Entry], posts: Sequence[Post], best: float) -> float:
    """Less than `best` where the markup says that there are more posts than it has, or cuts their texts."""
    said = max((entry.count for entry in entries if entry.count is not None), default=None)
    sure = best
    if not any(entry.kind in ROOTS for entry in entries) or any(BBCODE.search(post.body) for post in posts):
        sure = 0.5  # the first post is left out (or this is a later page); words as their author typed them
    if len(posts) == 1 and said != 0:
        sure = 0.3 if said else 0.5
    elif said is not None and said > len(posts) and read_pager(page).next_page is None:
        sure = min(sure, 0.6)
    whole = sum(bool(post.author and post.posted_at and (post.body or post.quotes)) for post in posts) / len(posts)
    sure *= whole
    if (any(CUT.search(post.body) for post in posts) and _cut(posts)) or _breaks_off(page, posts):
        sure = min(sure, 0.4)
    return sure


def _cut(posts: Sequence[Post]) -> bool:
    """Whether texts end in dots at about the same length: the markup has only how they begin."""
    lengths = [len(post.body) for post in posts if CUT.search(post.body)]
    longest = max(len(post.body) for post in posts)
    return len(lengths) >= 0.3 * len(posts) and all(length >= 0.8 * longest for length in lengths) and longest >= 60


def _breaks_off(page: ForumPage, posts: Sequence[Post]) -> bool:
    """Whether a text ends within a word that the page goes on with."""
    if page.tree.body is None:
        return False
    shown = " ".join((page.tree.body.text(separator=" ") or "").split())
    for post in posts:
        tail = " ".join(post.body.split())[-40:]
        if len(tail) < 40 or not tail[-1].isalnum():
            continue
        at = shown.find(tail)
        while at >= 0:  # the markup's own words stand in the page, too
            if shown[at + 40 : at + 41].isalnum():
                return True
            at = shown.find(tail, at + 40)
    return False
