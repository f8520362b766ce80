"""A forum in phpBB's markup (prosilver), kept in memory: an index, sections, threads in pages, recent activity."""
# ruff: noqa: E501 (markup is written as it stands on a page)

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import escape

from tests.servers.answering import AnsweringServer, answering_server
from tests.servers.feed_server import Reply

PAGE = 10  # posts
LIST = 25  # threads
BEGIN = datetime(2026, 11, 1, 8, tzinfo=UTC)


@dataclass
class Written:
    """A post."""

    id: int
    author: str
    at: datetime
    text: str
    edited: datetime | None = None


@dataclass
class Discussion:
    """A thread; its posts in order."""

    id: int
    section: int
    title: str
    posts: list[Written] = field(default_factory=list)
    sticky: bool = False

    @property
    def last(self) -> Written:
        return self.posts[-1]


@dataclass
class Board:
    """A board whose pages are made when they are asked for. `closed` answers 404 for all threads."""

    sections: int = 4
    has_recent: bool = True
    say: Callable[[datetime], str] = lambda moment: f"{moment:%a %b %d, %Y %I:%M %p}".replace(" 0", " ")
    threads: dict[int, Discussion] = field(default_factory=dict)
    next_id: int = 1
    closed: bool = False
    broken: str = ""
    login: bool = False
    cut: int = 0

    def start(self, title: str, author: str, text: str, at: datetime = BEGIN, section: int = 1) -> int:
        """Begin a thread; return its number."""
        number = len(self.threads) + 1 if (len(self.threads) + 1) not in self.threads else max(self.threads) + 1
        self.threads[number] = Discussion(number, section, title)
        self.reply(number, author, text, at)
        return number

    def reply(self, thread: int, author: str, text: str, at: datetime) -> int:
        """Write in a thread; return the post's number."""
        post = Written(self.next_id, author, at, text)
        self.next_id += 1
        self.threads[thread].posts.append(post)
        return post.id

    def post(self, number: int) -> Written:
        return next(p for t in self.threads.values() for p in t.posts if p.id == number)

    def edit(self, number: int, text: str, at: datetime) -> None:
        post = self.post(number)
        post.text, post.edited = text, at

    def delete(self, number: int) -> None:
        for thread in list(self.threads.values()):
            thread.posts = [post for post in thread.posts if post.id != number]
            if not thread.posts:
                del self.threads[thread.id]

    def fill(self, threads: int, begin: datetime = BEGIN) -> None:
        """Write many threads of 1 to 14 posts, spread over the sections."""
        for number in range(threads):
            at = begin + timedelta(minutes=7 * number)
            section = number % self.sections + 1
            thread = self.start(
                f"Carte refusée n° {number}", f"user{number % 50}", f"Refusée, cas {number}", at, section
            )
            for reply in range(number % 14):
                self.reply(
                    thread,
                    f"user{(number + reply) % 50}",
                    f"Réponse {reply} au cas {number}",
                    at + timedelta(seconds=20 * reply + 60),
                )

    def texts(self) -> dict[str, str]:
        """What every post says, by its id."""
        return {str(post.id): post.text for thread in self.threads.values() for post in thread.posts}

    def answer(self, path: str, asked: dict[str, str]) -> Reply:  # noqa: PLR0911
        """Answer as phpBB does."""
        start = int(asked.get("start", 0))
        match path:
            case "/" | "/index.php":
                return self._page("index", "Index", self._index())
            case "/viewforum.php":
                inside = [t for t in self.threads.values() if t.section == int(asked["f"])]
                return self._page(
                    "viewforum", f"Section {asked['f']}", self._list(inside, f"viewforum.php?f={asked['f']}", start)
                )
            case "/search.php" if self.has_recent:
                return self._page(
                    "search",
                    "Sujets actifs",
                    self._list(list(self.threads.values()), "search.php?search_id=active_topics", start),
                )
            case "/viewtopic.php":
                thread = self.threads.get(int(asked.get("t", 0)))
                if thread is None or self.closed:
                    said = '<div class="panel" id="message"><div class="inner"><h2>Information</h2><p>Ce sujet n’existe pas.</p></div></div>'
                    return self._page("viewtopic", "Information", said, 404)
                if self.login:
                    form = '<form action="./ucp.php?mode=login" method="post"><input name="username"><input type="password" name="password"></form>'
                    return self._page("ucp", "Connexion", form)
                page = self._page("viewtopic", thread.title, self.broken or self._thread(thread, start))
                if self.cut:
                    self.cut -= 1
                    return replace(page, body=page.body[: len(page.body) // 2])
                return page
        return Reply(b"nothing here", 404, content_type="text/html")

    def _index(self) -> str:
        rows = []
        for number in range(1, self.sections + 1):
            inside = [thread for thread in self.threads.values() if thread.section == number]
            last = max(inside, key=lambda t: t.last.id, default=None)
            said = (
                f'<a href="./viewtopic.php?p={last.last.id}#p{last.last.id}">{self.say(last.last.at)}</a>'
                if last
                else ""
            )
            posts = sum(len(thread.posts) for thread in inside)
            rows.append(
                f'<li class="row"><dl class="row-item forum_read"><dt><div class="list-inner">'
                f'<a href="./viewforum.php?f={number}" class="forumtitle">Section {number}</a></div></dt>'
                f'<dd class="topics">{len(inside)} <dfn>Sujets</dfn></dd><dd class="posts">{posts} <dfn>Messages</dfn></dd>'
                f'<dd class="lastpost"><span>{said}</span></dd></dl></li>'
            )
        recent = '<a href="./search.php?search_id=active_topics">Sujets actifs</a>' if self.has_recent else ""
        return f'{recent}<div class="forabg"><div class="inner"><ul class="topiclist forums">{"".join(rows)}</ul></div></div>'

    def _list(self, threads: list[Discussion], address: str, start: int) -> str:
        order = sorted(threads, key=lambda t: (t.sticky, t.last.at, t.last.id), reverse=True)
        rows = []
        for thread in order[start : start + LIST]:
            first, last = thread.posts[0], thread.last
            rows.append(
                f'<li class="row bg1{" sticky" if thread.sticky else ""}"><dl class="row-item topic_read"><dt><div class="list-inner">'
                f'<a href="./viewtopic.php?t={thread.id}" class="topictitle">{escape(thread.title)}</a>'
                f'<br>par <a href="./memberlist.php?mode=viewprofile&amp;u={_number(first.author)}" class="username">{first.author}</a>'
                f" » {self.say(first.at)}</div></dt>"
                f'<dd class="posts">{len(thread.posts) - 1} <dfn>Réponses</dfn></dd><dd class="views">{thread.id * 3} <dfn>Vues</dfn></dd>'
                f'<dd class="lastpost"><span><dfn>Dernier message </dfn>par <a href="./memberlist.php?mode=viewprofile&amp;u={_number(last.author)}" class="username">{last.author}</a>'
                f' <a href="./viewtopic.php?p={last.id}#p{last.id}" title="Aller au dernier message"></a><br>{self.say(last.at)}</span></dd></dl></li>'
            )
        return f'{_pager(address, start, len(order), LIST)}<div class="forumbg"><div class="inner"><ul class="topiclist topics">{"".join(rows)}</ul></div></div>'

    def _thread(self, thread: Discussion, start: int) -> str:
        start = min(start, (len(thread.posts) - 1) // PAGE * PAGE)
        posts = []
        for post in thread.posts[start : start + PAGE]:
            edited = (
                f'<div class="notice">Dernière modification par <a href="./memberlist.php?mode=viewprofile&amp;u={_number(post.author)}">{post.author}</a> le {self.say(post.edited)}, modifié 1 fois.</div>'
                if post.edited
                else ""
            )
            posts.append(
                f'<div id="p{post.id}" class="post has-profile bg2"><div class="inner"><dl class="postprofile" id="profile{post.id}"><dt>'
                f'<a href="./memberlist.php?mode=viewprofile&amp;u={_number(post.author)}" class="username">{post.author}</a></dt>'
                f'<dd class="profile-posts"><strong>Messages :</strong> 12</dd></dl>'
                f'<div class="postbody"><div id="post_content{post.id}"><h3><a href="#p{post.id}">{"" if post is thread.posts[0] else "Re: "}{escape(thread.title)}</a></h3>'
                f'<p class="author"><a class="unread" href="./viewtopic.php?p={post.id}#p{post.id}">Message</a> par <strong><a href="./memberlist.php?mode=viewprofile&amp;u={_number(post.author)}" class="username">{post.author}</a></strong> » {self.say(post.at)}</p>'
                f'<div class="content">{escape(post.text)}</div>{edited}'
                f'<div id="sig{post.id}" class="signature">Signé {post.author}</div></div></div></div></div>'
            )
        title = f'<h2 class="topic-title"><a href="./viewtopic.php?t={thread.id}">{escape(thread.title)}</a></h2>'
        pager = _pager(f"viewtopic.php?t={thread.id}", start, len(thread.posts), PAGE)
        return f"{title}{pager}{''.join(posts)}{pager}"

    def _page(self, section: str, title: str, body: str, status: int = 200) -> Reply:
        page = (
            f'<!DOCTYPE html><html dir="ltr" lang="fr"><head><meta charset="utf-8"><title>{escape(title)} - Forum d’exemple</title>'
            '<link href="./styles/prosilver/theme/stylesheet.css" rel="stylesheet"></head>'
            f'<body id="phpbb" class="nojs notouch section-{section} ltr"><div id="wrap" class="wrap"><div id="page-body" class="page-body" role="main">{body}</div>'
            '<div id="page-footer"><ul><li class="rightside">Heures au format <span title="UTC">UTC</span></li></ul>'
            '<div class="copyright">Développé par <a href="https://www.phpbb.com/">phpBB</a>® Forum Software © phpBB Limited</div></div></div></body></html>'
        )
        return Reply(page.encode(), status, content_type="text/html; charset=utf-8")


def _number(author: str) -> int:
    return sum(ord(letter) * 31**place for place, letter in enumerate(author)) % 100_000


def _pager(address: str, start: int, count: int, size: int) -> str:
    pages, here = max(1, -(-count // size)), start // size + 1
    if pages == 1:
        return f'<div class="pagination">{count} sujets • Page <strong>1</strong> sur <strong>1</strong></div>'

    def link(page: int, text: str, more: str = "") -> str:
        return f'<a class="button" href="./{address}{f"&amp;start={(page - 1) * size}" if page > 1 else ""}"{more}>{text}</a>'

    shown = sorted({1, 2, here - 1, here, here + 1, pages} & set(range(1, pages + 1)))
    items = [
        f'<li class="active"><span>{page}</span></li>' if page == here else f"<li>{link(page, str(page))}</li>"
        for page in shown
    ]
    if here > 1:
        items.insert(
            0,
            f'<li class="arrow previous">{link(here - 1, "Précédente", " rel=" + chr(34) + "prev" + chr(34))}</li>',
        )
    if here < pages:
        items.append(
            f'<li class="arrow next">{link(here + 1, "Suivante", " rel=" + chr(34) + "next" + chr(34))}</li>'
        )
    return f'<div class="pagination">{count} messages <ul>{"".join(items)}</ul></div>'


@contextmanager
def board_server(board: Board) -> Iterator[AnsweringServer]:
    """Serve a board on a free port until the block ends."""
    with answering_server(board.answer) as server:
        yield server
