"""Threads of unknown engines: posts are what repeats on the page with an author, a date and a text.

Dates are looked for first (they are what all engines have): those that stand alike on the page part it into
regions, one a post, in the way that gives most of them an author and words. A list of threads, of articles, of
members or of products repeats too: it is refused with the reason, for posts that nobody wrote are worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, tzinfo
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from flows.forumreader.dates.zones import read_zone
from flows.forumreader.page import ForumPage
from flows.forumreader.posts import Post, Reading
from flows.forumreader.structure.datemarks import DateMark, date_marks
from flows.forumreader.structure.marking import synthetic_id, thread_id_of
from flows.forumreader.structure.nativeids import native_ids
from flows.forumreader.structure.nextpage import read_pager
from flows.forumreader.structure.outline import Outline
from flows.forumreader.structure.people import PROFILE
from flows.forumreader.structure.records import Group, Record
from flows.forumreader.structure.sorting import choose_posts
from flows.forumreader.structure.threadlist import read_list
from flows.forumreader.writing.bodies import Body, BodyRules, QuoteRules, read_body

RULES = BodyRules(
    quotes=(  # tables and pairs of boxes, as boards wrote quotes before there were blockquotes
        QuoteRules(box=("table:has(> tbody > tr > td.quote)",), author=("span.genmed b", "tr:first-child b")),
        QuoteRules(box=("dl.codebox:has(blockquote)", "dl:has(> dd > blockquote)"), author=("dt",), drop=("dt",)),
        QuoteRules(box=(".quoted-text", ".gmail_quote", ".moz-cite-prefix + blockquote")),
        QuoteRules(box=("div.quotecontent", "div.quote-content"), before=(".quotetitle", ".quote-title")),
    ),
    drop=(".attachments, .attachment, .attachbox, .inline-attachment, .attachmentList, .message-attachments",),
    cut=re.compile(r"^\W?_{8,}\s*$", re.MULTILINE),  # a line of underscores: their signatures
)
FEW, ENOUGH = 2, 0.7  # so few posts must be surer than this
ZONE = re.compile(
    r"(?:all times are|times are in|heures? (?:au|sont au) format|fuseau horaire|toutes les heures"
    r"|alle zeiten)[^\n]{0,60}",
    re.IGNORECASE,
)


def read_generic(page: ForumPage, zone: tzinfo = UTC) -> Reading | None:
    """Find posts, or else a list of threads, by structure; a refusal says why, None that nothing repeats."""
    try:
        outline = Outline(page.tree)
        stated = next((stated for said in ZONE.finditer(outline.text) if (stated := read_zone(said[0]))), None)
        marks = date_marks(outline, page.read_at, stated or zone, _language(page))
    except ValueError as problem:
        return _refused(page, str(problem))
    if not marks:
        return None
    group, reason = choose_posts(outline, marks, page)
    if group is None:
        return read_list(outline, marks, page) or _refused(page, reason)
    return _thread(page, outline, group, marks)


def _language(page: ForumPage) -> str:
    root = page.tree.root
    return ((root.attributes.get("lang") if root is not None else "") or "").lower().replace("_", "-")


def _refused(page: ForumPage, reason: str) -> Reading:
    return Reading(page.url, "other", refusal=f"no posts were found by structure: {reason}")


def _thread(page: ForumPage, outline: Outline, group: Group, marks: Sequence[DateMark]) -> Reading:
    ids, links = native_ids(outline, [record.region for record in group.records])
    sure = round(_sure(group, ids), 2)
    if len(group.records) <= FEW and sure < ENOUGH:
        return _refused(page, "one or two repeated parts without ids and times of day may be anything")
    posts = []
    for place, (record, native, link) in enumerate(zip(group.records, ids, links, strict=True)):
        posts.append(_post(page, record, marks, native=native, link=link, place=place))
    pager = read_pager(page)
    return Reading(
        page.url,
        "thread",
        way="generic",
        sure=sure,
        thread_id=thread_id_of(page.url),
        title=_title(page),
        posts=posts,
        page=pager.page,
        next_page=pager.next_page,
        last_page=pager.last_page,
    )


def _post(
    page: ForumPage, record: Record, marks: Sequence[DateMark], *, native: str | None, link: str | None, place: int
) -> Post:
    body = _body(record)
    author = record.author.name if record.author else None
    edited = next((mark for mark in marks if mark.kind == "edited" and record.region.holds(mark.item)), None)
    return Post(
        id=native or synthetic_id(author, record.mark.said, record.mark.moment, body.text),
        id_is_native=native is not None,
        author=author,
        author_id=_author_id(record),
        posted_at=record.mark.moment,
        said_at=record.mark.said,
        body=body.text,
        quotes=body.quotes,
        reply_to=body.reply_to,
        edited_at=edited.moment if edited else None,
        url=_address(page, link),
        place=place,
        html=body.html,
    )


def _body(record: Record) -> Body:
    html = "\n".join(piece.html for piece in record.words)
    tree = LexborHTMLParser(f"<body><div>{html}</div>")
    node = tree.css_first("body > div")
    return read_body(node, RULES) if node is not None and html else Body("")


def _author_id(record: Record) -> str | None:
    """The engine's number of a user, where the author's link says it."""
    link = record.author.link if record.author else None
    if not link or not PROFILE.search(link):
        return None
    numbers = re.findall(r"(?:[?&;](?:u|uid|id|userid|user_id|member|user)=|[/.-])(\d{1,18})(?=/|$|[?&#.-])", link)
    return numbers[-1] if numbers else None


def _address(page: ForumPage, link: str | None) -> str | None:
    try:
        return urljoin(page.url, link) if link else None
    except ValueError:
        return None


def _title(page: ForumPage) -> str | None:
    heading = page.tree.css_first("h1")
    said = " ".join(heading.text().split()) if heading is not None else ""
    if not said and (title := page.tree.css_first("title")) is not None:
        said = " ".join(title.text().split())
    return said[:300] or None


def _sure(group: Group, ids: Sequence[str | None]) -> float:
    """From what all posts have: author and words, times of day, ids; and whether there are more than two."""
    count = len(group.records)
    sure = 0.35 + 0.25 * group.whole
    sure += 0.15 * sum(each is not None for each in ids) / count
    sure += 0.1 * sum(record.mark.clock for record in group.records) / count
    sure += 0.1 * min(1.0, (count - 1) / 2)
    return min(0.95, sure)
