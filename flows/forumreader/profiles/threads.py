"""Posts of a thread's page, read by the profile of its engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from selectolax.lexbor import LexborNode

from flows.forumreader.dates.moments import date_in, guess_day_first, read_moment
from flows.forumreader.dates.zones import read_zone
from flows.forumreader.posts import Moment, Post, Reading
from flows.forumreader.profiles.addresses import View
from flows.forumreader.profiles.pager import Paged, read_pager
from flows.forumreader.profiles.parts import Found, parts
from flows.forumreader.profiles.picking import NOWHERE, Part, ancestors, find, first, is_inside, pick, picked
from flows.forumreader.writing.bodies import Body, read_body


@dataclass(slots=True, frozen=True)
class Clock:
    """What a page's dates are read against: now, the forum's zone, and which of day and month comes first."""

    now: datetime
    zone: tzinfo
    day_first: bool | None

    def moment(self, said: str) -> Moment | None:
        """Read a date; a long number is seconds (or thousandths of them) since 1970."""
        if said.isdecimal() and len(said) in (9, 10, 12, 13):
            seconds = int(said) / (1000 if len(said) > 10 else 1)
            return Moment(datetime.fromtimestamp(int(seconds), UTC), "second")
        return read_moment(said, self.now, self.zone, self.day_first)


@dataclass(slots=True, frozen=True)
class Piece:
    """A post's part of the page, with its body's element and what may be its date, the likeliest first.

    `others` are elements of other posts: a post that is answered in comments can enclose them.
    """

    found: Found
    others: Set[int]
    body: LexborNode | None
    dates: list[str]


def read_thread(view: View, zone: tzinfo, reading: Reading) -> None:
    """Set the posts of a thread's page, its id, title and pager; `lost` are ids whose post could not be read."""
    profile = view.profile
    pieces = list(_pieces(view))
    bodies = {piece.body.mem_id for piece in pieces if piece.body is not None}
    clock = clock_of(view, zone, [d for piece in pieces for d in piece.dates[:1]], bodies)
    for piece in pieces:
        deleted = first(piece.found.part, profile.posts.deleted, piece.others) is not None
        if piece.body is None and not deleted:
            reading.lost.append(piece.found.id)
            continue
        reading.posts.append(_post(view, piece, clock, len(reading.posts), deleted=deleted))
    reading.lost += _unseen(view, {piece.found.id for piece in pieces})
    reading.space = pick(view.root, profile.space, bodies)
    reading.thread_id = _thread_id(view, bodies)
    reading.title = pick(view.root, profile.title, bodies)
    read_pager(view, Paged(view.addresses.thread, reading.thread_id), reading, bodies)


def clock_of(view: View, zone: tzinfo, dates: list[str], bodies: Set[int] = NOWHERE) -> Clock:
    """Find out how the page's dates are meant: by its own words, by its engine, by all its dates together."""
    said = pick(view.root, view.profile.dates.zone, bodies)
    day_first = view.profile.dates.day_first
    if day_first is None:
        day_first = guess_day_first(dates)
    if day_first is None:
        day_first = _is_day_first(view)
    return Clock(view.page.read_at, (read_zone(said) if said else None) or zone, day_first)


def _is_day_first(view: View) -> bool:
    """Guess by the page's language: month first is American, and no other English is said to be."""
    node = view.page.tree.css_first("html")
    said = (node.attributes.get("lang") or node.attributes.get("xml:lang") or "") if node is not None else ""
    return said.lower().replace("_", "-") not in ("en", "en-us")


def _pieces(view: View) -> Iterator[Piece]:
    rules = view.profile.posts
    skip = view.ids(rules.skip)

    def whole(part: Part) -> bool:
        return first(part, rules.body) is not None and pick(part, rules.date) is not None

    all_parts = parts(_named(view, skip), view.ids(rules.within), whole)
    roots = {node.mem_id for found in all_parts for node in found.part}
    for found_part in all_parts:
        others = roots - {at.mem_id for node in found_part.part for at in ancestors(node)}
        body = first(found_part.part, rules.body, skip | others)
        outside = skip | others | ({body.mem_id} if body is not None else set())
        dates = [said for _, said in picked(found_part.part, rules.date, outside)]
        dates = dates or [said for _, said in picked(found_part.part, rules.date, skip | others)]
        yield Piece(found_part, others, body, dates)


def _named(view: View, skip: Set[int]) -> list[tuple[str, LexborNode]]:
    """Return each post's id with its element: by the rule that finds most; by links only where nothing else does.

    Links stand in posts as well, written by their authors.
    """
    best: list[tuple[str, LexborNode]] = []
    for rule in view.profile.posts.ids:
        if rule.attr == "href" and best:
            break
        named = [(said, node) for node, said in picked(view.root, (rule,)) if not is_inside(node, skip)]
        if len({name for name, _ in named}) > len({name for name, _ in best}):
            best = named
    return best


def _post(view: View, piece: Piece, clock: Clock, place: int, *, deleted: bool) -> Post:
    rules, part = view.profile.posts, piece.found.part
    outside = {node.mem_id for css in rules.words.edited for node in find(part, css)} | piece.others
    outside |= {piece.body.mem_id} if piece.body is not None else set()
    body = read_body(piece.body, rules.words) if piece.body is not None else Body("")
    said, moment = dated(piece.dates, clock)
    edits = [said for _, said in picked(part, rules.edited, piece.others)] + [body.edited_said]
    return Post(
        id=piece.found.id,
        author=pick(part, rules.author, outside),
        posted_at=moment,
        body=body.text,
        said_at=said,
        author_id=pick(part, rules.author_id, outside),
        quotes=body.quotes,
        reply_to=body.reply_to or pick(part, rules.reply_to, outside),
        edited_at=dated(edits, clock, among_words=True)[1],
        title=pick(part, rules.title, outside),
        url=_address(view, piece.found),
        place=place,
        is_deleted=deleted,
        html=body.html,
    )


def dated(said: list[str], clock: Clock, *, among_words: bool = False) -> tuple[str, Moment | None]:
    """Return the first text that is a date, with it; the first text at all where none is.

    With `among_words` a date counts that stands in any text.
    """
    for text in said:
        moment = clock.moment(text)
        if moment is None and among_words and (found := date_in(text)):
            moment = clock.moment(found)
        if moment is not None:
            return text, moment
    return (said[0] if said else ""), None


def _address(view: View, found: Found) -> str | None:
    """Return a post's own address: the one that names it, else one made by the engine's rule, else a place here."""
    for rule in view.profile.posts.permalink:
        for node in find(found.part, rule.css):
            url = view.addresses.whole(node.attributes.get(rule.attr or "href") or "")
            if view.addresses.post(url) == found.id:
                return url
    if (made := view.profile.posts.address) is not None:
        return view.addresses.whole(made.format(id=found.id))
    return None


def _thread_id(view: View, bodies: Set[int]) -> str | None:
    """Return the thread's id: by the page's address, its own words, where most of its links lead."""
    for url in view.addresses.own:
        if (found := view.addresses.thread(url)) is not None:
            return found
    if (said := pick(view.root, view.profile.thread_id, bodies)) is not None:
        return said
    hrefs = (node.attributes.get("href") or "" for node in find(view.root, "a[href]", bodies))
    named = Counter(found for href in hrefs if (found := view.addresses.names_thread(view.addresses.whole(href))))
    (name, times), (_, next_times) = [*named.most_common(2), ("", 0), ("", 0)][:2]
    return name if times > next_times else None


def _unseen(view: View, seen: set[str]) -> list[str]:
    """Return ids of posts that the page's text shows and that no selector found."""
    shown = (found[1] for pattern in view.profile.posts.witness for found in pattern.finditer(view.page.text))
    return [name for name in dict.fromkeys(shown) if name not in seen]
